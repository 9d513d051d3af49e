// Thousands of random interleavings of the requests of one browser, in process: what must hold in each of them.
import { AsyncLocalStorage } from 'node:async_hooks'
import { describe, expect, it } from 'vitest'
import { createSessions, MemoryStore, type Session } from '../../src/index.js'
import { SECRET } from '../support/http.js'
import { forSeeds, isGone, type Random, Scheduler } from './scheduler.js'

const ROUNDS = Number(process.env.INTERLEAVINGS ?? 4_000)

interface World {
  readonly memory: MemoryStore
  readonly scheduler: Scheduler
  readonly sessions: ReturnType<typeof createSessions>
  /** Another process on the same store. */
  readonly elsewhere: ReturnType<typeof createSessions>
  /** The Cookie header of the session that all requests share. */
  readonly header: string
  readonly handle: string
  now: number
}

async function begin(random: Random, owner: string | undefined = 'u1'): Promise<World> {
  const world = { now: 1_900_000_000_000 }
  const clock = () => world.now
  const memory = new MemoryStore({ clock })
  const scheduler = new Scheduler(random)
  const options = { secretKey: SECRET, clock, touchEvery: 1, maxAge: 3600 }
  const direct = createSessions({ ...options, store: memory })
  const session = await direct.open()
  if (owner !== undefined) await session.login(owner)
  Object.assign(session.data, { base: 'kept', count: 0, user: owner })
  const setCookie = await direct.commit(session)
  return Object.assign(world, {
    memory,
    scheduler,
    sessions: createSessions({ ...options, store: scheduler.gated(memory) }),
    elsewhere: createSessions({ ...options, store: scheduler.gated(memory) }),
    header: setCookie?.split(';', 1)[0] ?? '',
    handle: session.handle,
  })
}

interface Outcome {
  readonly session: Session
  readonly loaded: boolean
  readonly setCookie: string | undefined
  readonly error: unknown
  /** A write of it found no row. */
  readonly missing: boolean
}

const requests = new AsyncLocalStorage<{ missing: boolean }>()

/** One request of the browser; the handler's rejections of an ended session are its own business. */
async function request(
  { sessions, elsewhere, header, scheduler, now: _now }: World,
  random: Random,
  handler: (session: Session, pause: () => Promise<void>) => unknown,
): Promise<Outcome> {
  const seen = { missing: false }
  requests.enterWith(seen)
  scheduler.onMissing = () => {
    const store = requests.getStore()
    if (store !== undefined) store.missing = true
  }
  const here = random.chance(0.5) ? sessions : elsewhere
  const pause = () => (random.chance(0.5) ? scheduler.gate() : Promise.resolve())
  const session = await here.open(header)
  const loaded = session.verdict.load === 'loaded'
  let error: unknown
  try {
    await handler(session, pause)
  } catch (failure) {
    error = failure
  }
  let setCookie: string | undefined
  try {
    setCookie = await here.commit(session)
  } catch (failure) {
    // An operation that nobody awaited met the end of its session.
    error ??= failure
  }
  return { session, loaded, setCookie, error, ...seen }
}

/** What a browser with the old cookie finds when all is over. */
async function reopen({ memory, header, now }: World) {
  const sessions = createSessions({ secretKey: SECRET, store: memory, clock: () => now })
  const session = await sessions.open(header)
  return { load: session.verdict.load, session, data: { ...session.data } }
}

describe('requests of one session at once', () => {
  it('lose no write to different keys, count exactly, and give each flash message once', async () => {
    await forSeeds(ROUNDS, async (random) => {
      const world = await begin(random)
      const expected = new Map<string, unknown>([['base', 'kept']])
      let increments = 0
      const left: string[] = []
      const taken: unknown[] = []
      const work = Array.from({ length: 2 + random.below(4) }, (_, n) => {
        const plan = Array.from({ length: 1 + random.below(3) }, (_, m) => ({
          kind: random.below(9),
          id: `${n}.${m}`,
        }))
        for (const { kind, id } of plan) {
          if (kind < 2) expected.set(`k${id}`, id)
          if (kind === 2 || kind === 3) increments++
          if (kind === 4) left.push(id)
        }
        if (random.chance(0.3)) world.now += 500
        return request(world, random, async (session, pause) => {
          const { data } = session
          for (const { kind, id } of plan) {
            await pause()
            if (kind < 2) data[`k${id}`] = id
            if (kind === 1) await session.save()
            if (kind === 2) await session.update('count', (count) => (count ?? 0) + 1)
            if (kind === 3)
              void session.update('count', async (count) => {
                await pause()
                return (count ?? 0) + 1
              })
            if (kind === 4) void session.flash('notice', id)
            if (kind === 5) taken.push(...(await session.flash('notice')))
            if (kind === 6) delete data[`absent${id}`]
            if (kind === 7) await session.touch()
            if (kind === 8) {
              await session.save()
              await session.reload()
            }
          }
        })
      })
      await world.scheduler.run(work)
      for (const { error, loaded } of await Promise.all(work)) {
        if (error !== undefined) throw error
        expect(loaded).toBe(true)
      }
      const { data, session } = await reopen(world)
      for (const [key, value] of expected) expect(data[key], key).toBe(value)
      expect(data.count, 'count').toBe(increments)
      taken.push(...(await session.flash('notice')))
      expect(taken.sort(), 'flash').toEqual(left.sort())
      expect(Object.keys(data).length).toBe(expected.size + 2)
    })
  }, 300_000)

  it('delete and set of different keys meet without loss', async () => {
    await forSeeds(ROUNDS / 3, async (random) => {
      const world = await begin(random)
      const names = ['a', 'b', 'c', 'd']
      const fill = await createSessions({
        secretKey: SECRET,
        store: world.memory,
        clock: () => world.now,
      }).open(world.header)
      for (const name of names) fill.data[name] = 0
      await fill.save()
      const gone = names.filter(() => random.chance(0.5))
      const work = names.map((name) =>
        request(world, random, async ({ data }, pause) => {
          await pause()
          if (gone.includes(name)) delete data[name]
          else data[name] = { list: [name] }
          await pause()
        }),
      )
      await world.scheduler.run(work)
      const { data } = await reopen(world)
      for (const name of names) expect(data[name]).toEqual(gone.includes(name) ? undefined : { list: [name] })
    })
  }, 300_000)
})

