import { fork } from 'node:child_process'
import { once } from 'node:events'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const SERVER = fileURLToPath(new URL('sigterm-server.ts', import.meta.url))
const SAVES = 20

/** Starts the server, lets it come to 20 saves under way, and sends it SIGTERM. */
async function terminate(mode: 'finish' | 'hang') {
  const child = fork(SERVER, [mode], {
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk) => {
      output += chunk
    })
  const [{ address }] = (await once(child, 'message')) as [{ address: AddressInfo }]
  const saving = new Promise<void>((resolve) => {
    child.on('message', (message: { begun?: number }) => {
      if (message.begun === SAVES) resolve()
    })
  })
  const answers = Array.from({ length: SAVES }, async () => {
    const asked = request({ host: '127.0.0.1', port: address.port, agent: false })
    asked.end()
    const [response] = await once(asked, 'response')
    response.resume()
    return { status: response.statusCode, cookies: response.headers['set-cookie']?.length ?? 0 }
  })
  await saving
  const begun = performance.now()
  child.kill('SIGTERM')
  const [[code, signal], settled] = await Promise.all([once(child, 'exit'), Promise.all(answers)])
  return { code, signal, settled, seconds: (performance.now() - begun) / 1000, output }
}

describe('F28: SIGTERM with 20 saves under way', () => {
  it('all are answered with their cookie, and the process ends by itself within 5 s of server.close()', async () => {
    const { code, signal, settled, seconds, output } = await terminate('finish')
    expect(settled).toEqual(Array.from({ length: SAVES }, () => ({ status: 200, cookies: 1 })))
    expect([code, signal, output]).toEqual([0, null, expect.not.stringMatching(/Error/)])
    expect(seconds).toBeLessThan(5)
  }, 60_000)

  it('into a store that hangs: all are answered with 503, and the process ends by itself', async () => {
    const { code, signal, settled, seconds } = await terminate('hang')
    expect(settled).toEqual(Array.from({ length: SAVES }, () => ({ status: 503, cookies: 0 })))
    expect([code, signal]).toEqual([0, null])
    expect(seconds).toBeLessThan(5)
  }, 60_000)
})
