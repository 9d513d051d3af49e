// Without a framework: the middleware gives a promise when it gets no `next`.
import { createServer } from 'node:http'
import { session } from 'sessmw'

const { SESSION_SECRET, PORT = 3000 } = process.env
if (!SESSION_SECRET) throw new Error('Set SESSION_SECRET: `npx sessmw secret` prints one.')

const loadSession = session({ secretKey: SESSION_SECRET })

const server = createServer(async (req, res) => {
  try {
    await loadSession(req, res)
    await answer(req, res)
  } catch (error) {
    console.error(error)
    res.writeHead(error.status ?? 500).end()
  }
})

async function answer(req, res) {
  if (req.method === 'POST' && req.url === '/logout') {
    await req.session.destroy()
    res.writeHead(303, { Location: '/' }).end()
    return
  }
  req.session.visits = (req.session.visits ?? 0) + 1
  res.setHeader('Content-Type', 'application/json')
  res.end(JSON.stringify({ visits: req.session.visits }))
}

server.listen(PORT, () => console.log(`http://localhost:${server.address().port}`))
