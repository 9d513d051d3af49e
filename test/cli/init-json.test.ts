import { parseEnv } from 'node:util'
import { describe, expect, it } from 'vitest'
import { App, CJS_ENTRY, ESM_ENTRY, type Files, packageJson, project, TS_ENTRY } from '../scaffold/apps.js'
import { run } from './run-in-process.js'
import { validJson } from './schemas.js'

const CANARY = 'canary-Secret-0123456789-abcdefghij'
const SESSION = `app.use(require('express-session')({ secret: '${CANARY}' }))`
const ON_EXPRESS_SESSION = project('app.js', `const app = require('express')()\n${SESSION}\n`)
const TWO_APPS = project('app.js', `${ESM_ENTRY}const other = express()\n`, { type: 'module' })

describe('sessmw init --json', () => {
  it.each<[string, Files, string[]]>([
    ['a plan', project('app.js', CJS_ENTRY), ['--dry-run']],
    ['a run', project('src/app.ts', TS_ENTRY), ['--yes', '--store', 'redis', '--proxy', '1']],
    ['a check', project('app.js', CJS_ENTRY), ['--check']],
    ['a diff', project('app.js', CJS_ENTRY), ['--diff']],
    ['a snippet', TWO_APPS, ['--yes']],
    ['a migration', ON_EXPRESS_SESSION, ['--yes', '--migrate']],
  ])('follows its schema: %s', async (_case, files, args) => {
    const app = new App(files)
    const json = validJson('init', (await run(['init', '--json', ...args], { cwd: app.root })).stdout)
    expect(json.applied).toBe(args.includes('--yes'))
    const again = validJson('init', (await run(['init', '--json', ...args], { cwd: app.root })).stdout)
    expect(again).toMatchObject(
      args.includes('--yes') ? { changes: [], applied: false } : { changes: json.changes },
    )
    validJson('init-undo', (await run(['init', '--json', '--undo'], { cwd: app.root })).stdout)
  })

  it('follows the schema of errors when it refuses', async () => {
    const { exit, stdout } = await run(['init', '--json', '--yes'], { cwd: new App(ON_EXPRESS_SESSION).root })
    expect(validJson('error', stdout)).toMatchObject({ error: { code: 'already-on-express-session', exit } })
  })
})

describe('S70: no output of sessmw init', () => {
  const env = `SESSION_SECRET=${CANARY}\nDATABASE_URL=postgres://app:${CANARY}@localhost/app\n`
  const secretive = (entry: string): Files => ({
    'package.json': packageJson({ type: 'module' }),
    'src/server.js': `${entry}const key = '${CANARY}'\n`,
    'src/session.ts': `export const other = '${CANARY}'\n`,
    '.env': env,
    '.env.example': `OTHER=${CANARY}\n`,
    '.gitignore': `# ${CANARY}\n`,
  })
  const entries = {
    edited: ESM_ENTRY,
    refused: `${ESM_ENTRY}const other = express()\n`,
    unreadable: `${ESM_ENTRY}const other: string = 1\n`,
    migrated: `import session from 'express-session'\n${ESM_ENTRY}app.use(session({ secret: '${CANARY}' }))\n`,
  }
  const flags = [
    ['--yes'],
    ['--dry-run'],
    ['--diff'],
    ['--check'],
    ['--yes', '--json', '--allow-dirty'],
    ['--yes', '--migrate', '--verbose', '--allow-dirty'],
    ['--yes', '--snippet-only', '--store', 'postgres', '--allow-dirty'],
    ['--yes', '--dotenv', 'src/../../.env', '--verbose'],
    ['--undo'],
    ['--undo', '--json'],
    [],
  ]

  it.each(Object.entries(entries))(
    'holds a secret of the app, whatever the flags: %s',
    async (_name, entry) => {
      const app = new App(secretive(entry))
      app.commit()
      const printed: string[] = []
      for (const args of flags) {
        const { stdout, stderr } = await run(['init', ...args], { cwd: app.root })
        printed.push(stdout, stderr)
      }
      app.write('node_modules/.cache/sessmw/undo.json', `{ "version": 1, "entries": "${CANARY}" }`)
      const broken = await run(['init', '--undo', '--verbose'], { cwd: app.root })
      expect(broken.exit).toBe(5)
      expect([...printed, broken.stdout, broken.stderr].join('')).not.toContain(CANARY)
    },
  )

  it('holds the new secret, whether it is written or planned', async () => {
    const app = new App(project('app.js', CJS_ENTRY))
    const printed: string[] = []
    for (const args of [
      ['--diff'],
      ['--dry-run', '--json'],
      ['--yes', '--verbose'],
      ['--yes', '--json'],
      ['--diff'],
    ]) {
      const { stdout, stderr } = await run(['init', ...args], { cwd: app.root })
      printed.push(stdout, stderr)
    }
    const secret = parseEnv(app.read('.env')).SESSION_SECRET ?? ''
    expect(secret).toHaveLength(43)
    expect(printed.join('')).not.toContain(secret)
    expect(printed[0]).toContain('SESSION_SECRET=***')
    expect(printed.join('')).not.toMatch(/[\w-]{43}/)
  })
})
