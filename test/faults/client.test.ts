// Clients that go away, and handlers that throw or never end.
import { once } from 'node:events'
import type { Request } from 'express'
import { describe, expect, it } from 'vitest'
import { type MemoryStore, sessionOf } from '../../src/index.js'
import { gate } from '../support/http.js'
import { begin, cookieOf, faultApp, twin } from './support.js'

describe('F17: a client that disconnects before the end', () => {
  it('has the changes made before saved once', async () => {
    const changed = gate()
    const { client, url, store, verdicts } = await faultApp((app) => {
      app.get('/slow', (req) => {
        req.session.step = 1
        changed.open()
      })
    })
    await client.get('/login')
    const socket = await begin(url, '/slow', cookieOf(client))
    await changed.opened
    const before = store.faults.calls('update')
    socket.destroy()
    expect(await verdicts.of('/slow')).toMatchObject({ load: 'loaded', save: 'updated', cookie: 'unchanged' })
    expect(store.faults.calls('update') - before).toBe(1)
    expect((await client.get('/me')).json()).toEqual({ user: 'u1', step: 1 })
  })

  it('does not store a new session, whose cookie nobody would get', async () => {
    const changed = gate()
    const { url, memory, verdicts } = await faultApp((app) => {
      app.get('/slow', (req) => {
        req.session.step = 1
        changed.open()
      })
    })
    const socket = await begin(url, '/slow')
    await changed.opened
    socket.destroy()
    expect(await verdicts.of('/slow')).toMatchObject({
      load: 'none',
      save: 'discarded',
      cookie: 'withheld-late',
      detail: 'the client went away before the response',
    })
    expect(await memory.count()).toBe(0)
  })

  it.each([
    ['not saved', '/slow', ['user', 'before']],
    ['saved by save()', '/slow?save', ['user', 'before', 'after']],
  ])('leaves what the handler changes after it has gone %s', async (_what, path, keys) => {
    const [changed, done] = [gate(), gate()]
    const { client, url } = await faultApp((app) => {
      app.get('/slow', async (req, res) => {
        req.session.before = 1
        changed.open()
        await once(res, 'close')
        req.session.after = 1
        if (req.query.save !== undefined) await req.session.save()
        res.json({ ok: true })
        done.open()
      })
    })
    await client.get('/login')
    const socket = await begin(url, path, cookieOf(client))
    await changed.opened
    socket.destroy()
    await done.opened
    expect(Object.keys((await client.get('/me')).json())).toEqual(keys)
  })

  it('while the session is being saved has it saved once, and the next request reads it', async () => {
    const { client, url, store, verdicts } = await faultApp((app) => {
      app.get('/change', (req, res) => {
        req.session.step = 1
        res.json({ ok: true })
      })
    })
    await client.get('/login')
    const saving = store.faults.barrier('update')
    const socket = await begin(url, '/change', cookieOf(client))
    await saving.arrived
    socket.destroy()
    saving.release()
    expect((await verdicts.of('/change')).save).toBe('updated')
    expect(store.faults.calls('update')).toBe(1)
    expect((await client.get('/me')).json()).toEqual({ user: 'u1', step: 1 })
  })

  it('while a new session is being created is told that nobody got the cookie', async () => {
    const gone = gate()
    const { url, store, verdicts } = await faultApp((app) => {
      app.get('/new', (req, res) => {
        res.on('close', gone.open)
        req.session.step = 1
        res.json({ ok: true })
      })
    })
    const saving = store.faults.barrier('create')
    const socket = await begin(url, '/new')
    await saving.arrived
    const closed = verdicts.of('/new')
    socket.destroy()
    await gone.opened
    saving.release()
    expect(await closed).toMatchObject({
      load: 'none',
      save: 'discarded',
      cookie: 'withheld-late',
      detail: 'the client went away before the response',
    })
    expect(await (store as MemoryStore).count()).toBe(0)
  })
})

