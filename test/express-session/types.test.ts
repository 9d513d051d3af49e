import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { root } from '../support/sources.js'

/** An app as it is typed with `@types/express-session`; `MODULE` is the one line that changes. */
const ESM = `
import express from 'express'
import session, { MemoryStore, Store, type SessionData, type SessionOptions } from 'MODULE'

declare module 'express-session' {
  interface SessionData {
    user: { name: string }
    views?: number
  }
}

class Rows extends Store {
  override get(_sid: string, callback: (error: unknown, session?: SessionData | null) => void): void {
    callback(null, { cookie: new session.Cookie(), user: { name: 'ada' } })
  }
  override set(_sid: string, row: session.SessionData, callback?: (error?: unknown) => void): void {
    callback?.(row.user.name)
  }
  override destroy(): void {}
}

const store: session.Store = Math.random() > 1 ? new Rows() : new MemoryStore()
const options: SessionOptions = { secret: ['a', Buffer.from('b')], resave: false, saveUninitialized: false, store }
const app = express()
app.use(session({ ...options, cookie: { secure: 'auto', maxAge: 1000 }, genid: (req) => req.path, unset: 'destroy' }))
app.get('/', (req, res, next) => {
  req.session.views = (req.session.views ?? 0) + 1
  const name: string | undefined = req.session.user?.name
  const remaining: number | undefined = req.session.cookie.maxAge
  req.session.touch().save((error) => next(error))
  req.session.regenerate(() => req.session.destroy(() => res.send([name, remaining, req.sessionID])))
  req.sessionStore.generate(req)
})
`

const COMMONJS = `
import session = require('MODULE')
import express = require('express')
const store: session.Store = new session.MemoryStore()
const options: session.SessionOptions = { secret: 'x', store, cookie: { sameSite: 'lax' } }
express().use(session(options), (req) => {
  const saved: session.Session = req.session
  saved.reload(() => undefined)
})
class Own extends session.MemoryStore {}
new Own().length((_error, count) => count?.toFixed())
`

const ADAPTERS = `
import originalSession from 'express-session'
import session, { fromExpressStore, toExpressStore } from 'MODULE'
import { MemoryStore, session as native } from 'NATIVE'
native({ secretKey: 'x'.repeat(40), store: fromExpressStore(new originalSession.MemoryStore()) })
session({ secret: 'x', store: toExpressStore(new MemoryStore()) })
originalSession({ secret: 'x', store: session.toExpressStore(new MemoryStore()) })
const atomic: boolean = fromExpressStore(new session.MemoryStore()).capabilities.atomicUpdate
console.log(atomic)
`

/** What the compiler says of these files, checked as strictly as it can. */
function compile(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'sessmw-types-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const names = Object.keys(files)
  for (const name of names) writeFileSync(join(folder, name), files[name] ?? '')
  const compilerOptions = {
    strict: true,
    module: 'nodenext',
    target: 'es2023',
    noEmit: true,
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: names }))
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc')
  try {
    return execFileSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8', cwd: folder })
  } catch (error) {
    return String(Reflect.get(Object(error), 'stdout'))
  }
}

const fill = (text: string, module: string) =>
  text.replace('MODULE', module).replace('NATIVE', join(root, 'src/index.js'))

it.each([
  ['express-session', 'express-session', 'express-session'],
  ['the drop-in', join(root, 'src/express-session.js'), join(root, 'src/express-session.cjs')],
])('an app with types compiles on %s', (_name, esm, commonjs) => {
  const files = { 'app.mts': fill(ESM, esm), 'app.cts': fill(COMMONJS, commonjs) }
  expect(compile(files)).toBe('')
})

it('an app with stores of either kind compiles', () => {
  expect(compile({ 'app.mts': fill(ADAPTERS, join(root, 'src/express-session.js')) })).toBe('')
})

it('a mistake does not compile', () => {
  const text = fill(ESM, join(root, 'src/express-session.js'))
  const wrong = { 'app.mts': text.replace('req.session.views = (', "req.session.views = 'many' + (") }
  expect(compile(wrong)).toContain('TS2322')
})
