import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { MemoryStore, type RequestEvent, session, sessionOf } from '../../src/index.js'
import { SECRET } from '../support/http.js'
import { closeAll, listen } from '../support/listen.js'

afterEach(closeAll)

describe('a client that leaves before it was told the new id', () => {
  it.each(['u1', undefined])('leaves no record behind (owner %s)', async (owner) => {
    const store = new MemoryStore()
    const middleware = session({ secretKey: SECRET, secure: false, store })
    const { sessions } = middleware
    const first = await sessions.open()
    if (owner !== undefined) await first.login(owner)
    first.data.user = 'u1'
    const cookie = (await sessions.commit(first))?.split(';')[0]
    const port = await listen(async (req, res) => {
      await middleware(req, res)
      await sessionOf(req).regenerate({ keep: ['user'] })
      client.destroy()
      await once(res, 'close')
      res.end('too late')
    })
    const told = new Promise<RequestEvent>((resolve) => sessions.events.once('request', resolve))
    const client = connect(port, '127.0.0.1')
    client.write(`GET / HTTP/1.1\r\nHost: localhost\r\nCookie: ${cookie}\r\n\r\n`)
    expect(await told).toMatchObject({ load: 'loaded', save: 'discarded', cookie: 'withheld-late' })
    expect(await store.count()).toBe(0)
  })
})
