import type { IncomingMessage } from 'node:http'
import { isSessmwError } from '../errors.js'
import type { Access } from './access.js'
import { type Answer, answerError, answerJson, badRequest, CallError, notFound } from './answer.js'
import type { Call } from './api/call.js'
import { type Route, routesAt } from './api/route-table.js'
import { readBody } from './body.js'
import { dump, MAX_SESSIONS } from './dump.js'
import { type GuardRules, methodOf, refuse, refuseChange, targetOf, wrongMethod } from './guards.js'
import type { MaskRules } from './mask.js'
import type { Recorder } from './recorder.js'
import { STATIC_FILES } from './ui/static-files.js'

/** A session as `visible` is asked about it. */
export interface VisibleSession {
  readonly handle: string
  /** null: nobody has logged in. */
  readonly owner: string | null
}

/** What an inspector knows. */
export interface InspectorParts {
  readonly recorder: Recorder
  readonly access: Access
  readonly guards: GuardRules
  readonly rules: MaskRules
  readonly readOnly: boolean
  readonly visible: ((session: VisibleSession, request: IncomingMessage) => boolean) | undefined
}

/** The answer to a request: guards first, then the page, which holds no data; everything else needs the token. */
export async function answer(parts: InspectorParts, request: IncomingMessage): Promise<Answer> {
  const refusal = refuse(request, parts.guards)
  if (refusal !== undefined) return refusal
  const [path = '', query = ''] = splitAt(request.url ?? '', '?')
  const [whole = ''] = splitAt(targetOf(request), '?')
  if (path === '/' && !whole.endsWith('/')) return toSlash(whole)
  const file = STATIC_FILES.get(path)
  if (file !== undefined) return isReading(request) ? file : wrongMethod(READING)
  if (!(await parts.access(request))) return unauthorized(whole.slice(0, -path.length), request)
  try {
    return await answerCall(parts, request, path, new URLSearchParams(query))
  } catch (error) {
    if (error instanceof CallError) return error.answer
    return answerFailure(error)
  }
}

const READING = ['GET', 'HEAD']

const isReading = (request: IncomingMessage): boolean => READING.includes(methodOf(request))

function splitAt(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark)
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

/** Without the slash, the page would look for its files beside the mount path. The browser keeps the fragment. */
function toSlash(path: string): Answer {
  const location = `./${path.slice(path.lastIndexOf('/') + 1)}/`
  return { status: 308, headers: { Location: location }, body: '' }
}

function unauthorized(base: string, request: IncomingMessage): Answer {
  const address = `${originOf(request)}${base.replaceAll("'", '%27')}/sessions.json`
  return answerError(
    401,
    'token-required',
    'This call needs the token that the server printed when it started.',
    {
      headers: { 'WWW-Authenticate': 'Bearer' },
      fix: `curl -H 'Authorization: Bearer TOKEN' '${address}'`,
    },
  )
}

function originOf({ socket, headers }: IncomingMessage): string {
  return `${'encrypted' in socket ? 'https' : 'http'}://${headers.host}`
}

async function answerCall(
  parts: InspectorParts,
  request: IncomingMessage,
  path: string,
  query: URLSearchParams,
): Promise<Answer> {
  const { recorder, rules, readOnly, visible } = parts
  const isVisible: Call['isVisible'] = ({ handle, owner }) =>
    handle === null || visible === undefined || visible({ handle, owner }, request)
  if (path === '/sessions.json') return answerDump(parts, request, query, isVisible)
  const found = routesAt(path)
  if (found === undefined) throw notFound('There is no such address here. Try sessions.json or api/v1/info.')
  const { methods, handle } = found
  const method = methodOf(request)
  const route = methods[method === 'HEAD' && path !== '/api/v1/events' ? 'GET' : method]
  if (route === undefined) return wrongMethod(allowedBy(methods))
  const refusal = isReading(request) ? undefined : refuseChange(request)
  if (refusal !== undefined) return refusal
  if (route.writes && readOnly) return refuseWriting(methods)
  return route.answer({
    ...{ recorder, rules, readOnly, handle, query, isVisible },
    body: isReading(request) ? {} : await readBody(request),
    ifMatch: request.headers['if-match'],
    lastEventId: lineOf(request.headers['last-event-id']),
    origin: originOf(request),
  })
}

const lineOf = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header[0] : header

function allowedBy(methods: Readonly<Record<string, Route>>): string[] {
  return Object.keys(methods).flatMap((method) => (method === 'GET' ? READING : [method]))
}

function refuseWriting(methods: Readonly<Record<string, Route>>): Answer {
  const reading = Object.entries(methods).filter(([, { writes }]) => !writes)
  const headers = { Allow: allowedBy(Object.fromEntries(reading)).join(', ') }
  return answerError(405, 'read-only', 'This inspector is read-only.', { headers })
}

async function answerDump(
  { recorder, rules }: InspectorParts,
  request: IncomingMessage,
  query: URLSearchParams,
  isVisible: Call['isVisible'],
): Promise<Answer> {
  if (!isReading(request)) return wrongMethod(READING)
  const limit = Number(query.get('limit') ?? MAX_SESSIONS)
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_SESSIONS)
    throw badRequest(`limit must be a whole number from 1 to ${MAX_SESSIONS}.`)
  return answerJson(await dump(recorder.subject, { limit, rules, isVisible }))
}

/** What the store rejected with. Its own words may hold addresses and passwords, so they stay here. */
function answerFailure(error: unknown): Answer {
  if (!isSessmwError(error)) throw error
  const { code, message, fix, status } = error
  return answerError(code === 'store-incapable' ? 501 : status, code, message, { fix })
}
