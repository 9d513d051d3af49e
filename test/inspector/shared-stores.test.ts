import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type OpenedStore, openStore } from '../../src/stores/open-store.js'
import { BACKENDS, type StartedBackend } from '../processes/processes.js'
import type { DetailBody, ListBody } from './api-helpers.js'
import { closeAll, contentsOf } from './inspector-helpers.js'
import { appOn, lookAround } from './looking.js'

/** Importing them says which are not installed. */
const INSTALLED = BACKENDS.filter(({ isInstalled }) => isInstalled)

describe.each(INSTALLED)('the inspector of sessions in $name', ({ start }) => {
  let backend: StartedBackend
  let store: OpenedStore

  beforeAll(async () => {
    backend = await start()
    store = await openStore(backend.url)
  })
  afterEach(async () => {
    await closeAll()
    await store.clear()
  })
  afterAll(async () => {
    await store?.close?.()
    await backend?.remove()
  })

  it('lists and finds them all, and offers what this store can do', async () => {
    const { api, visit } = await appOn(store)
    const ada = await visit({ cart: [1], token: 'canary' }, 'ada')
    for (let n = 0; n < 12; n += 1) await visit({ n })
    const { body } = await api<ListBody>('GET', '/api/v1/sessions?limit=10')
    expect([body.total, body.sessions.length]).toEqual([13, 10])
    const rest = (await api<ListBody>('GET', `/api/v1/sessions?limit=10&cursor=${body.cursor}`)).body
    const handles = [...body.sessions, ...rest.sessions].map(({ handle }) => handle)
    expect(new Set(handles).size).toBe(13)
    for (const q of ['user:ada', 'has:cart', 'cart:1', ada.handle, `"${ada.handle.slice(0, 12)}"`])
      expect((await api<ListBody>('GET', `/api/v1/sessions?q=${q}`)).body.sessions).toMatchObject([
        { handle: ada.handle },
      ])
    const info = await api<{ capabilities: object; store: object }>('GET', '/api/v1/info')
    const able = { list: 'all', edit: true, expire: true, destroy: true, cookie: true, seed: true }
    expect(info.body).toMatchObject({ capabilities: { ...able, clock: false }, store: { count: 13 } })
    expect((await api('PUT', '/api/v1/clock', { body: { offsetMs: 1 } })).status).toBe(409)
  })

  it('S63: is looked at without a change, byte for byte', async () => {
    const { api, base, visit } = await appOn(store)
    const { handle } = await visit({ a: 1 })
    await visit({ b: 2 }, 'ada')
    const before = await contentsOf(store)
    await lookAround(api, base, handle)
    expect(await contentsOf(store)).toBe(before)
  })

  it('edits, destroys, brings back and expires, and the app sees it', async () => {
    const { api, visit, sessions } = await appOn(store)
    const { handle, cookie } = await visit({ cart: [1], token: 'canary' }, 'ada')
    const path = `/api/v1/sessions/${handle}`
    const dataOf = async () => ({ ...(await sessions.open(cookie)).data })
    const { version } = (await api<DetailBody>('GET', path)).body
    const edit = { body: { set: { cart: [] } }, headers: { 'If-Match': `"${version}"` } }
    expect((await api('PATCH', path, edit)).status).toBe(200)
    expect((await api('PATCH', path, edit)).status).toBe(412)
    expect(await dataOf()).toEqual({ cart: [], token: 'canary' })
    expect((await api('DELETE', path)).status).toBe(200)
    expect((await sessions.open(cookie)).verdict.load).toBe('unknown')
    expect((await api('POST', `${path}/undo`)).status).toBe(200)
    expect(await dataOf()).toEqual({ cart: [], token: 'canary' })
    const made = (await api<{ cookie: string }>('POST', `${path}/cookie`)).body
    expect((await sessions.open(made.cookie)).owner).toBe('ada')
    const { changes } = (await api<{ changes: { kind: string }[] }>('GET', `${path}/history`)).body
    expect(changes.map(({ kind }) => kind)).toEqual(['restored', 'ended', 'updated', 'created'])
    expect((await api('POST', `${path}/expire`)).status).toBe(200)
    expect((await sessions.open(cookie)).verdict.load).toBe('expired-idle')
  })
})
