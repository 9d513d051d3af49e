import type { ChildProcess } from 'node:child_process'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SqliteStore } from '../../../src/sqlite.js'
import { ended, Program } from './child-process.js'
import { newFile, removeFiles } from './files.js'
import { numberOf, versionedRecord } from './records.js'

const ROUNDS = Number(process.env.SESSMW_KILL_ROUNDS ?? 25)
const KEY = 'k'.repeat(43)

const program = new Program()
beforeAll(() => program.bundle('writer.ts'))
afterAll(() => {
  program.remove()
  removeFiles()
})

/** Kills a writer after it has said some lines, and then some microseconds; answers with all that it said. */
async function killAfter(child: ChildProcess, lines: number): Promise<string[]> {
  let seen = 0
  child.stdout?.on('data', (chunk: Buffer) => {
    seen += chunk.toString('latin1').split('\n').length - 1
    if (seen >= lines) setTimeout(() => child.kill('SIGKILL'), Math.random() * 3)
  })
  return (await ended(child)).split('\n').slice(0, -1)
}

const lastOf = (said: readonly string[], what: string): number =>
  Number(said.findLast((line) => line.startsWith(what))?.split(' ')[1] ?? -1)

function integrityOf(path: string): unknown {
  const database = new Database(path)
  const answer = database.pragma('integrity_check', { simple: true })
  database.close()
  return answer
}

describe('a writer that is killed', () => {
  it(
    `leaves the old record or the new one, and all that it acknowledged, ${ROUNDS} times`,
    async () => {
      const path = newFile()
      const first = new SqliteStore({ path })
      await first.create(KEY, versionedRecord(0))
      await first.close()
      let known = 0
      let betweenWriteAndAnswer = 0
      for (let round = 0; round < ROUNDS; round++) {
        const child = program.start('write', path, KEY, `${known + 1}`)
        const said = await killAfter(child, 1 + Math.floor(Math.random() * 40))
        expect(child.signalCode).toBe('SIGKILL')
        const store = new SqliteStore({ path })
        const [acknowledged, created] = [lastOf(said, 'updated'), lastOf(said, 'created')]
        const n = numberOf(await store.read(KEY))
        expect([acknowledged, acknowledged + 1]).toContain(n)
        for (let made = known + 1; made <= created; made++)
          expect(numberOf(await store.read(`new-${made}`))).toBe(made)
        if (n > acknowledged) betweenWriteAndAnswer += 1
        // One that was made but not acknowledged must not be in the way of the next writer.
        await store.delete(`new-${n}`)
        await store.update(KEY, { set: versionedRecord(n + 1).fields })
        known = n + 1
        expect(numberOf(await store.read(KEY))).toBe(known)
        await store.close()
      }
      expect(integrityOf(path)).toBe('ok')
      console.log(
        `${ROUNDS} kills: ${known} versions, ${betweenWriteAndAnswer} killed between write and acknowledgement`,
      )
    },
    10_000 + ROUNDS * 2000,
  )
})
