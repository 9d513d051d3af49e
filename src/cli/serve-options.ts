import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseDuration } from '../core/duration.js'
import type { ServerOptions } from '../dev-server/dev-server.js'
import { madeUpSeeds, parseSeeds, type Seed, seedCount } from '../dev-server/seed.js'
import { isSessmwError, SessmwError } from '../errors.js'
import type { Io } from './io.js'
import type { OutputOptions } from './output.js'

/** Options of `sessmw serve`. */
export interface ServeOptions extends OutputOptions {
  /** The file that exports or starts the app. */
  readonly operand?: string | undefined
  readonly store?: string
  readonly prefix?: string
  readonly table?: string
  /** How many sessions to make up, or a file of them. */
  readonly seed?: string
  /** `now`, `+2h`, `-30m`, or a date. */
  readonly clock?: string
  /** Undefined: only with `--store`. */
  readonly readOnly?: boolean
  readonly reveal?: boolean
  /** A port that is named must be free; 0 is any free one. */
  readonly port?: string
  readonly host?: string
  readonly base?: string
  /** With commas between. */
  readonly allowedHosts?: string
  /** False with `--no-token`. */
  readonly token?: boolean
  readonly open?: boolean
}

/** The same, checked and read. */
export interface ServeSettings {
  /** Absolute path; undefined: the demo, or a store alone. */
  readonly entry: string | undefined
  readonly seeds: readonly Seed[]
  readonly clockOffsetMs: number
  readonly server: ServerOptions
}

/** @throws SessmwError `usage` for what cannot be meant, `io` for a file that cannot be read. */
export function settingsOf(options: ServeOptions, io: Io): ServeSettings {
  const { operand, store, seed, clock, host, base, reveal, allowedHosts } = options
  const isStore = store !== undefined
  if (isStore && operand !== undefined)
    throw new SessmwError('usage', 'An entry brings its own store: leave out the entry or --store.')
  if (isStore && clock !== undefined)
    throw new SessmwError('usage', '--clock moves the clock of the memory store, and --store is another one.')
  const readOnly = options.readOnly ?? isStore
  if (isStore && readOnly && seed !== undefined)
    throw new SessmwError('usage', '--seed writes to the store: it needs --no-read-only.')
  return {
    entry: operand === undefined ? undefined : entryAt(operand, io),
    seeds: seed === undefined ? [] : seedsOf(seed, io),
    clockOffsetMs: clock === undefined ? 0 : offsetOf(clock),
    server: {
      ...{ port: parsePort(options.port), host, base, reveal, readOnly },
      token: options.token === false ? false : undefined,
      allowedHosts: allowedHosts?.split(',').map((name) => name.trim()),
    },
  }
}

function entryAt(operand: string, { cwd }: Io): string {
  const path = resolve(cwd, operand)
  const found = statSync(path, { throwIfNoEntry: false })
  if (found?.isFile()) return path
  const fix = 'Name the file that exports the app, such as src/server.ts.'
  const message = found?.isDirectory()
    ? `"${operand}" is a folder, not a file.`
    : `There is no file ${operand}.`
  throw new SessmwError('io', message, { fix })
}

function seedsOf(seed: string, { cwd }: Io): Seed[] {
  if (/^\d+$/.test(seed)) return madeUpSeeds(seedCount(seed))
  try {
    return parseSeeds(readFileSync(resolve(cwd, seed), 'utf8'), seed)
  } catch (error) {
    if (isSessmwError(error)) throw error
    throw new SessmwError('io', `The file of --seed cannot be read: ${seed}`, { cause: error })
  }
}

/** How far ahead of now, in milliseconds. */
function offsetOf(clock: string): number {
  if (clock === 'now') return 0
  const [, sign, duration] = /^([+-])(.+)$/.exec(clock) ?? []
  if (duration !== undefined) return parseDuration(duration, '--clock') * (sign === '-' ? -1 : 1)
  const date = Date.parse(clock)
  if (/^\d{4}-\d\d/.test(clock) && !Number.isNaN(date)) return date - Date.now()
  throw new SessmwError(
    'usage',
    '--clock takes now, a time from now such as +2h, or a date such as 2030-01-31.',
  )
}

function parsePort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new SessmwError('usage', `"${text}" is no port: --port takes a number from 0 to 65535.`)
}
