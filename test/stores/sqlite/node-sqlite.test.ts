import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MemoryStore } from '../../../src/index.js'
import { fakeClock, storeContract } from '../../../src/testing.js'
import { Program } from './child-process.js'

/** Newer versions of Node are downloaded, so they run on request only. */
const OTHER_NODES = process.env.CI || process.env.SESSMW_NODES ? ['node@22', 'node@24'] : []

const cases = storeContract({ create: () => new MemoryStore(), clock: fakeClock() }).length
const program = new Program()

beforeAll(() => program.bundle('node-sqlite.ts'))
afterAll(() => program.remove())

describe('without better-sqlite3', () => {
  it.runIf(process.version.startsWith('v20.'))('the store says what to install', async () => {
    expect(await program.output(process.execPath)).toBe(
      'bad-option: SqliteStore needs a package for SQLite: npm install better-sqlite3, or Node 22.16 or newer.',
    )
  })

  it.each(OTHER_NODES)(
    '%s keeps the contract with node:sqlite, in a file and in a given database',
    async (node) => {
      expect(await program.output(node)).toBe(`${2 * cases} held`)
    },
    300_000,
  )
})
