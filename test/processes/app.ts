// One of several processes of an app: an Express app on the store that STORE_URL names. Prints its address when it is up.
import type { AddressInfo } from 'node:net'
import express from 'express'
import { session, sessionOf } from '../../src/index.js'
import { openStore } from '../../src/stores/open-store.js'

const store = await openStore(process.env.STORE_URL ?? '')
await store.ready()
const middleware = session({
  secretKey: 'the-secret-of-both-processes-0123456789',
  store,
  storeTimeout: Number(process.env.STORE_TIMEOUT ?? 10),
})
/** What opens the gate of each slow request. */
const gates = new Map<string, () => void>()

const app = express()
app.get('/release/:name', (req, res) => {
  gates.get(req.params.name)?.()
  res.json({ released: gates.delete(req.params.name) })
})
app.use(middleware)
app.get('/login/:user', async (req, res) => {
  await sessionOf(req).login(req.params.user)
  req.session['user'] = req.params.user
  res.json({ handle: sessionOf(req).handle })
})
app.get('/logout', async (req, res) => {
  await sessionOf(req).logout()
  res.json({ ok: true })
})
app.get('/me', (req, res) => {
  res.json({ data: { ...req.session.getSession() }, load: sessionOf(req).verdict.load })
})
app.get('/set/:key', (req, res) => {
  req.session[req.params.key] = true
  res.json({ ok: true })
})
app.get('/increment', async (req, res) => {
  let n = 0
  await sessionOf(req).update('n', (old) => {
    n = (typeof old === 'number' ? old : 0) + 1
    return n
  })
  res.json({ n })
})
/** Has loaded the session when it writes its first bytes to stdout, and saves after its release. */
app.get('/slow/:name', async (req, res) => {
  const { name } = req.params
  req.session[name] = true
  await new Promise<void>((open) => {
    gates.set(name, open)
    process.stdout.write(`${JSON.stringify({ loaded: name })}\n`)
  })
  res.json({ ok: true })
})
app.get('/renew', async (req, res) => {
  await sessionOf(req).regenerate({ keep: ['user'] })
  req.session['renewed'] = true
  res.json({ ok: true })
})
app.get('/end/revoke/:handle', async (req, res) => {
  res.json({ revoked: await middleware.sessions.revoke(req.params.handle) })
})
app.get('/end/owner/:owner', async (req, res) => {
  res.json({ revoked: await middleware.sessions.revokeOwner(req.params.owner) })
})
app.use(((error, _req, res, _next) => {
  res.status(error.status ?? 500).json({ code: error.code, cause: String(error.cause ?? '') })
}) satisfies express.ErrorRequestHandler)

const server = app.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`)
})
// The test that started it has ended.
process.stdin.resume().once('end', () => process.exit())
