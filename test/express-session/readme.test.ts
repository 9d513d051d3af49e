import { describe, expect, it } from 'vitest'
import { cookieTable } from './readme-cookie.js'
import { optionsTable } from './readme-options.js'
import type { Table } from './readme-rows.js'
import { savingTable } from './readme-saving.js'
import { readmeSentences } from './readme-sentences.js'
import { sessionTable } from './readme-session.js'
import { storesTable } from './readme-stores.js'

/**
 * README of express-session 1.19.0, from the top to the end: below each heading its sentences by number, each with
 * what it says in our words and with a check that runs against express-session and ours.
 */
const table: Table = { ...optionsTable, ...savingTable, ...cookieTable, ...sessionTable, ...storesTable }

const ADVICE = 'advice'
const BROWSERS = 'what browsers do'
const REFERENCE = 'leads to other pages'
const HISTORY = 'history'

/** Sentences that say nothing of what express-session does. */
const unshown: Record<string, readonly (readonly [sentences: readonly number[], reason: string])[]> = {
  'express-session': [[[1], REFERENCE]],
  Installation: [[[1, 2], 'how to install express-session']],
  'session(options)': [
    [[4], HISTORY],
    [[6], `${ADVICE}; what cookie-parser changes is in secret.test.ts`],
    [[7, 8], `${ADVICE}; what the memory store forgets is in stores.test.ts`],
    [[9], REFERENCE],
  ],
  cookie: [[[5], 'leads to the next headings']],
  'cookie.expires': [[[4], ADVICE]],
  'cookie.httpOnly': [[[4], BROWSERS]],
  'cookie.partitioned': [
    [[4, 5], BROWSERS],
    [[6], REFERENCE],
  ],
  'cookie.priority': [
    [[5], REFERENCE],
    [[6, 7], BROWSERS],
  ],
  'cookie.sameSite': [
    [[9], REFERENCE],
    [[10, 11, 12], BROWSERS],
    [[16], ADVICE],
  ],
  'cookie.secure': [
    [[4, 11], BROWSERS],
    [[5, 12], ADVICE],
  ],
  genid: [[[5], ADVICE]],
  resave: [[[4, 5, 6, 7], ADVICE]],
  rolling: [[[5], ADVICE]],
  saveUninitialized: [
    [[6], ADVICE],
    [[8], HISTORY],
  ],
  secret: [[[6, 7, 8, 10, 14], ADVICE]],
  'Session Store Implementation': [[[6], REFERENCE]],
  Debugging: [[[3], 'how to set a variable on Windows']],
  License: [[[1], 'the license']],
}

describe.each(Object.entries(table))('%s', (_heading, rows) => {
  it.each(rows)('%s: %s', async (_sentences, _says, check) => void (await check()))
})

describe('of the installed README', () => {
  const sections = [...readmeSentences()].filter(([heading]) => heading !== 'Compatible Session Stores')

  it.each(sections)('every sentence has a row or a reason: %s', (heading, sentences) => {
    const shown = (table[heading] ?? []).flatMap(([numbers]) => numbers)
    const excused = (unshown[heading] ?? []).flatMap(([numbers]) => numbers)
    const known = [...new Set([...shown, ...excused])].toSorted((a, b) => a - b)
    expect(known).toEqual(sentences.map((_sentence, index) => index + 1))
    expect(excused.filter((number) => shown.includes(number))).toEqual([])
  })

  it('every heading of ours is there', () => {
    const headings = new Set(sections.map(([heading]) => heading))
    expect(
      [...Object.keys(table), ...Object.keys(unshown)].filter((heading) => !headings.has(heading)),
    ).toEqual([])
  })
})
