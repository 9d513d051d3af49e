import { createHash } from 'node:crypto'

/** A Lua script that works on one key at most, and so in one slot of a Cluster. */
export interface Script {
  readonly lua: string
  readonly sha: string
}

const script = (lua: string): Script => ({ lua, sha: createHash('sha1').update(lua).digest('hex') })

/** Session; time to live, then names and texts. Nothing is overwritten, of whatever type it is. */
export const CREATE = script(`
if redis.call('EXISTS', KEYS[1]) == 1 then return 'exists' end
for i = 2, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 'saved'
`)

/**
 * Session; 1: `touch`, `update`, or the version that it must have; then, empty for what stays: 2: lastSeenAt,
 * 3: expiresAt, 4: time to live, 5: cookie or `-`, 6: `-` or `=` and the owner; 7, 8: whose index has the session, and
 * until when; 9: how many names and texts follow; then the names to remove.
 *
 * Answers `missing`, `conflict`, or `saved`, the latter with the owner before and the end of its entry when it changed;
 * or, with nothing changed, `index` with the owner whose index must have the session until the given time first.
 */
export const CHANGE = script(`
local found = redis.pcall('HMGET', KEYS[1], '@', '@owner')
if found.err or not found[1] then return 'missing' end
local version, created, seen, expires, cookie, till =
  string.match(found[1], '^1 (%S+) (%S+) (%S+) (%S+) (%S+) (%S+)$')
if not (tonumber(version) and tonumber(seen) and tonumber(expires)) then return 'missing' end
local mode, before, tillBefore = ARGV[1], found[2], till
if mode ~= 'touch' and mode ~= 'update' and tonumber(mode) ~= tonumber(version) then return 'conflict' end

local owner = before
if ARGV[6] == '-' then owner = false elseif ARGV[6] ~= '' then owner = string.sub(ARGV[6], 2) end
if ARGV[2] ~= '' and tonumber(ARGV[2]) > tonumber(seen) then seen = ARGV[2] end
if ARGV[3] ~= '' then expires = ARGV[3] end
if ARGV[5] ~= '' then cookie = ARGV[5] end
if owner ~= before then till = '-' end
if owner and ARGV[7] == owner then till = ARGV[8] end
if owner and (till == '-' or tonumber(till) < tonumber(expires)) then return {'index', owner, expires} end

if mode ~= 'touch' then version = string.format('%.0f', tonumber(version) + 1) end
local header = table.concat({'1', version, created, seen, expires, cookie, till}, ' ')
redis.call('HSET', KEYS[1], '@', header)
if owner ~= before then
  if owner then redis.call('HSET', KEYS[1], '@owner', owner) else redis.call('HDEL', KEYS[1], '@owner') end
end
local last = 9 + 2 * tonumber(ARGV[9])
for i = 10, last, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
for i = last + 1, #ARGV do redis.call('HDEL', KEYS[1], ARGV[i]) end
if ARGV[4] ~= '' then redis.call('PEXPIRE', KEYS[1], ARGV[4]) end
if before and owner ~= before then return {'saved', before, tillBefore} end
return 'saved'
`)

/** Session; the owner it must have, or empty. Answers with what its owner was and the end of its index entry, or nil. */
export const DELETE = script(`
local found = redis.pcall('HMGET', KEYS[1], '@', '@owner')
local owner = not found.err and found[2] or ''
if ARGV[1] ~= '' and ARGV[1] ~= owner then return false end
local header = not found.err and found[1] or ''
if redis.call('DEL', KEYS[1]) == 0 then return false end
return {owner, string.match(header, ' (%S+)$') or '-'}
`)

/** A node; where a scan goes on, the pattern, how many keys to pass. Answers with where it ended and how many it found. */
export const COUNT_STEP = script(`
local step = redis.call('SCAN', ARGV[1], 'MATCH', ARGV[2], 'COUNT', ARGV[3])
return {step[1], #step[2]}
`)

/**
 * Index of an owner; key, end of the entry, time to live of the index, and when entries ended that may go.
 *
 * Answers with the end that the entry got: never one that it has had before, so that whoever removes an entry by its end
 * removes no newer one.
 */
export const ADD_ENTRY = script(`
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', '(' .. ARGV[4])
local score, before = tonumber(ARGV[2]), redis.call('ZSCORE', KEYS[1], ARGV[1])
if before and tonumber(before) >= score then score = tonumber(before) + 1 end
local till = string.format('%.17g', score)
redis.call('ZADD', KEYS[1], till, ARGV[1])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[3]) then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return till
`)

/** Index of an owner; key, and the end that its entry must have. */
export const REMOVE_ENTRY = script(`
local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
if score and tonumber(score) == tonumber(ARGV[2]) then redis.call('ZREM', KEYS[1], ARGV[1]) end
return 'removed'
`)
