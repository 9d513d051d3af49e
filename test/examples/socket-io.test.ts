import { io, type Socket } from 'socket.io-client'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Browser, startExample } from './example-process.js'

type Answer = { visits?: number; likes?: number; error?: string }

/** A connection with the cookies of a browser. */
async function connect(browser: Browser, transport: string): Promise<Socket> {
  const socket = io(browser.url, {
    transports: [transport],
    extraHeaders: { cookie: browser.cookie },
    forceNew: true,
    reconnection: false,
  })
  onTestFinished(() => {
    socket.disconnect()
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('connect_error', reject)
  })
  return socket
}

const like = (socket: Socket): Promise<Answer> => socket.timeout(5_000).emitWithAck('like')

describe.each(['polling', 'websocket'])('examples/socket.io over %s', (transport) => {
  it('pages and sockets of a browser see what the other has changed', async () => {
    const browser = new Browser(await startExample('socket.io/app.js'))
    expect(await browser.json('/')).toEqual({ visits: 1, likes: 0 })
    const socket = await connect(browser, transport)
    expect(await like(socket)).toEqual({ visits: 1, likes: 1 })
    expect(await browser.json('/')).toEqual({ visits: 2, likes: 1 })
    expect(await like(socket)).toEqual({ visits: 2, likes: 2 })
    expect(await browser.json('/')).toEqual({ visits: 3, likes: 2 })
  })

  it('the sockets of a browser end with its session, which they cannot bring back', async () => {
    const browser = new Browser(await startExample('socket.io/app.js'))
    await browser.get('/')
    const socket = await connect(browser, transport)
    await like(socket)
    const old = browser.cookie
    await browser.post('/logout')
    const disconnected = new Promise((resolve) => socket.once('disconnect', resolve))
    expect(await like(socket)).toEqual({ error: 'session-gone' })
    expect(await disconnected).toBe('io server disconnect')
    const thief = new Browser(browser.url)
    thief.jar.store(thief.url, [old])
    expect(await thief.json('/')).toEqual({ visits: 1, likes: 0 })
  })

  it('a socket of another browser has a session of its own', async () => {
    const browser = new Browser(await startExample('socket.io/app.js'))
    const other = new Browser(browser.url)
    await Promise.all([browser.get('/'), other.get('/')])
    await like(await connect(browser, transport))
    expect(await other.json('/')).toEqual({ visits: 2, likes: 0 })
  })
})