describe('F18: a handler that fails', () => {
  const failing = async (handler: (req: Request) => unknown) => {
    const app = await faultApp((express) => {
      express.get('/fail', async (req) => {
        req.session.half = 'done'
        await handler(req)
        throw new Error('the handler failed')
      })
    })
    await app.client.get('/login')
    return app
  }

  it.each([
    ['throws', (fail: () => never) => fail()],
    ['rejects', async (fail: () => never) => fail()],
  ])('%s: what it changed and did not save is dropped', async (_how, run) => {
    const { client, store, verdicts } = await faultApp((app) => {
      app.get('/fail', (req) => {
        req.session.half = 'done'
        return run(() => {
          throw new Error('the handler failed')
        })
      })
    })
    await client.get('/login')
    expect((await client.get('/fail')).status).toBe(500)
    expect(await verdicts.of('/fail')).toMatchObject({
      load: 'loaded',
      save: 'discarded',
      cookie: 'unchanged',
    })
    expect(store.faults.calls('update')).toBe(0)
    expect((await client.get('/me')).json()).toEqual({ user: 'u1' })
  })

  it('a new session that it began is not stored, and sends no cookie', async () => {
    const { client, memory, verdicts } = await faultApp((app) => {
      app.get('/fail', (req) => {
        req.session.half = 'done'
        throw new Error('the handler failed')
      })
    })
    const answer = await client.get('/fail')
    expect([answer.status, answer.setCookies]).toEqual([500, []])
    expect(await memory.count()).toBe(0)
    expect((await verdicts.of('/fail')).save).toBe('discarded')
  })

  it('keeps what it saved explicitly', async () => {
    const { client } = await failing((req) => sessionOf(req).save())
    expect((await client.get('/fail')).status).toBe(500)
    expect((await client.get('/me')).json()).toEqual({ user: 'u1', half: 'done' })
  })

  it('keeps what it changed with update()', async () => {
    const { client } = await failing((req) => sessionOf<{ count: number }>(req).update('count', () => 1))
    expect((await client.get('/fail')).status).toBe(500)
    expect((await client.get('/me')).json()).toEqual({ user: 'u1', count: 1 })
  })

  it('a session that it created with save() gets its cookie', async () => {
    const { client, memory } = await faultApp((app) => {
      app.get('/fail', async (req) => {
        req.session.kept = 1
        await req.session.save()
        throw new Error('the handler failed')
      })
    })
    const answer = await client.get('/fail')
    expect([answer.status, answer.setCookies.length]).toEqual([500, 1])
    expect(await memory.count()).toBe(1)
    expect((await client.get('/me')).json()).toEqual({ kept: 1 })
  })

  it('keeps its destroy(): the session is gone, and so is the cookie', async () => {
    const { client, memory } = await failing((req) => sessionOf(req).destroy())
    const old = twin(client)
    const answer = await client.get('/fail')
    expect(answer.status).toBe(500)
    expect(answer.setCookies).toEqual([expect.stringMatching(/^sid=;/)])
    expect(await memory.count()).toBe(0)
    expect((await old.get('/me')).text).toBe('{}')
  })

  it('does not log anybody in: the login is not stored, and the old session is ended', async () => {
    const { client, memory, verdicts } = await failing((req) => sessionOf(req).login('admin'))
    const answer = await client.get('/fail')
    expect(answer.status).toBe(500)
    expect(await memory.count()).toBe(0)
    expect((await verdicts.of('/fail')).save).toBe('discarded')
    expect((await client.get('/me')).text).toBe('{}')
  })

  it('an error page that answers with less than 500 is an answer like any other', async () => {
    const { client } = await faultApp((app) => {
      app.get('/invalid', (req, res) => {
        req.session.form = 'kept'
        res.status(422).json({ ok: false })
      })
    })
    await client.get('/login')
    await client.get('/invalid')
    expect((await client.get('/me')).json()).toEqual({ user: 'u1', form: 'kept' })
  })

  it('and never ends holds up no other request of the session', async () => {
    const hanging = gate()
    const { client, url, verdicts } = await faultApp((app) => {
      app.get('/never', (req) => {
        req.session.half = 'done'
        hanging.open()
      })
      app.get('/count', async (req, res) => {
        res.json(await sessionOf(req).update('count', (count) => (count ?? 0) + 1))
      })
    })
    await client.get('/login')
    const socket = await begin(url, '/never', cookieOf(client))
    await hanging.opened
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.get('/count')))
    expect(answers.every(({ status }) => status === 200)).toBe(true)
    expect((await client.get('/me')).json()).toEqual({ user: 'u1', count: 20 })
    socket.destroy()
    expect((await verdicts.of('/never')).save).toBe('updated')
  })
})
