import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Io } from './io.js'

/**
 * Opens an address in the browser that `BROWSER` names, or in the one of the system. Resolves with whether that could be
 * started.
 */
export async function openBrowser(url: string, { env }: Io): Promise<boolean> {
  const [command, ...args] = commandFor(url, env.BROWSER)
  const child = spawn(command, args, { stdio: 'ignore', detached: true })
  child.unref()
  // There may be no such program; the address is printed all the same.
  const started = await once(child, 'spawn').catch(() => undefined)
  return started !== undefined
}

function commandFor(url: string, browser: string | undefined): [string, ...string[]] {
  if (browser) return [browser, url]
  if (process.platform === 'darwin') return ['open', url]
  // `start` is a word of cmd, which would read `&` in an address as one of its own.
  if (process.platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler', url]
  return ['xdg-open', url]
}
