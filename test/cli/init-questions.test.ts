import { describe, expect, it } from 'vitest'
import type { Prompts } from '../../src/cli/prompts.js'
import { SessmwError } from '../../src/errors.js'
import { App, ESM_ENTRY, type Files, packageJson, project } from '../scaffold/apps.js'
import { run } from './run-in-process.js'

const esm = (files: Files = {}) => project('src/server.js', ESM_ENTRY, { type: 'module' }, files)

/** Answers questions by the first words of each; whatever has no answer gets its default. */
function asking(answers: Readonly<Record<string, string>>, watch: () => void = () => undefined) {
  const asked: string[] = []
  const answerTo = (message: string): string | undefined => {
    watch()
    asked.push(message)
    return Object.entries(answers).find(([start]) => message.startsWith(start))?.[1]
  }
  const prompts: { -readonly [Name in keyof Prompts]?: Prompts[Name] } = {
    select: async (message, choices, selected) => {
      const answer = answerTo(message) ?? selected ?? choices[0]?.value
      const chosen = choices.find(({ value }) => value === answer)
      if (chosen === undefined) throw new Error(`${message} has no choice ${answer}`)
      return chosen.value
    },
    text: async (message, initial, problemOf) => {
      const answer = answerTo(message) ?? initial
      const problem = problemOf(answer)
      if (problem !== undefined) throw new Error(problem)
      return answer
    },
  }
  return { asked, prompts }
}

const onTerminal = (app: App, args: string[], prompts: Partial<Prompts>) =>
  run(['init', ...args], { cwd: app.root, tty: true, env: { NO_COLOR: '1' }, prompts })

describe('sessmw init on a terminal', () => {
  it('shows what it found, asks four questions, shows the plan, asks once more, and only then writes', async () => {
    const app = new App(esm())
    const before = app.snapshot()
    const { asked, prompts } = asking({}, () => expect(app.snapshot()).toEqual(before))
    const { exit, stdout } = await onTerminal(app, [], prompts)
    expect([exit, asked.length]).toEqual([0, 5])
    expect(asked.map((question) => question.split(' ')[0])).toEqual([
      'Where',
      'How',
      'Where',
      'Cookie',
      'Apply?',
    ])
    expect(stdout).toMatch(/✔ entry src\/server\.js +app = express\(\), line 4\n/)
    expect(stdout).toMatch(/! \.env is not ignored by git +will be added to \.gitignore\n/)
    expect(stdout).toMatch(
      /entry[\s\S]*Plan[\s\S]*app\.use\(sessionMiddleware\)[\s\S]*5 files written[\s\S]*Repeat: npx/,
    )
  })

  it('writes what was answered, and says with which command it would do so again', async () => {
    const answers = {
      'Where will sessions live?': 'redis',
      'How many reverse proxies': '1',
      'Where do the pages come from': 'cross-site',
      'Cookie name': '__Host-shop',
    }
    const app = new App(esm())
    const { stdout } = await onTerminal(app, [], asking(answers).prompts)
    const module = app.read('src/session.js')
    expect(module).toContain("import { RedisStore } from 'sessmw/redis'\n")
    expect(module).toContain("const { REDIS_URL = 'redis://localhost:6379' } = process.env\n")
    expect(module).toContain('store: new RedisStore({ url: REDIS_URL }),\n')
    expect(module).toContain("sessionCookie: NODE_ENV === 'production' ? '__Host-shop' : 'shop',\n")
    expect(module).toContain("sameSite: NODE_ENV === 'production' ? 'none' : 'lax',\n")
    expect(app.read('src/server.js')).toContain("app.set('trust proxy', 1)\napp.use(sessionMiddleware)\n")
    expect(app.read('.env.example')).toContain('REDIS_URL=redis://localhost:6379\n')
    expect(app.read('.env')).not.toContain('REDIS_URL')
    expect(stdout).toContain('1. npm install redis@5\n')
    const again = /Repeat: npx sessmw@\S+ (init .*)\n/.exec(stdout)?.[1]?.split(' ') ?? []
    const other = new App(esm())
    expect((await run(again, { cwd: other.root })).exit).toBe(0)
    for (const path of ['src/session.js', 'src/server.js', '.env.example', '.gitignore']) {
      expect(other.read(path)).toBe(app.read(path))
    }
  })

  it.each([
    [
      ['--store', 'sqlite'],
      ['How', 'Where', 'Cookie'],
    ],
    [['--store', 'sqlite', '--proxy', '0', '--frontend', 'subdomain'], ['Cookie']],
    [['--store', 'sqlite', '--proxy', '0', '--frontend', 'subdomain', '--name', 'a'], []],
    [['--migrate'], []],
  ])('asks only what no flag has answered: %j', async (flags, questions) => {
    const migrating = flags.includes('--migrate')
    const old = `import session from 'express-session'\n${ESM_ENTRY}`
    const app = new App(project('src/server.js', migrating ? old : ESM_ENTRY, { type: 'module' }))
    const { asked, prompts } = asking({})
    expect((await onTerminal(app, flags, prompts)).exit).toBe(0)
    expect(asked.map((question) => question.split(' ')[0])).toEqual([...questions, 'Apply?'])
  })

  it('shows every line before it asks again, and no secret among them', async () => {
    const app = new App(esm())
    let applies = 0
    const { prompts } = asking({})
    const { select } = prompts
    if (select === undefined) throw new Error('There is no select.')
    prompts.select = async (message, choices, selected) => {
      if (message !== 'Apply?') return select(message, choices, selected)
      const [yes, diff] = choices
      const chosen = applies++ === 0 ? diff : yes
      if (chosen === undefined) throw new Error('There is no such choice.')
      return chosen.value
    }
    const { stdout } = await onTerminal(app, [], prompts)
    expect([applies, stdout]).toEqual([2, expect.stringContaining('+2  SESSION_SECRET=***\n')])
    expect(stdout).toMatch(/--- src\/session\.js\n {2}\+1 {3}\/\/ Sessions of this app/)
    expect(stdout).not.toContain(app.read('.env').split('=')[1]?.trim())
  })

  it.each([
    ['no', { 'Apply?': 'no' }, 1],
    ['Ctrl-C at the last question', { 'Apply?': 'interrupt' }, 130],
    ['Ctrl-C at the first question', { 'Where will': 'interrupt' }, 130],
  ])('writes nothing on %s', async (_case, answers, exit) => {
    const app = new App(esm())
    const before = app.snapshot()
    const { prompts } = asking(answers)
    const interrupted: Partial<Prompts> = {
      ...prompts,
      select: async (message, choices, selected) => {
        const answer = Object.entries(answers).find(([start]) => message.startsWith(start))?.[1]
        if (answer === 'interrupt') throw new SessmwError('interrupted', 'x')
        return prompts.select?.(message, choices, selected) ?? Promise.reject(new Error('no select'))
      },
    }
    expect((await onTerminal(app, [], interrupted)).exit).toBe(exit)
    expect(app.snapshot()).toEqual(before)
  })

  it.each([['--dry-run'], ['--check'], ['--diff']])(
    'asks nothing and writes nothing with %s',
    async (flag) => {
      const app = new App(esm())
      const before = app.snapshot()
      const { asked, prompts } = asking({})
      const { exit, stdout } = await onTerminal(app, [flag], prompts)
      expect([exit, asked, stdout.includes('src/session.js')]).toEqual([flag === '--check' ? 1 : 0, [], true])
      expect(app.snapshot()).toEqual(before)
    },
  )
})

