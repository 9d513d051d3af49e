import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { expect } from 'vitest'
import type { RequestEntry } from '../../src/inspector/request-entry.js'
import { root } from '../support/sources.js'
import { BEARER } from './inspector-helpers.js'

const ajv = new Ajv({ allErrors: true })
ajv.addSchema(JSON.parse(readFileSync(join(root, 'docs', 'inspector-api.schema.json'), 'utf8')), 'api')

/** Which definition of the schema an answer must have. */
const DEFINITIONS: readonly [route: RegExp, definition: string][] = [
  [/^GET \/sessions\.json$/, 'Dump'],
  [/^GET \/api\/v1\/info$/, 'Info'],
  [/^GET \/api\/v1\/sessions$/, 'SessionList'],
  [/^(?:GET|PATCH) \/api\/v1\/sessions\/[\w-]+$/, 'Detail'],
  [/^POST \/api\/v1\/sessions\/[\w-]+\/(?:undo|expire)$/, 'Detail'],
  [/^DELETE \/api\/v1\/sessions\/[\w-]+$/, 'Destroyed'],
  [/^POST \/api\/v1\/sessions\/[\w-]+\/reveal$/, 'Revealed'],
  [/^GET \/api\/v1\/sessions\/[\w-]+\/history$/, 'History'],
  [/^POST \/api\/v1\/sessions\/[\w-]+\/cookie$/, 'Minted'],
  [/^GET \/api\/v1\/requests$/, 'RequestList'],
  [/^POST \/api\/v1\/verify$/, 'Verification'],
  [/^(?:GET|PUT) \/api\/v1\/clock$/, 'Clock'],
  [/^POST \/api\/v1\/seed$/, 'Seeded'],
  [/^GET \/api\/v1\/export$/, 'Export'],
]

/** Fails unless a value is what the schema says. */
export function expectShape(definition: string, value: unknown): void {
  const validate = ajv.getSchema(`api#/definitions/${definition}`)
  const isValid = validate?.(value)
  expect(isValid ? [] : validate?.errors).toEqual([])
}

export interface CallOptions {
  readonly body?: unknown
  readonly headers?: Record<string, string>
}

/** What one call was answered with; the tests say what they expect of the body. */
export interface Called<Body> {
  readonly status: number
  readonly headers: Headers
  readonly body: Body
}

export interface SummaryBody {
  readonly handle: string
  readonly version: string
  readonly state: string
  readonly owner: string | null
  readonly expiresAt: number
}

export interface DetailBody extends SummaryBody {
  readonly data: Record<string, unknown>
  readonly fields: { name: string; bytes: number; complete: boolean }[]
}

export interface ListBody {
  readonly total: number
  readonly matched: number
  readonly cursor: string | null
  readonly sessions: SummaryBody[]
}

export interface RequestsBody {
  readonly requests: RequestEntry[]
  readonly before: number | null
}

export interface ErrorBody {
  readonly error: { code: string; message: string; fix?: string; version?: string }
}

export type CallApi = <Body = Record<string, unknown>>(
  method: string,
  path: string,
  options?: CallOptions,
) => Promise<Called<Body>>

/** Calls the API below a base address; each answer is held against the schema. */
export function apiAt(base: string): CallApi {
  return async (method, path, { body, headers = {} } = {}) => {
    const isReading = method === 'GET' || method === 'HEAD'
    const response = await fetch(`${base}${path}`, {
      method,
      headers: { ...BEARER, ...(!isReading && { 'Content-Type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await response.text()
    const answered = text === '' ? undefined : JSON.parse(text)
    if (answered !== undefined) expectShape(response.ok ? definitionOf(method, path) : 'Error', answered)
    return { status: response.status, headers: response.headers, body: answered }
  }
}

function definitionOf(method: string, path: string): string {
  const route = `${method} ${path.split('?', 1)[0]}`
  const found = DEFINITIONS.find(([pattern]) => pattern.test(route))
  if (found === undefined) throw new Error(`No definition of the schema belongs to ${route}.`)
  return found[1]
}
