import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { editEntry, entryLines } from '../../src/scaffold/edit-entry.js'
import { scanSource } from '../../src/scaffold/express-app.js'
import { root } from '../support/sources.js'

const LINES = entryLines('app', './session', true, 0)
const EXPRESS = "import express from 'express'\n"

describe('scanSource', () => {
  it.each([
    [`const express = require('express')\nconst app = express()`, 'app'],
    [`const app = require("express")();`, 'app'],
    [`import * as e from 'express'\nexport const server = e()`, 'server'],
    [`import express, { Router } from 'express'\nlet $app: express.Application = express()`, '$app'],
    [`import { default as make } from 'express'\nconst app = make()`, 'app'],
    [`import express = require('express')\nvar a = express();`, 'a'],
    [`var http = require('http')\n  , express = require('express');\nvar app = express(), port = 1;`, 'app'],
    [`const express = (await import('express')).default\nconst app = express()`, 'app'],
    [`${EXPRESS}let app\napp = express()`, 'app'],
    [`${EXPRESS}const app = exports = module.exports = express()`, 'app'],
    [`${EXPRESS}module.exports = app = express()`, 'app'],
    [`${EXPRESS}const app = express() as Express`, 'app'],
    [`${EXPRESS}export function make() { const app = express()\nreturn app }`, 'app'],
    [`${EXPRESS}class A { constructor() { this.server = express()\n} }`, 'this.server'],
  ])('finds the app: %j', (source, name) => {
    expect(scanSource(source, 'app.ts')?.app?.name).toBe(name)
  })

  it.each([
    [`${EXPRESS}const a = express()\nconst b = express()`, 2],
    [`${EXPRESS}const a = wrap(express())`, 1],
    [`${EXPRESS}const a = express().use(x)`, 1],
    [`${EXPRESS}let a = express()\na = b`, 1],
    [`${EXPRESS}const make = () => express()`, 1],
    [`${EXPRESS}class A { app = express() }`, 1],
    [`${EXPRESS}for (const a = express(); ; ) break`, 1],
    [`import { Router as express } from 'express'\nconst a = express()`, 0],
    [`import express from 'not-express'\nconst a = express()`, 0],
    [`import express from 'express'\nconst a = express(1)`, 0],
    [`// const express = require('express')\nconst a = express()`, 0],
    [`${EXPRESS}const text = 'const app = express()'`, 0],
    [`const express = require('express').Router\nconst a = express()`, 0],
  ])('finds no app that could be edited: %j', (source, appCount) => {
    const scan = scanSource(source, 'app.ts')
    expect([scan?.app, scan?.appCount]).toEqual([undefined, appCount])
  })

  it.each([
    ['app.js', 'const a = <p>it is</p>', true],
    ['app.ts', 'const a = <Type>value', true],
    ['app.tsx', 'const a = <p>it is</p>', true],
    ['app.ts', '@Injectable() class A { constructor(@Inject(X) private x: X) {} }', true],
    ['app.js', 'return 1', true],
    ['app.js', 'await 1', true],
    ['app.js', 'const a: number = 1', false],
    ['app.ts', 'const a = <p>it is</p>', false],
    ['app.js', 'f(', false],
  ])('reads what the language of %s has: %j', (path, source, readable) => {
    expect(scanSource(source, path) !== undefined).toBe(readable)
  })
})

