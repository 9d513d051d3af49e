// Express 5 in TypeScript; `npx tsx app.ts` runs it, and so does Node.js itself from 22.18 on.
import type { AddressInfo } from 'node:net'
import express from 'express'
import { session, sessionOf } from 'sessmw'
import 'sessmw/augment'

declare module 'sessmw' {
  interface SessionData {
    cart: string[]
  }
}

const { SESSION_SECRET, PORT = '3000' } = process.env
if (!SESSION_SECRET) throw new Error('Set SESSION_SECRET: `npx sessmw secret` prints one.')

const app = express()
app.use(session({ secretKey: SESSION_SECRET }))
app.use(express.json())

app.get('/', (req, res) => {
  res.json({ user: sessionOf(req).owner ?? null, cart: req.session.cart ?? [] })
})

app.post('/cart', (req, res) => {
  req.session.cart = [...(req.session.cart ?? []), String(req.body.item)]
  res.redirect(303, '/')
})

// Here the password would be checked. The cart comes along, anything else stays behind.
app.post('/login', async (req, res) => {
  await sessionOf(req).login(String(req.body.user), { keep: ['cart'] })
  res.redirect(303, '/')
})

app.post('/logout', async (req, res) => {
  await sessionOf(req).logout()
  res.redirect(303, '/')
})

const server = app.listen(Number(PORT), (error) => {
  if (error) throw error
  console.log(`http://localhost:${(server.address() as AddressInfo).port}`)
})
