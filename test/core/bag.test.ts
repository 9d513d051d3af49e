// The data bag: what it shows, what it refuses, and what never gets out of it.
import { format, inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { attach } from '../../src/core/attached.js'
import { Session } from '../../src/core/session.js'
import { MemoryStore, sessionOf } from '../../src/index.js'
import { SECRET } from '../support/http.js'
import { Browser, setup } from './harness.js'

const RESERVED = [
  'getSession',
  'getSessionId',
  'clearSession',
  'saveSession',
  'id',
  'cookie',
  'save',
  'reload',
  'touch',
  'destroy',
  'regenerate',
  'resetMaxAge',
  '__proto__',
  'constructor',
  'prototype',
]

const COMMON = [
  'flash',
  'passport',
  'user',
  'owner',
  'messages',
  'toString',
  'hasOwnProperty',
  'then',
  'toJSON',
]

async function opened(data: Record<string, unknown> = {}) {
  const world = setup()
  const browser = new Browser(world.sessions)
  await browser.visit((session) => void Object.assign(session.data, data))
  const session = await world.sessions.open(browser.header)
  return { ...world, browser, session, bag: session.data as Record<string, unknown> }
}

describe('reserved names', () => {
  it.each(RESERVED)('%s cannot be assigned, and says so', async (name) => {
    const { bag } = await opened()
    const attempt = () => {
      bag[name] = 'mine'
    }
    expect(attempt).toThrow(expect.objectContaining({ code: 'bad-key', path: `session.${name}` }))
    expect(attempt).toThrow(name)
  })

  it.each(RESERVED)('%s throws in sloppy CommonJS code too', async (name) => {
    const { bag } = await opened()
    const sloppy = new Function('session', 'name', 'session[name] = "mine"')
    expect(() => sloppy(bag, name)).toThrow(expect.objectContaining({ code: 'bad-key' }))
  })

  it.each(RESERVED.filter((name) => name !== '__proto__'))(
    '%s cannot come in through Object.assign, defineProperty or update',
    async (name) => {
      const { bag, session } = await opened()
      expect(() => Object.assign(bag, { [name]: 1 })).toThrow(/cannot be a data key/)
      expect(() => Object.defineProperty(bag, name, { value: 1, configurable: true })).toThrow(/data key/)
      await expect(session.update(name, () => 1)).rejects.toMatchObject({ code: 'bad-key' })
    },
  )

  it('symbols are refused as keys', async () => {
    const { bag } = await opened()
    expect(() => Object.assign(bag, { [Symbol('s')]: 1 })).toThrow(
      expect.objectContaining({ code: 'bad-key' }),
    )
  })

  it('fields with such names that a store brings are dropped with one corrupt event', async () => {
    const { sessions, store, session, events, browser } = await opened({ user: 'u1' })
    await store.update(session.handle, { set: { save: '1', constructor: '{}', id: '"x"' } })
    const again = await sessions.open(browser.header)
    expect({ ...again.data }).toEqual({ user: 'u1' })
    expect(typeof again.data.save).toBe('function')
    const corrupt = events.filter(([name]) => name === 'corrupt')
    expect(corrupt).toHaveLength(1)
    expect(corrupt[0]?.[1].detail).toMatch(/"id".*"save".*"constructor"/)
  })
})

describe('data keys of the ecosystem', () => {
  it.each([
    ...COMMON,
    'length',
    'size',
    'name',
    'valueOf',
    'isPrototypeOf',
    'inspect',
    'login',
    'logout',
    'peek',
    'data',
  ])('%s round-trips', async (name) => {
    const { bag } = await opened({ [name]: { of: name } })
    expect(bag[name]).toEqual({ of: name })
    expect(Object.keys(bag)).toEqual([name])
    expect(Object.hasOwn(bag, name)).toBe(true)
    expect(JSON.parse(JSON.stringify({ ...bag }))).toEqual({ [name]: { of: name } })
    delete bag[name]
    expect(Object.hasOwn(bag, name)).toBe(false)
  })

  it('a bag can be awaited and returned from async functions', async () => {
    const { bag } = await opened(Object.fromEntries([['then', 'text']]))
    expect(await bag).toBe(bag)
  })
})

describe('as an object', () => {
  it('keeps its value when only the attributes of a property are defined', async () => {
    const { bag } = await opened({ a: 1 })
    Object.defineProperty(bag, 'a', { enumerable: true })
    expect(bag.a).toBe(1)
  })

  it('refuses a property that could not be deleted, and changes nothing', async () => {
    const { bag } = await opened({ a: 1 })
    expect(() => Object.defineProperty(bag, 'a', { value: 2, configurable: false })).toThrow(TypeError)
    expect(bag.a).toBe(1)
  })

  it('refuses accessors, freezing and another prototype', async () => {
    const { bag } = await opened({ a: 1 })
    expect(() => Object.defineProperty(bag, 'a', { get: () => 2, configurable: true })).toThrow(/accessor/)
    expect(() => Object.freeze(bag)).toThrow(TypeError)
    expect(() => Object.setPrototypeOf(bag, null)).toThrow(TypeError)
  })

  it('a merge that walks into __proto__ changes no other session', async () => {
    const { bag, sessions } = await opened()
    const merge = new Function(
      'into',
      'from',
      'for (const key of Object.keys(from)) for (const inner of Object.keys(from[key])) into[key][inner] = from[key][inner]',
    )
    merge(bag, JSON.parse('{"__proto__": {"isAdmin": true}}'))
    const other = await sessions.open(undefined)
    expect(Reflect.get(other.data, 'isAdmin')).toBeUndefined()
  })

  it('clearSession keeps id, owner and flash messages', async () => {
    const { sessions } = setup()
    const browser = new Browser(sessions)
    const ids: string[] = []
    await browser.visit(async (session) => {
      await session.login('u1', {})
      Object.assign(session.data, { a: 1, b: 2 })
      await session.flash('notice', 'hello')
      ids.push(session.id)
    })
    await browser.visit((session) => session.data.clearSession())
    await browser.visit(async (session) => {
      expect([session.id, session.owner, { ...session.data }]).toEqual([ids[0], 'u1', {}])
      expect(await session.flash('notice')).toEqual(['hello'])
    })
  })
})

describe('a field that cannot be parsed', () => {
  const spoil = async () => {
    const world = await opened({ good: 1 })
    await world.store.update(world.session.handle, { set: { bad: '{"cut' } })
    const session = await world.sessions.open(world.browser.header)
    return { ...world, session, bag: session.data as Record<string, unknown> }
  }

  it('counts as absent, says so once, and stays in the store', async () => {
    const { bag, session, events, memory, sessions, faults } = await spoil()
    for (let n = 0; n < 3; n++) expect(bag.bad).toBeUndefined()
    expect({ ...bag }).toEqual({ good: 1 })
    expect('bad' in bag).toBe(false)
    expect(JSON.stringify(bag)).toBe('{"good":1}')
    expect(events.filter(([name]) => name === 'corrupt')).toHaveLength(1)
    expect(session.verdict.load).toBe('corrupt')
    const updates = faults.calls('update')
    await sessions.commit(session)
    expect(faults.calls('update')).toBe(updates)
    expect((await memory.read(session.handle))?.fields.bad).toBe('{"cut')
  })

  it.each(['assigned', 'deleted', 'updated'])('can be %s', async (how) => {
    const { bag, session, sessions, browser } = await spoil()
    if (how === 'assigned') bag.bad = 2
    else if (how === 'deleted') delete bag.bad
    else expect(await session.update('bad', (value) => (value === undefined ? 2 : 0))).toBe(2)
    await sessions.commit(session)
    expect(await browser.data()).toEqual(how === 'deleted' ? { good: 1 } : { good: 1, bad: 2 })
  })

  it('a record with a field that is no text counts as corrupt', async () => {
    const { memory, session, browser } = await opened({ a: 1 })
    const record = await memory.read(session.handle)
    const read = async () => ({ ...record, fields: { a: { of: 'an object' } } })
    const { sessions: others } = setup({ store: Object.assign(new MemoryStore(), { read }) })
    const { verdict } = await new Browser(others).visit(undefined, browser.header)
    expect(verdict.load).toBe('corrupt')
  })
})

describe('the id, the secret and the cookie', () => {
  it('appear in no inspection, however deep', async () => {
    const { session, bag, browser, sessions } = await opened({ user: 'u1' })
    const request = { headers: {} }
    attach(request, Session.activeOf(session))
    const shown = [
      inspect(bag),
      inspect(bag, { depth: 20, showHidden: true }),
      inspect(bag, { depth: 20, showHidden: true, showProxy: true }),
      format('%o %O %j', bag, bag, bag),
      inspect(session, { depth: 20, showHidden: true, showProxy: true }),
      format('%o', session),
      inspect(request, { depth: 20, showHidden: true, showProxy: true }),
      inspect(sessions, { depth: 20, showHidden: true, showProxy: true }),
      JSON.stringify(bag),
      JSON.stringify(session),
      JSON.stringify({ sessions, request }),
      String(bag),
    ].join('\n')
    expect(sessionOf(request)).toBe(session)
    expect(shown).not.toContain(session.id)
    expect(shown).not.toContain(SECRET)
    expect(shown).not.toContain(browser.cookie)
    expect(shown).toContain('u1')
  })

  it('console.log shows the data as a plain object', async () => {
    const { bag } = await opened({ user: 'u1', n: 2 })
    expect(inspect(bag)).toBe("{ user: 'u1', n: 2 }")
  })
})

describe('writes after the end', () => {
  it('of something that cannot be stored do not end the process', async () => {
    const { browser, sessions } = await opened({ a: 1 })
    const session = await sessions.open(browser.header)
    const active = Session.activeOf(session)
    active.ended = true
    const thrown: unknown[] = []
    const listener = (error: unknown) => void thrown.push(error)
    process.on('uncaughtException', listener)
    session.data.fn = () => 1
    await new Promise((resolve) => setImmediate(resolve))
    process.off('uncaughtException', listener)
    expect(thrown).toEqual([])
  })
})
