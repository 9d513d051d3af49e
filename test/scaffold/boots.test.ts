import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { FRONTENDS, renderModule, STORES } from '../../src/scaffold/session-module.js'
import { readTemplates } from '../../src/scaffold/templates.js'
import { run } from '../cli/run-in-process.js'
import { hasPostgres, startPostgres } from '../support/postgres-server.js'
import { hasRedis, startRedis } from '../support/redis-server.js'
import type { TestServer } from '../support/server-process.js'
import { App, packageJson } from './apps.js'
import { linkPackages, startApp, typeErrors, untilReady, visit } from './corpus.js'

const ROUTE = `
const app = express()
app.get('/visits', (req, res) => {
  const visits = Number(req.session.visits ?? 0) + 1
  req.session.visits = visits
  res.json({ visits })
})
app.listen(Number(process.env.PORT))
`
const IMPORT = `import express from 'express'\n${ROUTE}`
const REQUIRE = `const express = require('express')\n${ROUTE}`

/** Language and module system, by the file that starts the app. */
const FORMS = [
  { file: 'app.js', entry: REQUIRE, type: 'commonjs', express: '^4.21.0' },
  { file: 'app.mjs', entry: IMPORT, type: 'commonjs', express: '^5.1.0' },
  { file: 'app.ts', entry: IMPORT, type: 'module', express: '^5.1.0' },
  { file: 'main.ts', entry: IMPORT, type: 'commonjs', express: '^4.21.0' },
] as const

const CLIENTS = { memory: [], sqlite: ['better-sqlite3'], redis: ['redis'], postgres: ['pg'] }

let redis: TestServer | undefined
let postgres: TestServer | undefined
beforeAll(async () => {
  if (hasRedis) redis = await startRedis()
  if (hasPostgres) postgres = await startPostgres()
})
afterAll(() => Promise.all([redis?.remove(), postgres?.remove()]))

describe.each(STORES)('what init writes for %s', (store) => {
  const isMissing = (store === 'redis' && !hasRedis) || (store === 'postgres' && !hasPostgres)

  it.skipIf(isMissing).each(FORMS)(
    'type-checks, boots and keeps a session: $file',
    async ({ file, entry, type, express }) => {
      const app = new App({ 'package.json': packageJson({ type }, { express }), [file]: entry })
      linkPackages(app, {
        express,
        sessmw: '*',
        ...Object.fromEntries(CLIENTS[store].map((name) => [name, '*'])),
      })
      expect(await run(['init', '--yes', '--store', store], { cwd: app.root })).toMatchObject({ exit: 0 })
      if (/ts$/.test(file)) {
        app.write('tsconfig.json', tsconfig({}))
        expect(await typeErrors(app)).toBe('')
      }
      const env = { REDIS_URL: redis?.url ?? '', DATABASE_URL: postgres?.url ?? '' }
      expect(await visit(await untilReady(await startApp(app, file, env)))).toEqual({
        visits: [1, 2, 3],
        cookies: ['sid'],
      })
    },
    60_000,
  )
})

describe('the templates', () => {
  const templates = readTemplates()
  const form = {
    extension: '.ts',
    esm: true,
    dotenv: '.env',
    style: { eol: '\n', quote: "'", semicolons: false, indent: '  ' },
  } as const

  it('leave nothing of their own notes in what is written', () => {
    for (const store of STORES) {
      for (const frontend of FRONTENDS) {
        const code = renderModule(templates, { store, frontend, name: 'sid', proxy: 0 }, form)
        expect(code).not.toMatch(/<|stores\/|{ store }/)
        expect(code.match(/ from 'sessmw'/g)).toHaveLength(1)
        expect([/sameSite/.test(code), /credentials: 'include'/.test(code)]).toEqual([
          frontend === 'cross-site',
          frontend !== 'same-site',
        ])
        expect(code).toContain("// idleTimeout: '30m',\n  // absoluteLifetime: '8h',\n")
      }
    }
  })

  it('compile as they are, and so does each choice in strict TypeScript', async () => {
    const options = { noPropertyAccessFromIndexSignature: true }
    const app = new App({
      'package.json': packageJson({ type: 'module' }),
      'tsconfig.json': tsconfig(options),
    })
    linkPackages(app, { express: '^5.1.0', sessmw: '*' })
    app.write('templates/session.ts', templates.session)
    for (const store of STORES) {
      app.write(`templates/stores/${store}.ts`, templates.stores[store])
      for (const frontend of FRONTENDS) {
        app.write(
          `${store}/${frontend}.ts`,
          renderModule(templates, { store, frontend, name: 'sid', proxy: 0 }, form),
        )
      }
    }
    expect(await typeErrors(app)).toBe('')
  }, 60_000)

  it('refuse to start in production without a secret, and name the cookie for it', async () => {
    const app = new App({ 'package.json': packageJson(), 'app.js': REQUIRE })
    linkPackages(app, { express: '^5.1.0', sessmw: '*' })
    await run(['init', '--yes'], { cwd: app.root })
    const base = await startApp(app, 'app.js', { NODE_ENV: 'production' })
    const response = await fetch(`${base}/visits`, { headers: { 'x-forwarded-proto': 'https' } })
    expect(response.headers.getSetCookie()).toEqual([])
    rmSync(join(app.root, '.env'))
    await expect(startApp(app, 'app.js', { NODE_ENV: 'production' })).rejects.toThrow(/bad-secret/)
  }, 60_000)
})

const tsconfig = (options: object) =>
  JSON.stringify({
    compilerOptions: {
      module: 'nodenext',
      target: 'es2022',
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noUnusedLocals: true,
      noEmit: true,
      skipLibCheck: true,
      types: ['node'],
      ...options,
    },
  })
