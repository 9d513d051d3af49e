// What many clients see of one session while servers and processes are killed, against the model of a set and a counter.
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Client } from '../support/http.js'
import type { TestServer } from '../support/server-process.js'
import { anomaliesOf, History, type Operation } from './history.js'
import { AppProcess, BACKENDS, dice } from './processes.js'

const STEPS = Number(process.env.SESSMW_HISTORY_STEPS ?? 25)
const CLIENTS = 6

interface World {
  readonly storeUrl: string
  readonly server: TestServer | undefined
  readonly apps: AppProcess[]
}

/** Each fault leaves everything running again. */
const FAULTS: Readonly<Record<string, (world: World) => Promise<void>>> = {
  async 'the server is killed'({ server }) {
    await server?.kill()
    await server?.start()
  },
  async 'the server is stopped'({ server }) {
    await server?.stop()
    await server?.start()
  },
  async 'a process is killed'({ apps, storeUrl }) {
    await apps[1]?.kill()
    apps[1] = await startApp(storeUrl)
  },
}

const startApp = (url: string) => AppProcess.start(url, { STORE_TIMEOUT: '0.5' })

describe.each(BACKENDS)('the history of a session on $name', ({ isInstalled, start }) => {
  it.skipIf(!isInstalled)(
    'has no anomaly under faults',
    async () => {
      const { url: storeUrl, server, remove } = await start()
      onTestFinished(remove)
      const world: World = { storeUrl, server, apps: [await startApp(storeUrl), await startApp(storeUrl)] }
      onTestFinished(async () => {
        for (const app of world.apps) await app.kill()
      })
      const first = world.apps[0]?.browser() as Client
      expect((await first.get('/login/ada')).status).toBe(200)
      const history = new History()
      const faults = server === undefined ? [FAULTS['a process is killed']] : Object.values(FAULTS)
      let done = 0
      let faulted = Promise.resolve()
      const clients = Array.from({ length: CLIENTS }, async (_, client) => {
        const roll = dice(client + 1)
        for (let step = 0, acknowledged = 0; acknowledged < STEPS; step++) {
          const app = world.apps[client % 2]
          const browser = app?.browser(first) as Client
          if (!(await operate(history, browser, roll(5), `c${client}s${step}`))) continue
          acknowledged += 1
          done += 1
          const fault = faults[Math.floor(done / STEPS) % faults.length]
          if (done % STEPS === 0 && fault !== undefined) faulted = faulted.then(() => fault(world))
        }
      })
      await Promise.all(clients)
      await faulted
      const last = world.apps[0]?.browser(first) as Client
      for (let tries = 0; !(await operate(history, last, 0, '')); tries++) expect(tries).toBeLessThan(10_000)
      expect(anomaliesOf(history.operations)).toEqual([])
    },
    120_000,
  )
})

/** One random operation; answers whether it was acknowledged. */
function operate(history: History, browser: Client, choice: number, element: string): Promise<boolean> {
  const ask = async (path: string) => {
    const answer = await browser.get(path).catch(() => undefined)
    return answer?.status === 200 ? answer.json() : undefined
  }
  if (choice === 0)
    return history.record({ kind: 'read' }, async () => {
      const found = await ask('/me')
      if (found?.load !== 'loaded') return undefined
      const { n = 0, user: _user, ...elements } = found.data
      return { count: n, elements: new Set(Object.keys(elements)) }
    })
  if (choice <= 2)
    return history.record({ kind: 'increment' }, async () => {
      const answer = await ask('/increment')
      return answer && { count: answer.n }
    })
  return history.record({ kind: 'add', element }, async () =>
    (await ask(`/set/${element}`)) ? {} : undefined,
  )
}

describe('the model', () => {
  const add = (element: string, began: number, ended: number, acknowledged = true): Operation => ({
    kind: 'add',
    element,
    began,
    ended,
    acknowledged,
  })
  const increment = (count: number, began: number, ended: number): Operation => ({
    kind: 'increment',
    count,
    began,
    ended,
    acknowledged: true,
  })
  const read = (elements: string[], count: number, began: number, ended: number): Operation => ({
    kind: 'read',
    elements: new Set(elements),
    count,
    began,
    ended,
    acknowledged: true,
  })

  it('takes what a single copy could have shown', () => {
    const fine = [add('a', 1, 4), increment(1, 2, 3), add('b', 5, 6, false), read(['a', 'b'], 1, 7, 8)]
    expect(anomaliesOf(fine)).toEqual([])
    expect(anomaliesOf([add('a', 1, 2, false), read([], 0, 3, 4)])).toEqual([])
  })

  it.each<[string, Operation[]]>([
    ['a was lost', [add('a', 1, 2), read([], 0, 3, 4)]],
    ['a went away', [add('a', 1, 2, false), read(['a'], 0, 3, 4), read([], 0, 5, 6)]],
    ['x came from nowhere', [read(['x'], 0, 1, 2)]],
    ['a was read before it was added', [read(['a'], 0, 1, 2), add('a', 3, 4), read(['a'], 0, 5, 6)]],
    ['two increments saw the same count', [increment(1, 1, 3), increment(1, 2, 4), read([], 2, 5, 6)]],
    ['the count went from 2 to 1', [increment(2, 1, 2), increment(1, 3, 4), read([], 2, 5, 6)]],
    [
      '2 increments were acknowledged, and 1 counted',
      [increment(1, 1, 3), increment(2, 2, 4), read([], 1, 1, 6)],
    ],
    ['1 increments were made, and 2 counted', [increment(1, 1, 2), read([], 2, 3, 4)]],
  ])('finds that %s', (anomaly, operations) => {
    expect(anomaliesOf(operations)).toContain(anomaly)
  })
})
