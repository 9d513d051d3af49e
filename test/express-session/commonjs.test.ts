import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import esm from '../../src/express-session.js'
import { root } from '../support/sources.js'

const built = join(root, 'dist/cjs/express-session.cjs')

/** Runs a CommonJS script with `session` at hand, and gives what it wrote to stderr. */
function run(body: string, env: NodeJS.ProcessEnv = {}): string {
  const script = `process.stderr.write = (text) => process.stdout.write(text)
    const session = require(${inspect(built)})
    ${body}
    process.stderr.write('done')`
  const options = { encoding: 'utf8', env: { PATH: process.env.PATH, ...env } } as const
  return execFileSync(process.execPath, ['-e', script], options)
}

/** One request to an app with the memory store and a cookie that is not ours. */
const REQUEST = `
  const { IncomingMessage, ServerResponse } = require('node:http')
  const { Socket } = require('node:net')
  const req = new IncomingMessage(new Socket())
  Object.assign(req, { url: '/', method: 'GET', headers: { cookie: 'connect.sid=s%3Asecret-id.nonsense' } })
  session({ secret: 'x', resave: false, saveUninitialized: false })(req, new ServerResponse(req), () => {
    process.stderr.write('next ' + typeof req.session)
  })
`

describe.skipIf(!existsSync(built))('require', () => {
  const required: typeof esm = createRequire(import.meta.url)(built)

  it('gives the function itself, with all that the ESM entry has on it', () => {
    expect(required).toBeTypeOf('function')
    expect(Object.keys(required)).toEqual(Object.keys(esm))
    expect(new required.MemoryStore()).toBeInstanceOf(required.Store)
  })

  it('gives a middleware that works', () => {
    expect(run(REQUEST)).toContain('next object')
  })
})

describe.skipIf(!existsSync(built))('on stderr', () => {
  it('deprecations come once, with the place in the app', () => {
    const text = run('for (const secret of ["a", "b"]) session({ secret })')
    expect(
      text.match(/express-session deprecated undefined resave option; provide resave option at /g),
    ).toHaveLength(1)
  })

  it.each([
    { NO_DEPRECATION: 'express-session' },
    { NO_DEPRECATION: '*' },
    { NODE_OPTIONS: '--no-deprecation' },
  ])('they do not come with %o', (env) => expect(run('session({ secret: "a" })', env)).toBe('done'))

  it('TRACE_DEPRECATION shows from where', () => {
    expect(run('session({ secret: "a" })', { TRACE_DEPRECATION: 'express-session' })).toMatch(/\n {4}at /)
  })

  it('the memory store warns in production, and only there and only it', () => {
    const body = 'session({ secret: "a", resave: false, saveUninitialized: false })'
    expect(run(body, { NODE_ENV: 'production' })).toContain('not made for production')
    expect(run(body)).toBe('done')
    const other = body.replace('})', ', store: new (require("node:events"))() })')
    expect(run(other, { NODE_ENV: 'production' })).toBe('done')
  })

  it.each(['express-session', '*', 'other, express-*'])(
    'DEBUG=%s tells what happens, without ids',
    (DEBUG) => {
      const text = run(REQUEST, { DEBUG })
      expect(text).toContain('express-session cookie signature invalid')
      expect(text).not.toContain('secret-id')
    },
  )

  it.each(['', 'other', '*,-express-session'])('DEBUG=%s tells nothing', (DEBUG) => {
    expect(run(REQUEST, { DEBUG })).not.toContain('invalid')
  })
})
