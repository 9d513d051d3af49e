import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { outputOf } from '../../src/cli/output.js'
import { EntryStory, type StoryView } from '../../src/cli/serve-entry.js'
import type { ViewInfo } from '../../src/cli/serve-view.js'
import type { EntryEvent } from '../../src/dev-server/entry-server.js'
import { SessmwError } from '../../src/errors.js'

const info: ViewInfo = {
  readOnly: false,
  store: { name: 'MemoryStore', count: 0 },
  capabilities: { clock: false, destroy: true },
}

const mounted = { store: 'MemoryStore', others: 0, problems: [] }

/** A story of these events; what people and programs were told of, and what it began with. */
async function tellAll(events: readonly EntryEvent[], follow = async (): Promise<ViewInfo> => info) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const out = outputOf({ stdin: new PassThrough(), stdout, stderr, env: {}, cwd: '/' }, {})
  const told: object[] = []
  const view: StoryView = {
    follow,
    tell(event, line) {
      told.push(event)
      out.answer(line)
    },
    tellPrograms: (event) => told.push(event),
    problem: (error) => out.warn(String(error)),
  }
  const story = new EntryStory('app.ts', out)
  const ready = story.begin(view)
  for (const event of events) story.tell(event)
  const began = events.some(({ type }) => type === 'listening') ? await ready : undefined
  await new Promise((resolve) => setImmediate(resolve))
  return { began, told, lines: String(stdout.read() ?? ''), notes: String(stderr.read() ?? '') }
}

describe('the story of an app', () => {
  it('begins when it listens, with what the inspector knows', async () => {
    expect(await tellAll([{ type: 'listening', mounted }])).toEqual({
      ...{ began: info, told: [], lines: '', notes: '' },
    })
  })

  it('says what could not be done, and what the inspector does not show', async () => {
    const facts = { store: 'SqliteStore', others: 2, problems: ['--clock has no effect'] }
    const { notes } = await tellAll([{ type: 'listening', mounted: facts }])
    expect(notes).toContain('--clock has no effect')
    expect(notes).toContain('The app makes 3 sets of sessions')
  })

  it('begins also without sessions, and while their store is down', async () => {
    const without = await tellAll([{ type: 'listening', mounted: null }])
    expect([without.began, without.notes]).toEqual([
      undefined,
      expect.stringContaining('no sessions of sessmw'),
    ])
    expect(without.notes).toContain('`sessmw init` sets')
    const other = await tellAll([{ type: 'listening', mounted: null, hasExpressSession: true }])
    expect(other.notes).toContain('`sessmw init --migrate` moves it')
    const down = await tellAll([{ type: 'listening', mounted }], async () => {
      throw new SessmwError('inspector-refused', 'The session store failed.')
    })
    expect([down.began, down.notes]).toEqual([undefined, expect.stringContaining('The session store failed')])
  })

  it.each([
    ['MemoryStore', 'ended', 'reloaded; the sessions in memory have ended\n'],
    ['SqliteStore', 'kept', 'reloaded\n'],
  ])('says at a reload what became of sessions in a %s', async (store, sessions, words) => {
    const listening = { type: 'listening', mounted: { ...mounted, store } } as const
    const { told, lines } = await tellAll([listening, { type: 'changed', file: 'a.ts' }, listening])
    expect(told).toEqual([
      { event: 'reloading', file: 'a.ts' },
      { event: 'reloaded', sessions },
    ])
    expect(lines).toContain(words)
  })

  it.each<[EntryEvent, object, string]>([
    [{ type: 'silent' }, { event: 'app-silent' }, 'has not begun to listen'],
    [{ type: 'ended', exit: 'SIGSEGV' }, { event: 'app-ended', exit: 'SIGSEGV' }, 'app.ts ended (SIGSEGV)'],
    [
      { type: 'no-app', exports: [] },
      { event: 'no-app', exports: [] },
      'exports nothing. Write `export default',
    ],
    [
      {
        type: 'no-app',
        exports: [
          { name: 'default', kind: 'an object' },
          { name: 'port', kind: 'a number' },
        ],
      },
      { event: 'no-app', exports: ['default', 'port'] },
      'exports no app: the default export is an object, port is a number. Write `export default',
    ],
    [
      { type: 'port-taken', port: 4000 },
      { event: 'port-taken', port: 4000 },
      'Port 4000 is taken by another program, so app.ts cannot be reached. End that program',
    ],
  ])('goes on after %j', async (event, told, words) => {
    const story = await tellAll([event])
    expect([story.told, story.notes]).toEqual([[told], expect.stringContaining(words)])
  })
})
