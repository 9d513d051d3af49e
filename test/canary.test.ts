// S56: no id, cookie value, secret or data in anything that is printed, thrown or inspected.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { IncomingMessage, ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { CANARY, type Findings, FORBIDDEN, runPaths, signatures } from './canary/paths.js'

const CHILD = fileURLToPath(new URL('canary/child.ts', import.meta.url))

/**
 * `NODE_DEBUG=*` makes Node itself print the headers of every HTTP message and the bytes of every stream, cookies
 * included. What is asked here is that sessmw adds nothing to that, so the sections that print the wire are left out.
 */
const NODE_DEBUG =
  'timer,timers,module,esm,cluster,child_process,worker,fs,event,events,permission,source_map,vm,process'

async function printed(args: string[], env: NodeJS.ProcessEnv) {
  const child = fork(CHILD, args, {
    execArgv: ['--import', 'tsx', '--trace-warnings'],
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk) => {
      output += chunk
    })
  const message = once(child, 'message')
  const exit = once(child, 'close')
  const [sent] = (await Promise.race([message, exit])) as [
    { signatures: string[]; events: number; errors: number } | number,
  ]
  const [code] = await exit
  return { code, output, sent }
}

/** Each occurrence with some text around it, so that a failure says where. */
function occurrences(text: string, signed: readonly string[] = []): string[] {
  const found = [...text.matchAll(new RegExp(FORBIDDEN, 'g'))].map(({ index }) =>
    text.slice(index - 60, index + 40),
  )
  return [...found, ...signed.filter((signature) => signature !== '' && text.includes(signature))]
}

describe('S56: a canary in everything that a process prints', () => {
  it.each([
    ['DEBUG=* with a logger', [], { DEBUG: '*' }],
    ['DEBUG=* without one', ['--no-logger'], { DEBUG: '*' }],
    ['NODE_DEBUG in production', [], { NODE_DEBUG, NODE_ENV: 'production' }],
  ])(
    'is never seen: %s',
    async (_what, args, env) => {
      const { code, output, sent } = await printed(args, env)
      expect(code, output.slice(-2000)).toBe(0)
      const {
        signatures: signed,
        events,
        errors,
      } = sent as { signatures: string[]; events: number; errors: number }
      expect(events).toBeGreaterThan(50)
      expect(errors).toBeGreaterThan(15)
      expect(output).toMatch(args.length === 0 ? /sessmw: / : /SessmwWarning/)
      expect(occurrences(output, signed)).toEqual([])
    },
    60_000,
  )
})

describe('S56: a canary in what the library gives to the application', () => {
  let findings: Findings
  const seen: [where: string, text: string][] = []

  /** The bytes of the wire are Node's: the cookie of the request is among its headers, and stays there. */
  const withoutWire = (object: unknown): string => {
    if (object instanceof IncomingMessage) {
      const { headers, rawHeaders, url } = object
      Object.assign(object, { headers: {}, rawHeaders: [] })
      const text = inspect({ request: object, url }, { depth: 10 })
      Object.assign(object, { headers, rawHeaders })
      return text
    }
    if (object instanceof ServerResponse) {
      const { headers, rawHeaders } = object.req
      Object.assign(object.req, { headers: {}, rawHeaders: [] })
      const text = inspect(object, { depth: 10 })
      Object.assign(object.req, { headers, rawHeaders })
      return text
    }
    return `${inspect(object, { depth: 10, showHidden: true })}\n${JSON.stringify(object)}`
  }

  beforeAll(async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    findings = await runPaths(undefined, (where, object) => seen.push([where, withoutWire(object)]))
    for (const [warning] of warned.mock.calls) seen.push(['warning', String(warning)])
    warned.mockRestore()
  }, 60_000)

  /** The data may be seen where the data are shown: in the bag. */
  const withoutData = (text: string): string => text.replaceAll(CANARY.value, 'value')

  it('is never seen in requests, responses, sessions, verdicts, cookies and warnings', () => {
    expect(seen.length).toBeGreaterThan(100)
    for (const [where, text] of seen) expect(occurrences(withoutData(text), signatures), where).toEqual([])
  })

  it('is never seen in events', () => {
    expect(findings.events.length).toBeGreaterThan(50)
    for (const event of findings.events) {
      expect(occurrences(`${inspect(event, { depth: 10 })}${JSON.stringify(event)}`, signatures)).toEqual([])
    }
  })

  it('is never seen in errors', () => {
    expect(findings.errors.length).toBeGreaterThan(15)
    for (const error of findings.errors) {
      const { message, stack } = error as Error
      const text = `${message}${stack}${inspect(error, { depth: 10, showHidden: true })}${JSON.stringify(error)}`
      expect(occurrences(text, signatures)).toEqual([])
    }
  })

  it('is never seen in the middleware, Sessions, its store, and lists', () => {
    for (const [where, object] of findings.objects) {
      const text = inspect(object, { depth: 10 }) + JSON.stringify(object)
      expect(occurrences(withoutData(text), signatures), where).toEqual([])
    }
  })

  it('S57: no event has a line break in its texts', () => {
    for (const event of findings.events) {
      for (const value of Object.values(event as object)) {
        if (typeof value === 'string') expect(value).not.toMatch(/[\r\n]/)
      }
    }
  })

  it('would be seen: the check finds what is there', () => {
    expect(occurrences(`sid=s%3A${CANARY.id}0.x ${CANARY.secret}`)).toHaveLength(2)
  })
})
