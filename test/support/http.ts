import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach } from 'vitest'

export const SECRET = 'test-secret-0123456789-abcdefghijklmnop'

const open: Server[] = []

afterEach(async () => {
  await Promise.all(
    open.splice(0).map((server) => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(resolve))
    }),
  )
})

/** Starts a server on a free port of 127.0.0.1; it is closed after the test. */
export async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  open.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

export interface Answer {
  status: number
  headers: Headers
  setCookies: string[]
  text: string
  json(): ReturnType<typeof JSON.parse>
}

/** One browser: keeps the cookies that it is given, by name. */
export class Client {
  readonly cookies = new Map<string, string>()

  constructor(readonly url: string) {}

  async get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(this.url + path, {
      redirect: 'manual',
      headers: { ...(cookie !== '' && { cookie }), ...headers },
    })
    const text = await response.text()
    const setCookies = response.headers.getSetCookie()
    for (const line of setCookies) this.take(line)
    return {
      status: response.status,
      headers: response.headers,
      setCookies,
      text,
      json: () => JSON.parse(text),
    }
  }

  private take(line: string): void {
    const [pair = '', ...attributes] = line.split('; ')
    const name = pair.slice(0, pair.indexOf('='))
    if (attributes.includes('Max-Age=0')) this.cookies.delete(name)
    else this.cookies.set(name, pair.slice(name.length + 1))
  }
}

/** A point that waits until it is opened. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

/** Resolves when `count` callers have come, for all of them. */
export function barrier(count: number): () => Promise<void> {
  const all = gate()
  let waiting = 0
  return () => {
    waiting++
    if (waiting === count) all.open()
    return all.opened
  }
}
