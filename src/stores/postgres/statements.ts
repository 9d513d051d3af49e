import { createHash } from 'node:crypto'
import type { Statement } from './pool.js'
import { COLUMNS, FORMAT } from './row.js'
import { SLOT_MS } from './schema.js'

/** How many rows one batch of a sweep removes, and so locks for some milliseconds. */
export const SWEEP_BATCH = 500

/** Every statement of a store. */
export type Statements = Readonly<Record<keyof ReturnType<typeof textsFor>, Statement>>

/** The statements for one table; prepared under names that belong to their texts, whatever table or version they are of. */
export function statementsFor(table: string): Statements {
  const named = (text: string): Statement => ({
    name: `sessmw_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`,
    text,
  })
  const entries = Object.entries(textsFor(table)).map(([name, text]) => [name, named(text)])
  return Object.fromEntries(entries)
}

/** $1 is the key, $2 to $7 are the values of `changeValues`. */
const SET = `
  version = version + 1,
  last_seen_at = greatest(last_seen_at, $2),
  expires_at = coalesce($3, expires_at),
  owner = nullif(coalesce($4, owner), ''),
  cookie_max_age = nullif(coalesce($5, cookie_max_age), -1),
  fields = (fields || $6::jsonb) - $7::text[]`

function textsFor(table: string) {
  const one = `key = $1 AND format = ${FORMAT}`
  return {
    read: `SELECT ${COLUMNS} FROM ${table} WHERE key = $1`,
    create: `INSERT INTO ${table} (key, ${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
      ON CONFLICT (key) DO NOTHING`,
    update: `UPDATE ${table} SET ${SET} WHERE ${one}`,
    // The lock comes first, so that the version is the last one and stays it until the update.
    compareAndSet: `
      WITH held AS MATERIALIZED (SELECT version FROM ${table} WHERE ${one} FOR UPDATE),
      saved AS (UPDATE ${table} SET ${SET} WHERE ${one} AND (SELECT version FROM held) = $8 RETURNING 1)
      SELECT (SELECT count(*) FROM held), (SELECT count(*) FROM saved)`,
    touch: `UPDATE ${table} SET last_seen_at = greatest(last_seen_at, $2), expires_at = $3 WHERE ${one}`,
    delete: `DELETE FROM ${table} WHERE key = $1`,
    page: `SELECT key, ${COLUMNS} FROM ${table} WHERE key > $1 ORDER BY key LIMIT $2`,
    count: `SELECT count(*) FROM ${table}`,
    clear: `DELETE FROM ${table}`,
    findByOwner: `SELECT key FROM ${table} WHERE owner = $1`,
    // In one order, so that two of them at once do not wait for each other.
    deleteByOwner: `DELETE FROM ${table} WHERE key = ANY (ARRAY(
      SELECT key FROM ${table} WHERE owner = $1 AND key IS DISTINCT FROM $2 ORDER BY key FOR UPDATE
      )) RETURNING key`,
    // An array, because as a join the inner query could run, and lock, more than once.
    sweep: `DELETE FROM ${table} WHERE key = ANY (ARRAY(
      SELECT key FROM ${table} WHERE expiry_slot <= floor($1::double precision / ${SLOT_MS}) AND expires_at < $1
      ORDER BY expiry_slot LIMIT ${SWEEP_BATCH} FOR UPDATE SKIP LOCKED))`,
  }
}
