// One session for the pages and for the sockets of a browser.
import { createServer } from 'node:http'
import express from 'express'
import { session } from 'sessmw'
import { Server } from 'socket.io'

const { SESSION_SECRET, PORT = 3000 } = process.env
if (!SESSION_SECRET) throw new Error('Set SESSION_SECRET: `npx sessmw secret` prints one.')

const withSession = session({ secretKey: SESSION_SECRET })
const app = express()
app.use(withSession)

app.get('/', (req, res) => {
  req.session.visits = (req.session.visits ?? 0) + 1
  res.json({ visits: req.session.visits, likes: req.session.likes ?? 0 })
})

app.post('/logout', async (req, res) => {
  await req.session.destroy()
  res.redirect(303, '/')
})

const server = createServer(app)
const io = new Server(server)
io.engine.use(withSession)

io.on('connection', (socket) => {
  socket.on('like', async (answer) => {
    try {
      // A socket lives longer than a request: read what the pages have changed meanwhile, and save at once.
      await socket.request.session.reload()
      const { session } = socket.request
      session.likes = (session.likes ?? 0) + 1
      await session.save()
      answer({ visits: session.visits, likes: session.likes })
    } catch (error) {
      answer({ error: error.code })
      if (error.code === 'session-gone') socket.disconnect()
    }
  })
})

server.listen(PORT, () => console.log(`http://localhost:${server.address().port}`))
