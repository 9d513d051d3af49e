import type { ChildProcess } from 'node:child_process'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SqliteStore } from '../../../src/sqlite.js'
import { ended, Program } from './child-process.js'
import { newFile, removeFiles } from './files.js'
import { newRecord } from './records.js'

const KEY = 'k'.repeat(43)
const program = new Program()

beforeAll(() => program.bundle('writer.ts'))
afterAll(() => {
  program.remove()
  removeFiles()
})

const isUp = (child: ChildProcess): Promise<unknown> =>
  new Promise((resolve) => child.stdout?.once('data', resolve))

/** Lets several writers begin at once; answers when all have ended. */
async function together(children: readonly ChildProcess[]): Promise<void> {
  const ends = Promise.all(children.map(ended))
  await Promise.all(children.map(isUp))
  for (const child of children) child.stdin?.end('go')
  await ends
  for (const child of children) expect(child.exitCode).toBe(0)
}

describe('a process', () => {
  it('ends by itself with a store that is open', async () => {
    expect(await ended(program.start('leave', newFile()))).toBe('left\n')
  })
})

describe('several processes on one file', () => {
  it('make it at once, and all of them can use it', async () => {
    const path = newFile()
    await together([0, 1, 2, 3].map((n) => program.start('open', path, `${n}`.repeat(43))))
    const store = new SqliteStore({ path })
    expect(await store.count()).toBe(4)
    await store.close()
  })

  it('add 4 x 250 to one number by compare-and-set, while this process works without a stop', async () => {
    const path = newFile()
    const store = new SqliteStore({ path })
    await store.create(KEY, newRecord({ n: '0' }))
    const names = ['a', 'b', 'c', 'd']
    const writers = names.map((name) => program.start('increment', path, KEY, name, '250'))
    let done = false
    const writing = together(writers).finally(() => {
      done = true
    })
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    let calls = 0
    for (; !done; calls++) {
      const set = { [`mine${calls % 100}`]: `${calls}` }
      expect(await store.update(KEY, { set })).toBe('saved')
      await store.read(KEY)
      await new Promise(setImmediate)
    }
    delay.disable()
    await writing
    const ms = (nanoseconds: number): string => (nanoseconds / 1e6).toFixed(1)
    console.log(
      `4 writers: ${calls} updates of this process beside them; its event loop was late by at most ${ms(delay.percentile(99))} ms in 99 of 100 cases, ${ms(delay.max)} ms once`,
    )
    const record = await store.read(KEY)
    expect(record).toMatchObject({ version: 1 + 1000 + calls, fields: { n: '1000' } })
    for (const name of names) expect(record).toHaveProperty(`fields.${name}`, '250')
    for (let last = calls - 1; last >= Math.max(0, calls - 100); last--)
      expect(record).toHaveProperty(`fields.mine${last % 100}`, `${last}`)
    await store.close()
  })
})