const endings = ['destroy', 'logout', 'regenerate', 'login', 'revoke', 'revokeOwner'] as const

describe('an ended session', () => {
  it('stays ended: no row, no cookie for what was discarded, no data in the next one', async () => {
    await forSeeds(
      ROUNDS,
      async (random) => {
        const world = await begin(random)
        const { memory, handle } = world
        const ended: string[] = []
        const performed: string[] = []
        const speaking = new Set<Session>()
        const work = Array.from({ length: 2 + random.below(4) }, (_, n) => {
          const how = n === 0 || random.chance(0.25) ? random.pick(endings) : undefined
          const plan = Array.from({ length: random.below(4) }, () => random.below(8))
          return request(world, random, async (session, pause) => {
            const act = async () => {
              for (const kind of plan) {
                await pause()
                if (kind === 0) session.data[`mark${n}`] = n
                if (kind === 1) await session.save()
                if (kind === 2) await session.update('count', (count) => (count ?? 0) + 1)
                if (kind === 3) void session.flash('notice', n)
                if (kind === 4) await session.flash('notice')
                if (kind === 5) await session.touch()
                if (kind === 6) await session.reload()
                if (kind === 7) session.data.cookie.maxAge = 7_200_000
              }
            }
            if (how === undefined) return act()
            if (random.chance(0.5)) await act().catch(rethrowUnlessGone)
            await pause()
            const isMine = session.handle === handle
            if (how === 'revoke') await world.sessions.revoke(session.handle)
            else if (how === 'revokeOwner') await world.sessions.revokeOwner('u1')
            else {
              const ending = how === 'login' ? session.login(`v${n}`) : session[how]()
              if (random.chance(0.6)) await ending
            }
            if (isMine) ended.push(how)
            performed.push(how)
            if (['destroy', 'logout', 'login'].includes(how)) speaking.add(session)
            await pause()
            if (how === 'login' || how === 'regenerate') session.data.next = n
          })
        })
        await world.scheduler.run(work)
        const outcomes = await Promise.all(work)
        const { load } = await reopen(world)
        if (ended.length > 0) {
          expect(load, `after ${ended}`).toBe('unknown')
          expect(await memory.read(handle)).toBeNull()
        }
        for (const { session, setCookie, error, missing } of outcomes) {
          if (error !== undefined && !isGone(error)) throw error
          // A logout of its own clears the cookie, and a login begins anew, whatever became of the session before.
          if (missing && error === undefined && !speaking.has(session))
            expect(session.verdict.save).toBe('discarded')
          if ((missing || session.verdict.save === 'discarded') && !speaking.has(session))
            expect(setCookie, 'a discarded request').toBeUndefined()
          if (setCookie === undefined || setCookie.includes('Max-Age=0')) continue
          // Every cookie that was sent opens what its request made, unless that was ended too: whoever ends a session ends
          // what another request has made of it under a new id.
          const value = setCookie.split(';', 1)[0] ?? ''
          if (value === world.header) continue
          const record = await memory.read(session.handle)
          if (record === null) expect(performed.join()).toMatch(/revoke|destroy|logout/)
          else
            expect(Object.keys(record.fields).filter((name) => name === 'base' || name === 'user')).toEqual(
              [],
            )
        }
        // Nothing is left in the store that no cookie opens.
        const cookies = new Set(
          outcomes.filter(({ setCookie }) => setCookie).map(({ session }) => session.handle),
        )
        for await (const [key] of memory.entries())
          if (key !== handle) expect(cookies.has(key), 'an orphan').toBe(true)
      },
      [987_782_168, 987_844_556],
    )
  }, 300_000)

  it('of two that renew it at once, one gets a session: a session never forks', async () => {
    await forSeeds(ROUNDS / 3, async (random) => {
      const world = await begin(random)
      const work = Array.from({ length: 2 + random.below(3) }, () =>
        request(world, random, async (session, pause) => {
          await pause()
          await session.regenerate({ keep: ['base'] })
          await pause()
          session.data.renewed = true
        }),
      )
      await world.scheduler.run(work)
      const outcomes = await Promise.all(work)
      const loaded = outcomes.filter(({ loaded: wasLoaded }) => wasLoaded)
      const forked = loaded.filter(({ setCookie }) => setCookie !== undefined)
      expect(forked).toHaveLength(1)
      expect(forked[0]?.session.owner).toBe('u1')
      expect(await world.memory.findByOwner('u1')).toHaveLength(1)
    })
  }, 300_000)
})

