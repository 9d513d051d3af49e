import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest'
import type { SessionRecord } from '../../src/core/record.js'
import { isEnumerable, type Store, type StoreContext } from '../../src/core/store.js'
import { SessmwError } from '../../src/errors.js'
import { withDeadline } from '../../src/stores/deadline.js'
import { MemoryStore } from '../../src/stores/memory.js'
import { fakeClock, faultyStore, storeContract } from '../../src/testing.js'

const KEY = 'k'.repeat(43)
const RECORD: SessionRecord = { version: 1, createdAt: 1, lastSeenAt: 1, expiresAt: 2, fields: {} }

const contractClock = fakeClock()
describe('a store behind a deadline keeps the store contract', () => {
  const create = () => withDeadline(new MemoryStore({ clock: contractClock }), 5000)
  for (const { name, run } of storeContract({ create, clock: contractClock })) test(name, run)
})

/** A store whose read is this function. */
function readingBy(read: (key: string, context?: StoreContext) => unknown): Store {
  return Object.assign(new MemoryStore(), { read }) as Store
}

describe('the deadline of a store call', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('S42: rejects a call that is not answered in time, and names the method and the time', async () => {
    const store = faultyStore(new MemoryStore())
    const guarded = withDeadline(store, 2000)
    store.faults.hang('update')
    const update = expect(guarded.update(KEY, {})).rejects.toMatchObject({
      code: 'store-timeout',
      status: 503,
      message: 'The session store did not answer update() within 2000 ms.',
    })
    vi.advanceTimersByTime(2000)
    await update
  })

  it.each([
    ['create', (store: Store) => store.create(KEY, RECORD)],
    ['read', (store: Store) => store.read(KEY)],
    ['touch', (store: Store) => store.touch(KEY, RECORD)],
    ['delete', (store: Store) => store.delete(KEY)],
    ['close', (store: Store) => store.close?.()],
    ['count', (store: Store) => isEnumerable(store) && store.count()],
    ['clear', (store: Store) => isEnumerable(store) && store.clear()],
    ['findByOwner', (store: Store) => isEnumerable(store) && store.findByOwner('ada')],
    ['deleteByOwner', (store: Store) => isEnumerable(store) && store.deleteByOwner('ada')],
  ] as const)('covers %s', async (method, call) => {
    const store = faultyStore(new MemoryStore())
    store.faults.hang(method)
    const answer = expect(call(withDeadline(store, 100))).rejects.toMatchObject({ code: 'store-timeout' })
    vi.advanceTimersByTime(100)
    await answer
  })

  it('gives each call its own time', async () => {
    const store = faultyStore(new MemoryStore())
    const guarded = withDeadline(store, 1000)
    store.faults.hang('read')
    const settled: string[] = []
    const first = guarded.read(KEY).catch(() => settled.push('first'))
    vi.advanceTimersByTime(600)
    const second = guarded.read(KEY).catch(() => settled.push('second'))
    vi.advanceTimersByTime(400)
    await first
    expect(settled).toEqual(['first'])
    vi.advanceTimersByTime(599)
    await Promise.resolve()
    expect(settled).toEqual(['first'])
    vi.advanceTimersByTime(1)
    await second
    expect(settled).toEqual(['first', 'second'])
  })

  it('ends only the calls that hang among many that are answered', async () => {
    const hanging = new Set([3, 4, 17])
    const store = readingBy((key) =>
      hanging.has(Number(key)) ? new Promise(() => {}) : Promise.resolve(null),
    )
    const guarded = withDeadline(store, 50)
    const calls = Array.from({ length: 20 }, (_, n) => guarded.read(`${n}`))
    await calls[19]
    vi.advanceTimersByTime(50)
    const results = await Promise.allSettled(calls)
    const rejected = results.flatMap(({ status }, n) => (status === 'rejected' ? [n] : []))
    expect(rejected).toEqual([3, 4, 17])
  })

  it('aborts the signal with the error of the call, also for a store that asks for it late', async () => {
    const contexts: (StoreContext | undefined)[] = []
    const store = readingBy((_, context) => {
      contexts.push(context)
      return new Promise(() => {})
    })
    const guarded = withDeadline(store, 10)
    const early = guarded.read(KEY)
    const signal = contexts[0]?.signal
    expect(signal?.aborted).toBe(false)
    const late = guarded.read(KEY)
    vi.advanceTimersByTime(10)
    const reason = await early.catch((error: unknown) => error)
    expect(signal?.reason).toBe(reason)
    await expect(late).rejects.toMatchObject({ code: 'store-timeout' })
    expect(contexts[1]?.signal).toMatchObject({ aborted: true, reason: { code: 'store-timeout' } })
  })

  it('passes on the signal of the caller', async () => {
    const store = readingBy(
      (_, context) =>
        new Promise((_resolve, reject) => {
          context?.signal?.addEventListener('abort', () => reject(context.signal?.reason))
        }),
    )
    const controller = new AbortController()
    const read = withDeadline(store, 1000).read(KEY, { signal: controller.signal })
    const reason = new Error('client went away')
    controller.abort(reason)
    await expect(read).rejects.toBe(reason)
  })

  it('ignores answers and rejections that come too late', async () => {
    const unhandled = vi.fn()
    process.on('unhandledRejection', unhandled)
    const late: { resolve: (value: null) => void; reject: (error: Error) => void }[] = []
    const store = readingBy(() => new Promise((resolve, reject) => late.push({ resolve, reject })))
    const guarded = withDeadline(store, 10)
    const calls = [guarded.read(KEY), guarded.read(KEY)]
    vi.advanceTimersByTime(10)
    const codes = (await Promise.allSettled(calls)).map((result) => 'reason' in result && result.reason.code)
    late[0]?.resolve(null)
    late[1]?.reject(new Error('late'))
    await nextTurn()
    process.off('unhandledRejection', unhandled)
    expect(codes).toEqual(['store-timeout', 'store-timeout'])
    expect(unhandled).not.toHaveBeenCalled()
  })

  it('stops its timer when no call is under way', async () => {
    const guarded = withDeadline(
      readingBy(async () => null),
      10,
    )
    await guarded.read(KEY)
    expect(vi.getTimerCount()).toBe(1)
    vi.advanceTimersByTime(10)
    expect(vi.getTimerCount()).toBe(0)
    await guarded.read(KEY)
    expect(vi.getTimerCount()).toBe(1)
  })
})