describe('editEntry', () => {
  const edited = (text: string) => {
    const scan = scanSource(text, 'app.ts')
    if (scan === undefined) throw new Error('The source cannot be parsed.')
    return editEntry(scan, LINES)
  }
  const LOAD = "import { sessionMiddleware } from './session'"
  const MOUNT = 'app.use(sessionMiddleware)'

  it.each([
    [
      'a text without an end of line',
      `${EXPRESS}const app = express()`,
      `${EXPRESS}${LOAD}\nconst app = express()\n${MOUNT}`,
    ],
    [
      'a mark of the byte order',
      `\uFEFFconst app = require('express')()\n`,
      `\uFEFF${LOAD}\nconst app = require('express')()\n${MOUNT}\n`,
    ],
    [
      'comments behind the line',
      `${EXPRESS}const app = express() /* a */ // b\n`,
      `${EXPRESS}${LOAD}\nconst app = express() /* a */ // b\n${MOUNT}\n`,
    ],
    [
      'a comment that goes on',
      `${EXPRESS}const app = express() /*\n*/\nx()\n`,
      `${EXPRESS}${LOAD}\nconst app = express() /*\n*/\n${MOUNT}\nx()\n`,
    ],
    [
      'a semicolon that guards the next line',
      `${EXPRESS}const app = express()\n;[1].map(x)\n`,
      `${EXPRESS}${LOAD}\nconst app = express()\n${MOUNT}\n;[1].map(x)\n`,
    ],
    [
      'the indentation of a line with two statements',
      `${EXPRESS}const app = express()\napp.set('x', 1); app.use(express.json())\n`,
      `${EXPRESS}${LOAD}\nconst app = express()\napp.set('x', 1); app.use(express.json())\n${MOUNT}\n`,
    ],
    [
      'an import with other code on its line',
      `${EXPRESS}import a from 'a'; a()\nconst app = express()\n`,
      `${EXPRESS}${LOAD}\nimport a from 'a'; a()\nconst app = express()\n${MOUNT}\n`,
    ],
    [
      'a line that would go on',
      `${EXPRESS}const app = express();\n(function () {})()\n`,
      `${EXPRESS}${LOAD}\nconst app = express();\n${MOUNT};\n(function () {})()\n`,
    ],
  ])('keeps %s', (_case, before, after) => {
    expect(edited(before)).toMatchObject({ ok: true, after })
  })

  it('imports behind the last import, however far up it is', () => {
    const rest = "\nconst port = 1\nconst other = require('other')\nconst app = express()\n"
    expect(edited(`${EXPRESS}${rest}`)).toMatchObject({ after: `${EXPRESS}${LOAD}\n${rest}${MOUNT}\n` })
  })

  it.each([
    ['const app = express(); run(app)', 'other code'],
    ['function make() { const app = express(); return app }', 'other code'],
    ['const app = express()\nconst sessionMiddleware = 1', 'sessionMiddleware'],
  ])('leaves alone what it is not certain of: %j', (code, reason) => {
    expect(edited(`${EXPRESS}${code}\n`)).toMatchObject({
      ok: false,
      reason: expect.stringContaining(reason),
    })
  })

  it.each([
    ['settings', "app.set('x', 1)\napp.locals.a = 1\n", true],
    ['a chain of parsers', 'app.use(express.json()).use(express.text())\n', true],
    [
      'a condition around loggers',
      "if (dev) app.use(morgan('dev'))\nelse { app.use(morgan('tiny')) }\n",
      true,
    ],
    ['a parser under another name', 'app.use(json())\n', true],
    ['a parser made before', 'app.use(parser)\n', true],
    ['a package that is required in place', "app.use(require('compression')())\n", true],
    [
      'declarations without the app',
      'const a = 1\nfunction f() { app.get() }\napp.use(express.json())\n',
      true,
    ],
    ['a route', "app.get('/', f)\n", false],
    ['a router', "app.use('/a', express.Router())\n", false],
    ['middleware of the app', 'app.use(authenticate)\n', false],
    ['early and other middleware in one call', 'app.use(express.json(), authenticate)\n', false],
    ['a route that is chained', "app.use(express.json()).get('/', f)\n", false],
    ['a declaration that uses the app', 'const server = listen(app)\n', false],
    ['something called like a package', 'app.use(cors())\n', false],
    ['a condition with more in it', 'if (a) { app.use(express.json()); app.use(b) }\n', false],
  ])('goes behind early middleware only: %s', (_case, code, behind) => {
    const head = `import express, { json } from 'express'\nimport morgan from 'morgan'\n`
    const cors = "import { cors } from './cors'\nconst parser = express.json()\n"
    const result = edited(`${head}${cors}const app = express()\n${code}`)
    const after = result.ok ? result.after : ''
    expect(after.endsWith(`${code}${MOUNT}\n`)).toBe(behind)
    expect(after.includes(`express()\n${MOUNT}\n${code}`)).toBe(!behind)
  })

  it('adds its lines to real programs and changes no other byte, whatever their style', () => {
    const folders = ['test/fixtures/apps', 'examples']
    const texts = folders
      .flatMap((folder) => sourcesBelow(folder))
      .filter((text) => scanSource(text, 'a.ts')?.app)
    expect(texts.length).toBeGreaterThan(25)
    const style = fc.record({ crlf: fc.boolean(), tabs: fc.boolean(), tail: fc.boolean() })
    fc.assert(
      fc.property(fc.constantFrom(...texts), style, (text, { crlf, tabs, tail }) => {
        let source = text.replaceAll('\r\n', '\n')
        if (tabs) source = source.replace(/^ {2}/gm, '\t')
        if (!tail) source = source.trimEnd()
        if (crlf) source = source.replaceAll('\n', '\r\n')
        const result = edited(source)
        if (!result.ok) return
        const added = result.diff.map(({ line }) => line)
        const eol = crlf ? '\r\n' : '\n'
        const lines = result.after.split(eol)
        expect(result.diff.map(({ line, text }) => lines[line - 1] === text)).toEqual(added.map(() => true))
        expect(lines.filter((_, index) => !added.includes(index + 1)).join(eol)).toBe(source)
        expect(scanSource(result.after, 'a.ts')).toBeDefined()
      }),
      { numRuns: 60 },
    )
  })
})

function sourcesBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.[mc]?[jt]s$/.test(path))
    .map((path) => readFileSync(join(root, folder, path), 'utf8'))
}
