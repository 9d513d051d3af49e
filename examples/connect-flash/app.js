// connect-flash keeps its messages in the session until a page shows them.
import flash from 'connect-flash'
import express from 'express'
import { session } from 'sessmw'

const { SESSION_SECRET, PORT = 3000 } = process.env
if (!SESSION_SECRET) throw new Error('Set SESSION_SECRET: `npx sessmw secret` prints one.')

const app = express()
app.use(session({ secretKey: SESSION_SECRET }))
app.use(flash())

app.get('/', (req, res) => {
  res.json({ info: req.flash('info') })
})

app.post('/settings', (req, res) => {
  req.flash('info', 'Your settings are saved.')
  res.redirect(303, '/')
})

const server = app.listen(PORT, (error) => {
  if (error) throw error
  console.log(`http://localhost:${server.address().port}`)
})
