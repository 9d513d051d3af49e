import { describe, expect, it } from 'vitest'
import { App, CJS_ENTRY, ESM_ENTRY, type Files, project } from '../scaffold/apps.js'
import { run } from './run-in-process.js'

const init = (app: App, ...args: string[]) => run(['init', '--yes', ...args], { cwd: app.root })
const MODULE = { type: 'module' }
const EXPRESS = "const express = require('express')\nconst app = express()\n"
const own = (from: string) =>
  `const session = require('${from}')\nconst sessionMiddleware = session({ secret: 'x' })\n`

describe('sessmw init does not take for its own', () => {
  it.each<[string, Files]>([
    ['in the entry', project('app.js', `${own('express-session')}${EXPRESS}app.use(sessionMiddleware)\n`)],
    [
      'in a module',
      project(
        'app.js',
        `${EXPRESS}const { sessionMiddleware } = require('./session')\napp.use(sessionMiddleware)\n`,
        {},
        { 'session.js': `${own('express-session')}module.exports = { sessionMiddleware }\n` },
      ),
    ],
  ])('a sessionMiddleware of express-session, and names --migrate: %s', async (_case, files) => {
    const app = new App(files)
    const before = app.snapshot()
    const { exit, stderr } = await init(app)
    expect([exit, stderr]).toEqual([3, expect.stringContaining('--migrate')])
    expect(app.snapshot()).toEqual(before)
  })

  it('a sessionMiddleware of cookie-session', async () => {
    const app = new App(project('app.js', `${own('cookie-session')}${EXPRESS}app.use(sessionMiddleware)\n`))
    const { exit, stdout } = await init(app)
    expect([exit, stdout]).toEqual([4, expect.stringContaining('another session library')])
  })

  it.each(['', "const { sessionMiddleware } = require('./session')\nmodule.exports = sessionMiddleware\n"])(
    'a parameter of that name: %j',
    async (load) => {
      const plugin = `${load}function f(router, sessionMiddleware) { router.use(sessionMiddleware) }\n`
      const app = new App(project('app.js', CJS_ENTRY, {}, { 'plugin.js': plugin }))
      expect((await init(app)).exit).toBe(0)
      expect(app.read('app.js')).toContain('app.use(sessionMiddleware);\n')
    },
  )
})

describe('sessmw init knows what it wrote', () => {
  it.each([
    ['under another name', "import { sessionMiddleware as s } from './session.js'\n", 's'],
    ['as a member', "import * as sessions from './session.js'\n", 'sessions.sessionMiddleware'],
    ['through an alias', "import { sessionMiddleware } from '#src/session.js'\n", 'sessionMiddleware'],
    ['passed on', "import { sessionMiddleware } from './middleware/index.js'\n", 'sessionMiddleware'],
    ['loaded at run time', "const s = await import('./session.js')\n", 's.sessionMiddleware'],
    [
      'made in the entry',
      "import { session } from 'sessmw'\nconst sessionMiddleware = session({ secretKey: process.env.SESSION_SECRET })\n",
      'sessionMiddleware',
    ],
  ])('and has nothing to do: %s', async (_case, load, used) => {
    const barrel = "export * from '../session.js'\n"
    const app = new App(project('src/server.js', ESM_ENTRY, MODULE, { 'src/middleware/index.js': barrel }))
    await init(app)
    app.write('src/server.js', `${load}${ESM_ENTRY.replace('app.get', `app.use(${used})\napp.get`)}`)
    const { exit, stdout } = await init(app)
    expect([exit, stdout]).toEqual([0, expect.stringContaining('Nothing to do.\n')])
  })
})
