import { execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'
import { cookieJar } from '../../src/testing/cookie-jar.js'
import { root } from '../support/sources.js'
import { App } from './apps.js'

const APPS = join(root, 'test', 'fixtures', 'apps')
const TSX = pathToFileURL(join(root, 'node_modules', 'tsx', 'dist', 'loader.mjs')).href

/** A copy of an app of the corpus, with its packages; those that this repository has not are middleware that does nothing. */
export function appOf(name: string, folder = ''): App {
  const app = new App({})
  cpSync(join(APPS, name, folder), app.root, { recursive: true })
  for (const hidden of ['env', 'gitignore']) {
    if (existsSync(join(app.root, `_${hidden}`)))
      renameSync(join(app.root, `_${hidden}`), join(app.root, `.${hidden}`))
  }
  const { dependencies = {}, devDependencies = {} } = JSON.parse(app.read('package.json'))
  linkPackages(app, { sessmw: '*', ...dependencies, ...devDependencies })
  return app
}

/** Gives an app `node_modules` with links to the packages of this repository. */
export function linkPackages(app: App, versions: Readonly<Record<string, string>>): void {
  const modules = join(app.root, 'node_modules')
  for (const [name, version] of Object.entries({ ...versions, '@types': '*' })) {
    const target = join(modules, name)
    if (name.startsWith('@types/') || existsSync(target)) continue
    mkdirSync(dirname(target), { recursive: true })
    const source =
      name === 'sessmw'
        ? root
        : join(root, 'node_modules', version.includes('^4.') && name === 'express' ? 'express4' : name)
    if (existsSync(source)) symlinkSync(source, target)
    else writeStub(target)
  }
}

function writeStub(folder: string): void {
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), '{ "main": "index.js", "types": "index.d.ts" }')
  writeFileSync(join(folder, 'index.js'), 'module.exports = () => (req, res, next) => next()\n')
  const types =
    "import type { RequestHandler } from 'express'\ndeclare function make(...options: unknown[]): RequestHandler\nexport = make\n"
  writeFileSync(join(folder, 'index.d.ts'), types)
}

/** Starts an app; answers with its address. */
export async function startApp(app: App, file: string, env: Record<string, string> = {}): Promise<string> {
  const { SESSION_SECRET: _, ...own } = process.env
  const execArgv = ['--require', join(root, 'test', 'support', 'announce-port.cjs'), '--import', TSX]
  const child = fork(join(app.root, file), [], {
    cwd: app.root,
    env: { ...own, PORT: '0', NODE_ENV: 'development', ...env },
    execArgv: /\.(?:[mc]?ts|[jt]sx)$/.test(file) ? execArgv : execArgv.slice(0, 2),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const errors: Buffer[] = []
  child.stderr?.on('data', (chunk: Buffer) => errors.push(chunk))
  const ended = once(child, 'exit').then(() =>
    Promise.reject(new Error(`${file} ended: ${Buffer.concat(errors)}`)),
  )
  const [{ port }] = await Promise.race([once(child, 'message'), ended])
  return `http://127.0.0.1:${port}`
}

/** Waits until a store that is not there yet, since the machine is busy, no longer makes an app answer 503. */
export async function untilReady(base: string): Promise<string> {
  let status: number
  do status = (await fetch(`${base}/visits`)).status
  while (status === 503)
  return base
}

/** What a browser sees at its first, second and third visit, and the name of its cookie. */
export async function visit(base: string): Promise<{ visits: unknown[]; cookies: string[] }> {
  const jar = cookieJar()
  const visits: unknown[] = []
  for (let time = 0; time < 3; time++) {
    const response = await jar.fetch(`${base}/visits`)
    const text = await response.text()
    visits.push(response.ok ? JSON.parse(text).visits : text)
  }
  return { visits, cookies: jar.list().map(({ name }) => name) }
}

/** The text of a file of the corpus, as it is before. */
export const originalOf = (name: string, path: string): string => readFileSync(join(APPS, name, path), 'utf8')

/** What the compiler says about an app; empty when all is well. */
export async function typeErrors(app: App): Promise<string> {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const checked = promisify(execFile)(process.execPath, [tsc, '-p', app.root])
  return checked.then(
    ({ stdout }) => stdout,
    ({ stdout, stderr }) => `${stdout}${stderr}`,
  )
}
