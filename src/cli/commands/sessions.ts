import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { livingRecords } from '../../core/list.js'
import { endOwner } from '../../core/owner.js'
import { SessmwError } from '../../errors.js'
import { type OpenedStore, openStore } from '../../stores/open-store.js'
import { EXIT } from '../exit-code.js'
import type { Io } from '../io.js'
import { jsonText, type Output, type OutputOptions, outputOf } from '../output.js'
import { type SessionView, sessionLine, sessionView, shownData } from '../session-view.js'

/** Options of `sessmw sessions`. */
export interface SessionsOptions extends OutputOptions {
  /** What to do, and with which handle. */
  readonly operands?: readonly string[]
  /** URL of the store; left out: the variable SESSMW_STORE. */
  readonly store?: string
  readonly prefix?: string
  readonly table?: string
  readonly owner?: string
  readonly cursor?: string
  readonly limit?: string
  /** The handle of a session that stays when those of an owner are revoked. */
  readonly except?: string
  readonly reveal?: boolean
}

/** What a run works with. */
interface Run {
  readonly store: OpenedStore
  readonly options: SessionsOptions
  readonly handle: string | undefined
  readonly out: Output
}

const ACTIONS: Readonly<Record<string, (run: Run) => Promise<number>>> = { list, show, revoke, prune }

/** Lists, shows and ends the sessions of a store, without the application. */
export async function sessions(options: SessionsOptions, io: Io): Promise<number> {
  const [name = '', handle] = options.operands ?? []
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined
  if (action === undefined)
    throw new SessmwError('usage', `sessmw sessions takes one of: ${Object.keys(ACTIONS).join(', ')}.`)
  const store = await storeOf(options, io)
  try {
    return await action({ store, options, handle, out: outputOf(io, options) })
  } finally {
    await store.close?.()
  }
}

/** Looking at sessions must make no database and no table that is not there. */
export async function storeOf(
  { store, prefix, table }: SessionsOptions,
  { env, cwd }: Io,
): Promise<OpenedStore> {
  const url = store ?? env.SESSMW_STORE
  if (!url) throw new SessmwError('usage', 'There is no store: pass --store URL, or set SESSMW_STORE.')
  const path = /^sqlite:(?:\/\/(?=\/))?(.+)/is.exec(url)?.[1]
  if (path !== undefined && !existsSync(resolve(cwd, path)))
    throw new SessmwError('io', `There is no file ${path}.`)
  return openStore(path === undefined ? url : `sqlite:${resolve(cwd, path)}`, {
    isGuest: true,
    ...(prefix !== undefined && { prefix }),
    ...(table !== undefined && { table }),
  })
}

async function list({ store, options, out }: Run): Promise<number> {
  const now = Date.now()
  const { owner, cursor } = options
  const limit = limitOf(options.limit)
  const page = await livingRecords(
    store,
    { limit, ...(owner !== undefined && { owner }), ...(cursor !== undefined && { cursor }) },
    ({ expiresAt }) => expiresAt > now,
  )
  const views = page.records.map(([key, record]) => sessionView(key, record))
  if (options.json)
    out.json({ schema: 'sessmw/sessions-list@1', now, sessions: views, cursor: page.cursor ?? null })
  else printList(views, page.cursor, now, out)
  return EXIT.ok
}

function printList(
  views: readonly SessionView[],
  cursor: string | undefined,
  now: number,
  out: Output,
): void {
  for (const view of views) out.answer(sessionLine(view, now, out.paint))
  const count = views.length === 1 ? '1 session' : `${views.length} sessions`
  out.note(cursor === undefined ? `${count}.` : `${count}, and more: add --cursor ${cursor}`)
}

async function show({ store, handle, options, out }: Run): Promise<number> {
  const key = handleGiven(handle, 'show')
  const found = await store.read(key)
  if (found === null || found === 'corrupt') return notFound(key, found, options, out)
  const data = shownData(found, options.reveal === true)
  const view = sessionView(key, found)
  if (options.json) out.json({ schema: 'sessmw/sessions-show@1', ...view, version: found.version, data })
  else {
    out.answer(sessionLine(view, Date.now(), out.paint))
    out.answer(jsonText(data, 2))
  }
  return EXIT.ok
}

function notFound(handle: string, found: null | 'corrupt', options: SessionsOptions, out: Output): number {
  if (options.json) out.json({ schema: 'sessmw/sessions-show@1', handle, found: found ?? 'missing' })
  out.warn(
    found === null
      ? 'There is no session with this handle: it has ended, or is in another store, table or prefix.'
      : 'The record of this session cannot be understood, so the session counts as none. Revoke it to remove it.',
  )
  return EXIT.negative
}

async function revoke({ store, handle, options, out }: Run): Promise<number> {
  const { owner, except } = options
  if ((owner === undefined) === (handle === undefined))
    throw new SessmwError('usage', 'sessmw sessions revoke takes a handle, or --owner for all of one owner.')
  let revoked = 0
  if (owner === undefined) revoked = Number(await store.delete(handleGiven(handle, 'revoke')))
  else for await (const _key of endOwner(store, owner, except === undefined ? {} : { except })) revoked++
  if (options.json) out.json({ schema: 'sessmw/sessions-revoke@1', revoked })
  else out.answer(revoked === 1 ? '1 session ended.' : `${revoked} sessions ended.`)
  return revoked === 0 ? EXIT.negative : EXIT.ok
}

async function prune({ store, options, out }: Run): Promise<number> {
  const removed = await store.sweep()
  if (options.json) out.json({ schema: 'sessmw/sessions-prune@1', removed })
  else out.answer(`${removed} removed that had expired more than an hour ago.`)
  return EXIT.ok
}

function handleGiven(handle: string | undefined, action: string): string {
  if (handle !== undefined && /^[\w-]{43}$/.test(handle)) return handle
  throw new SessmwError(
    'usage',
    `sessmw sessions ${action} takes a handle: 43 characters, as \`sessmw sessions list\` shows it.`,
  )
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return 100
  const limit = Number(text)
  if (Number.isSafeInteger(limit) && limit >= 1 && limit <= 1000) return limit
  throw new SessmwError('usage', '--limit takes a number from 1 to 1000.')
}
