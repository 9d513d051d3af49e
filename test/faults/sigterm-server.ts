// A server for sigterm.test.ts, in a process of its own: it tells its parent how many saves have begun, and does with
// them what the parent says.
import express from 'express'
import { MemoryStore, type SessmwError, type Store, session } from '../../src/index.js'

const [mode] = process.argv.slice(2)
const memory = new MemoryStore()
let letGo = () => {}
const released = new Promise<void>((resolve) => {
  letGo = resolve
})
let begun = 0

const store: Store = {
  read: (...args) => memory.read(...args),
  update: (...args) => memory.update(...args),
  touch: (...args) => memory.touch(...args),
  delete: (...args) => memory.delete(...args),
  async create(...args) {
    begun++
    process.send?.({ begun })
    await (mode === 'hang' ? new Promise(() => {}) : released)
    return memory.create(...args)
  },
}

const app = express()
app.use(session({ secretKey: 'sigterm-secret-0123456789-abcdefghijk', store, storeTimeout: 0.5 }))
app.get('/', (req, res) => {
  req.session.user = 'u1'
  res.json({ ok: true })
})
app.use((error: SessmwError, _req: express.Request, res: express.Response, _next: express.NextFunction) => {
  res.status(error.status).json({ code: error.code })
})

const server = app.listen(0, '127.0.0.1', () => process.send?.({ address: server.address() }))
process.on('SIGTERM', () => {
  server.close()
  process.disconnect()
  letGo()
})