describe('the sessions of an owner', () => {
  it('are all ended by revokeOwner in another process, also one that goes on under a new id meanwhile', async () => {
    await forSeeds(ROUNDS, async (random) => {
      const world = await begin(random)
      const revoker = createSessions({ secretKey: SECRET, store: inSteps(world) })
      const renewing = Array.from({ length: 1 + random.below(3) }, () =>
        request(world, random, async (session, pause) => {
          for (let times = 1 + random.below(2); times > 0; times--) {
            await pause()
            await session.regenerate({ keep: ['base'] })
            if (random.chance(0.5)) session.data.renewed = true
          }
        }),
      )
      await world.scheduler.run([...renewing, revoker.revokeOwner('u1')])
      for (const { error } of await Promise.all(renewing))
        if (error !== undefined && !isGone(error)) throw error
      // What comes too late begins a session of nobody.
      expect(await world.memory.findByOwner('u1')).toEqual([])
      for await (const [, { owner, fields }] of world.memory.entries()) {
        expect(owner).toBeUndefined()
        expect(Object.keys(fields)).toEqual(['renewed'])
      }
    })
  }, 300_000)
})

describe('a session that several requests of a process renew at once', () => {
  it('is ended by a logout or a revocation, whatever the order', async () => {
    await forSeeds(ROUNDS, async (random) => {
      const begun = await begin(random, random.chance(0.5) ? 'u1' : undefined)
      const world = { ...begun, elsewhere: begun.sessions }
      const renewing = Array.from({ length: 1 + random.below(3) }, () =>
        request(world, random, async (session, pause) => {
          await pause()
          await session.regenerate({ keep: ['user'] })
          await pause()
          if (random.chance(0.5)) session.data.renewed = true
        }),
      )
      const ending = request(world, random, async (session, pause) => {
        await pause()
        if (session.verdict.load !== 'loaded') return
        if (random.chance(0.5)) await session.logout()
        else await world.sessions.revoke(world.handle)
      })
      await world.scheduler.run([...renewing, ending])
      for (const { error } of await Promise.all(renewing))
        if (error !== undefined && !isGone(error)) throw error
      if (!(await ending).loaded) return
      for await (const [, { fields }] of world.memory.entries())
        expect(Object.keys(fields)).toEqual(['renewed'])
    })
  }, 300_000)
})

/** The store of a world as one that has no single step for the sessions of an owner. */
function inSteps({ scheduler, memory }: World): MemoryStore {
  const store = scheduler.gated(memory)
  const deleteByOwner = async (owner: string) => {
    const gone: string[] = []
    for (const key of await store.findByOwner(owner)) if (await store.delete(key)) gone.push(key)
    return gone
  }
  return new Proxy(store, {
    get: (target, name) => (name === 'deleteByOwner' ? deleteByOwner : Reflect.get(target, name)),
  })
}

describe('sessions of different users', () => {
  it('never see each other', async () => {
    await forSeeds(ROUNDS / 3, async (random) => {
      const world = await begin(random, undefined)
      const browsers = Array.from({ length: 3 }, (_, n) => ({
        name: `user${n}`,
        header: undefined as string | undefined,
      }))
      const visit = async (browser: { name: string; header: string | undefined }) => {
        for (let n = 0; n < 3; n++) {
          const here = random.chance(0.5) ? world.sessions : world.elsewhere
          const session = await here.open(browser.header)
          const seen = session.data.name
          if (browser.header !== undefined) expect(seen).toBe(browser.name)
          session.data.name = browser.name
          session.data[`from ${browser.name}`] = n
          if (random.chance(0.3)) await session.login(browser.name, { keep: ['name'] })
          if (random.chance(0.2)) await session.regenerate({ keep: ['name'] })
          await session.flash('who', browser.name)
          expect(await session.flash('who')).toEqual([browser.name])
          const setCookie = await here.commit(session)
          if (setCookie !== undefined) browser.header = setCookie.split(';', 1)[0]
          for (const key of Object.keys(session.data))
            expect(key === 'name' || key === `from ${browser.name}`).toBe(true)
        }
      }
      await world.scheduler.run(browsers.map(visit))
    })
  }, 300_000)
})

function rethrowUnlessGone(error: unknown): void {
  if (!isGone(error)) throw error
}
