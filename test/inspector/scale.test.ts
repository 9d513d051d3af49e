import { afterEach, describe, expect, it } from 'vitest'
import { handleOf } from '../../src/core/session-id.js'
import type { ListBody } from './api-helpers.js'
import { closeAll, rig } from './inspector-helpers.js'
import { EventClient } from './sse.js'

afterEach(closeAll)

/** Milliseconds of processor time: what others do on the machine does not count. */
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

/** How often the event loop turns while work is done, and the longest turn, in milliseconds of processor time. */
async function turnsDuring(work: () => Promise<void>): Promise<{ turns: number; longestMs: number }> {
  let [turns, longestMs] = [0, 0]
  let before = cpuMs()
  let isWorking = true
  const tick = (): void => {
    turns += 1
    longestMs = Math.max(longestMs, cpuMs() - before)
    before = cpuMs()
    if (isWorking) setImmediate(tick)
  }
  setImmediate(tick)
  await work()
  isWorking = false
  return { turns, longestMs }
}

const SESSIONS = 100_000

async function filled() {
  const inspected = await rig()
  const now = Date.now()
  for (let n = 0; n < SESSIONS; n += 1) {
    const times = { createdAt: now - n, lastSeenAt: now - n, expiresAt: now + 3_600_000 }
    const fields = { views: String(n % 1_000), theme: '"dark"', cart: `[{"name":"item ${n}","count":2}]` }
    const owner = n % 4 === 0 ? { owner: `user-${n}` } : {}
    await inspected.store.create(handleOf(String(n)), { version: 1, ...times, ...owner, fields })
  }
  return inspected
}

describe('100 000 sessions', () => {
  it('are listed, sorted and searched without keeping others from the event loop', async () => {
    const { api } = await filled()
    const timed = async (query: string) => {
      let body: ListBody | undefined
      const start = cpuMs()
      const { turns, longestMs } = await turnsDuring(async () => {
        body = (await api<ListBody>('GET', `/api/v1/sessions?${query}`)).body
      })
      const ms = cpuMs() - start
      if (body === undefined) throw new Error('There was no answer.')
      if (process.env.SESSMW_TEST_FIGURES)
        process.stdout.write(
          `${query.slice(0, 20)}: ${ms.toFixed(0)} ms, longest turn ${longestMs.toFixed(1)} ms\n`,
        )
      // Collections of garbage and what compiles run beside the event loop, and count all the same.
      expect(longestMs).toBeLessThan(150)
      return { body, ms, turns }
    }
    const first = await timed('')
    expect([first.body.total, first.body.sessions.length]).toEqual([SESSIONS, 50])
    const second = await timed(`cursor=${first.body.cursor}`)
    expect(second.body.sessions[0]?.handle).toBe(handleOf('50'))
    const sorted = await timed('sort=owner')
    const found = await timed('q=user:user-99996')
    expect(found.body.sessions.map(({ handle }) => handle)).toEqual([handleOf('99996')])
    const byValue = await timed('q=views:999')
    expect(byValue.body.matched).toBe(100)
    for (const { ms } of [first, second, sorted, found, byValue]) expect(ms).toBeLessThan(3_000)
    for (const { turns } of [first, byValue]) expect(turns).toBeGreaterThan(20)
  })
})

describe('2 000 events a second', () => {
  it('reach five clients as far as they can be shown, and cost no memory that stays', async () => {
    const { base, sessions } = await rig()
    const clients = await Promise.all(Array.from({ length: 5 }, () => EventClient.connect(base)))
    // One of them never reads again.
    const reading = clients.slice(1)
    const seen = reading.map(() => ({ events: 0, dropped: 0, last: 0 }))
    const readers = reading.map(async (client, at) => {
      const own = seen[at] ?? { events: 0, dropped: 0, last: 0 }
      while (own.last < 10_000) {
        const { data } = await client.next()
        own.events += data.events?.length ?? 0
        own.dropped += data.dropped ?? 0
        own.last = data.events?.at(-1)?.seq ?? own.last
      }
    })
    const publish = (count: number) => {
      for (let n = 0; n < count; n += 1)
        sessions.events.publish('request', {
          ...{ at: Date.now(), load: 'loaded', save: 'unchanged', cookie: 'unchanged' },
          ...{ handle: handleOf(String(n)), method: 'GET', path: '/' },
        })
    }
    const heapBefore = process.memoryUsage().heapUsed
    for (let tick = 0; tick < 100; tick += 1) {
      publish(100)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await Promise.all(readers)
    const grown = (process.memoryUsage().heapUsed - heapBefore) / 1e6
    for (const { events, dropped } of seen) expect(events + dropped).toBe(10_000)
    expect(grown).toBeLessThan(60)
    if (process.env.SESSMW_TEST_FIGURES)
      process.stdout.write(`heap +${grown.toFixed(1)} MB; ${JSON.stringify(seen)}\n`)
    for (const client of clients) await client[Symbol.asyncDispose]()
  })
})