describe('the errors and answers of a store', () => {
  it.each([
    ['rejects', () => Promise.reject(new Error('ECONNRESET'))],
    [
      'throws',
      () => {
        throw new Error('ECONNRESET')
      },
    ],
  ])('become store-failed with their cause when it %s', async (_, read) => {
    await expect(withDeadline(readingBy(read), 1000).read(KEY)).rejects.toMatchObject({
      code: 'store-failed',
      message: 'The session store failed in read().',
      cause: { message: 'ECONNRESET' },
    })
  })

  it('stay as they are when they are errors of sessmw', async () => {
    const error = new SessmwError('store-closed', 'closed')
    await expect(
      withDeadline(
        readingBy(() => Promise.reject(error)),
        1000,
      ).read(KEY),
    ).rejects.toBe(error)
  })

  it('are accepted when they are no promises', async () => {
    expect(
      await withDeadline(
        readingBy(() => null),
        1000,
      ).read(KEY),
    ).toBeNull()
  })

  it.each<[string, unknown, string]>([
    ['update', undefined, 'undefined'],
    ['update', true, 'true'],
    ['update', 'ok', 'string'],
    ['touch', undefined, 'undefined'],
    ['delete', undefined, 'undefined'],
    ['delete', 1, 'number'],
  ])(
    'of %s() that are %s are faults of the store, not news of the session',
    async (method, answer, given) => {
      const memory = new MemoryStore()
      const answering = Object.assign(Object.create(memory), { [method]: async () => answer }) as Store
      const guarded = withDeadline(answering, 1000)
      const calls: Record<string, () => Promise<unknown>> = {
        update: () => guarded.update(KEY, {}),
        touch: () => guarded.touch(KEY, { lastSeenAt: 1, expiresAt: 2 }),
        delete: () => guarded.delete(KEY),
      }
      await expect(calls[method]?.()).rejects.toMatchObject({
        code: 'store-failed',
        message: expect.stringContaining(`answered ${method}() with ${given}`),
      })
    },
  )

  it('cost no AbortController where the store does not look at the signal', async () => {
    const made = vi.spyOn(globalThis, 'AbortController')
    await withDeadline(new MemoryStore(), 1000).read(KEY)
    expect(made).not.toHaveBeenCalled()
    made.mockRestore()
  })

  it('leave the abilities of the store as they are', async () => {
    const memory = new MemoryStore()
    const basic: Store = {
      create: (...args) => memory.create(...args),
      read: (...args) => memory.read(...args),
      update: (...args) => memory.update(...args),
      touch: (...args) => memory.touch(...args),
      delete: (...args) => memory.delete(...args),
      keyOf: (id) => `sess:${id}`,
      acceptsId: (id) => id.length === 3,
    }
    const guarded = withDeadline(basic, 1000)
    expect([guarded.keyOf?.('a'), guarded.acceptsId?.('abc'), isEnumerable(guarded)]).toEqual([
      'sess:a',
      true,
      false,
    ])
    await guarded.close?.()
    const rich: Store = withDeadline(memory, 1000)
    expect([rich.keyOf, rich.acceptsId, isEnumerable(rich)]).toEqual([undefined, undefined, true])
  })
})