describe('flags of sessmw init', () => {
  const init = (app: App, ...args: string[]) => run(['init', ...args], { cwd: app.root })

  it.each([
    ['--store', 'mongo', 'memory, sqlite, redis, postgres'],
    ['--proxy', '-1', '0 to 10'],
    ['--proxy', '11', '0 to 10'],
    ['--proxy', 'one', '0 to 10'],
    ['--frontend', 'mars', 'same-site, subdomain, cross-site'],
    ['--name', "a'b", 'Letters'],
    ['--name', 'a b', 'Letters'],
    ['--name', '__Host-', 'Letters'],
    ['--diff', 'README.md', 'does not change'],
  ])('that are impossible end with 2: %s %s', async (flag, value, words) => {
    const app = new App(esm())
    const before = app.snapshot()
    const result = await init(app, '--yes', flag, value)
    expect(result).toMatchObject({ exit: 2, stderr: expect.stringContaining(words) })
    expect(app.snapshot()).toEqual(before)
  })

  it('--diff shows the lines of one file', async () => {
    const { stdout } = await init(new App(esm()), '--diff', 'src/server.js')
    expect(stdout).toBe(
      "\n--- src/server.js\n  +3  import { sessionMiddleware } from './session.js'\n  +8  app.use(sessionMiddleware)\n",
    )
  })

  it('--check tells whether something would change', async () => {
    const app = new App(esm())
    expect((await init(app, '--check')).exit).toBe(1)
    await init(app, '--yes')
    expect((await init(app, '--check')).exit).toBe(0)
    app.write('.env.example', '')
    expect((await init(app, '--check')).exit).toBe(1)
  })

  it('--snippet-only leaves the entry alone, exit 0', async () => {
    const app = new App(esm())
    const { exit, stdout } = await init(app, '--yes', '--snippet-only')
    expect([exit, app.read('src/server.js')]).toEqual([0, ESM_ENTRY])
    expect(stdout).toContain(
      "    + import { sessionMiddleware } from './session.js'\n    + app.use(sessionMiddleware)\n",
    )
    expect(app.read('src/session.js')).toContain('sessionMiddleware')
  })

  it('--store names the packages that are missing, and what git should not see', async () => {
    const app = new App({ ...esm(), 'package.json': packageJson({ type: 'module' }, { sessmw: undefined }) })
    const { stdout } = await init(app, '--yes', '--store', 'sqlite')
    expect(stdout).toContain('$ npm install sessmw better-sqlite3@12\n')
    expect(app.read('.gitignore')).toBe('.env\nsessions.db*\n')
    expect((await init(app, '--yes')).stdout).toContain('Nothing to do.')
  })

  it('--store redis takes the client that is there', async () => {
    const app = new App({ ...esm(), 'package.json': packageJson({ type: 'module' }, { ioredis: '^5.0.0' }) })
    expect((await init(app, '--yes', '--store', 'redis')).stdout).not.toContain('npm install')
  })

  it('that shape a new module say so when there is one', async () => {
    const app = new App(esm())
    await init(app, '--yes', '--store', 'postgres')
    const { exit, stdout, stderr } = await init(app, '--yes', '--store', 'redis')
    expect([exit, stdout]).toEqual([0, expect.stringContaining('Nothing to do.')])
    expect(stderr).toContain('What is there stays as it is')
    expect((await init(app, '--yes', '--store', 'postgres')).stderr).toBe('')
  })
})
