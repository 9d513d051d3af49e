import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { CauseCode } from '../../src/doctor/finding-table.js'
import { type RunResult, run } from '../cli/run-in-process.js'
import { validJson } from '../cli/schemas.js'
import { serve } from '../support/http.js'

/** What the doctor is shown. */
export interface Situation {
  /** A live app. */
  readonly app?: RequestListener
  /** What is asked of it; `/`. */
  readonly path?: string
  /** Further arguments; of `{url}` the address of the app is made. */
  readonly args?: readonly string[]
  /** Files of the folder that it runs in. */
  readonly files?: Readonly<Record<string, string>>
  readonly stdin?: string
  readonly env?: Record<string, string>
}

/** A root cause, in an app that has it and in one that has not. */
export interface Case {
  readonly code: CauseCode
  readonly what: string
  readonly sick: Situation
  readonly well: Situation
}

export interface Finding {
  readonly code: string
  readonly level: string
  readonly confidence: string
  readonly evidence: readonly string[]
}

export interface Report extends RunResult {
  readonly findings: readonly Finding[]
  readonly requests: readonly { purpose: string; status: number | null; failure: string | null }[]
}

/** Runs `sessmw doctor` without `--json`. */
export async function runDoctor(situation: Situation, ...flags: string[]): Promise<RunResult> {
  const { app, path = '/', args = [], files, stdin, env } = situation
  const url = app === undefined ? undefined : await serve(app)
  const cwd = files === undefined ? undefined : folderWith(files)
  const operand = url === undefined ? [] : [url + path]
  const rest = args.map((text) => text.replaceAll('{url}', url ?? ''))
  return run(['doctor', ...operand, ...rest, ...flags], {
    ...(cwd !== undefined && { cwd }),
    ...(stdin !== undefined && { stdin }),
    ...(env !== undefined && { env }),
  })
}

/** Runs `sessmw doctor --json`, whose answer must keep to the published schema. */
export async function examine(situation: Situation): Promise<Report> {
  const result = await runDoctor(situation, '--json')
  const { findings, requests } = validJson('doctor', result.stdout) as Pick<Report, 'findings' | 'requests'>
  return { ...result, findings, requests }
}

/** A new folder, removed after the test. */
export function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'sessmw-doctor-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

/** A request of a HAR file, with times in milliseconds from its start. */
export interface Entry {
  readonly at?: number
  readonly url: string
  readonly method?: string
  readonly sends?: Readonly<Record<string, string>>
  readonly status?: number
  readonly gets?: Readonly<Record<string, string>>
}

/** A situation with one HAR file. */
export function har(...entries: readonly Entry[]): Situation {
  const headers = (of: Readonly<Record<string, string>> = {}) =>
    Object.entries(of).map(([name, value]) => ({ name, value }))
  const log = {
    version: '1.2',
    entries: entries.map(({ at = 0, url, method = 'GET', sends, status = 200, gets }) => ({
      startedDateTime: new Date(1_800_000_000_000 + at).toISOString(),
      request: { method, url, headers: headers(sends) },
      response: { status, headers: headers(gets) },
    })),
  }
  return { files: { 'recorded.har': JSON.stringify({ log }) }, args: ['--har', 'recorded.har'] }
}

/** A situation with headers on stdin. */
export const headers = (...lines: readonly string[]): Situation => ({ args: ['-'], stdin: lines.join('\n') })

/** A situation with a log of `DEBUG=express-session`. */
export function log(...messages: readonly string[]): Situation {
  const lines = messages.map((message) => `Wed, 25 Nov 2026 03:08:37 GMT express-session ${message}`)
  return { args: ['--log', '-'], stdin: ['listening on 3000', ...lines].join('\n') }
}

/** A situation with the source of an app. */
export function source(
  text: string,
  more: Readonly<Record<string, string>> = {},
  json: object = { name: 'app', dependencies: { express: '^5.0.0', 'express-session': '^1.18.0' } },
): Situation {
  return { files: { 'package.json': JSON.stringify(json), 'app.js': text, ...more } }
}
