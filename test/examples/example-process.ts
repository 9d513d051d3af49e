import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type CookieJar, cookieJar } from '../../src/testing/cookie-jar.js'
import { SECRET } from '../support/http.js'
import { root } from '../support/sources.js'

/** What a program said before it ended. */
export interface Ended {
  readonly code: number | null
  readonly errors: string
}

/** Starts an example and answers with the address that it prints; rejects with its errors when it ends instead. */
export async function startExample(file: string, env: Record<string, string> = {}): Promise<string> {
  const { child, ended } = run(file, { SESSION_SECRET: SECRET, PORT: '0', ...env })
  onTestFinished(async () => {
    child.kill()
    await ended
  })
  return new Promise((resolve, reject) => {
    let printed = ''
    child.stdout.on('data', (part: Buffer) => {
      printed += part
      const address = /^http:\/\/localhost:\d+$/m.exec(printed)?.[0]
      if (address !== undefined) resolve(address)
    })
    ended.then(({ code, errors }) => reject(new Error(`${file} ended with ${code}: ${errors}`)), reject)
  })
}

/** Runs an example that is expected to end by itself. */
export function runExample(file: string, env: Record<string, string> = {}): Promise<Ended> {
  return run(file, env).ended
}

/** In an environment of its own: nothing of this process but where programs are. */
function run(file: string, env: Record<string, string>) {
  const loader = file.endsWith('.ts') ? ['--import', 'tsx'] : []
  const child = spawn(process.execPath, [...loader, file], {
    cwd: join(root, 'examples'),
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let errors = ''
  child.stderr.on('data', (part: Buffer) => {
    errors += part
  })
  const ended = new Promise<Ended>((resolve) => child.once('close', (code) => resolve({ code, errors })))
  return { child, ended }
}

/** One browser at one address. */
export class Browser {
  readonly jar: CookieJar = cookieJar()

  constructor(readonly url: string) {}

  get(path: string): Promise<Response> {
    return this.jar.fetch(this.url + path)
  }

  /** Sends a form. */
  post(path: string, form: Record<string, string> = {}): Promise<Response> {
    return this.jar.fetch(this.url + path, { method: 'POST', body: new URLSearchParams(form) })
  }

  async json(path: string): Promise<unknown> {
    return (await this.get(path)).json()
  }

  /** The `Cookie` header that this browser sends. */
  get cookie(): string {
    return this.jar.header(this.url) ?? ''
  }
}
