// Two processes of one app on one store: what was promised within a process holds across them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../support/http.js'
import { AppProcess, BACKENDS, dice, type StartedBackend, turns } from './processes.js'

const ROUNDS = Number(process.env.SESSMW_ZOMBIE_ROUNDS ?? 40)

describe.each(BACKENDS)('two processes on $name', ({ isInstalled, start }) => {
  const test = it.skipIf(!isInstalled)

  let backend: StartedBackend
  let apps: readonly [AppProcess, AppProcess]
  beforeAll(async () => {
    if (!isInstalled) return
    backend = await start()
    apps = await Promise.all([AppProcess.start(backend.url), AppProcess.start(backend.url)])
  }, 60_000)
  afterAll(async () => {
    for (const app of apps ?? []) await app.kill()
    await backend?.remove()
  })

  async function loggedIn(): Promise<{ at: Client[]; handle: string }> {
    const first = apps[0].browser()
    const { handle } = (await first.get('/login/ada')).json()
    return { at: [first, apps[1].browser(first)], handle }
  }

  test('keep 100 keys of 100 that are written at once', async () => {
    const { at } = await loggedIn()
    const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => at[n % 2]?.get(`/set/key${n}`)))
    expect(answers.map((answer) => answer?.status)).toEqual(answers.map(() => 200))
    const { data } = (await at[0]?.get('/me'))?.json() ?? {}
    expect(Object.keys(data)).toHaveLength(101)
  }, 60_000)

  test('count to 1000 when four clients add 250 times', async () => {
    const { at } = await loggedIn()
    const seen = new Set<number>()
    await Promise.all(
      Array.from({ length: 4 }, async (_, client) => {
        for (let step = 0; step < 250; step++) {
          const answer = await at[client % 2]?.get('/increment')
          expect(answer?.status).toBe(200)
          seen.add(answer?.json().n)
        }
      }),
    )
    expect(seen.size).toBe(1000)
    expect((await at[1]?.get('/me'))?.json().data.n).toBe(1000)
  }, 120_000)

  test(`never have a session again that was ended beside a slow writer (${ROUNDS} rounds)`, async () => {
    const roll = dice(5)
    for (let round = 0; round < ROUNDS; round++) {
      const { at, handle } = await loggedIn()
      const [slowAt, endAt] = roll(2) === 0 ? [0, 1] : [1, 0]
      const slow = at[slowAt]?.get(`/slow/round${round}`)
      await apps[slowAt as 0 | 1].loaded(`round${round}`)
      const how = ['/logout', `/end/revoke/${handle}`, '/end/owner/ada'][roll(3)] ?? ''
      const end = async () => {
        await turns(roll(30))
        await apps[endAt as 0 | 1].browser(at[0]).get(how)
      }
      const release = async () => {
        await turns(roll(30))
        await apps[slowAt as 0 | 1].browser().get(`/release/round${round}`)
      }
      await Promise.all([end(), release()])
      await slow
      const old = await Promise.all(apps.map((app) => app.browser(at[0]).get('/me')))
      expect(old.map((answer) => answer.json())).toEqual([
        { data: {}, load: 'unknown' },
        { data: {}, load: 'unknown' },
      ])
    }
  }, 120_000)

  test(`end an owner's session that goes on under a new id in the other process (${ROUNDS} rounds)`, async () => {
    const roll = dice(7)
    for (let round = 0; round < ROUNDS; round++) {
      const { at } = await loggedIn()
      const renewing = at[0] as Client
      const renewed = renewing.get('/renew').then(() => renewing.get('/renew'))
      await turns(roll(60))
      await apps[1].browser().get('/end/owner/ada')
      await renewed
      const { data, load } = (await apps[1].browser(renewing).get('/me')).json()
      // A request that came after the end begins a session of nobody.
      expect(load === 'loaded' ? data : {}).not.toHaveProperty('user')
    }
  }, 120_000)

  test('refuse a session at the very next request after the other one has revoked it', async () => {
    const { at, handle } = await loggedIn()
    const { at: other } = await loggedIn()
    expect((await at[1]?.get('/me'))?.json().load).toBe('loaded')
    await apps[0].browser().get(`/end/revoke/${handle}`)
    expect((await at[1]?.get('/me'))?.json().load).toBe('unknown')
    expect((await other[1]?.get('/me'))?.json().load).toBe('loaded')
    await apps[1].browser().get('/end/owner/ada')
    expect((await other[0]?.get('/me'))?.json().load).toBe('unknown')
  }, 60_000)
})
