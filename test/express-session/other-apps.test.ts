import { createRequire } from 'node:module'
import compression from 'compression'
import express, { type RequestHandler } from 'express'
import { describe, expect, it } from 'vitest'
import { Client, serve } from '../support/http.js'
import { modules, SECRET } from './harness.js'

const express4: typeof express = createRequire(import.meta.url)('express4')
const LONG = 'text '.repeat(1000)

const visit: RequestHandler = (req, res) => {
  const { session } = req as unknown as { session: { n?: number } }
  session.n = (session.n ?? 0) + 1
  res.type('text').send(`${session.n} ${LONG}`)
}

const squeeze = () => compression({ threshold: 0 }) as RequestHandler

/** Apps of other kinds, with a session middleware. */
const apps: Record<string, (session: RequestHandler) => Parameters<typeof serve>[0]> = {
  'Express 4': (session) => express4().use(session, visit),
  'compression() before it': (session) => express().use(squeeze(), session, visit),
  'compression() after it': (session) => express().use(session, squeeze(), visit),
  'plain node:http': (session) => (req, res) => {
    const request = Object.assign(req, { session: undefined as unknown as { n?: number } })
    session(req as never, res as never, () => {
      request.session.n = (request.session.n ?? 0) + 1
      res.writeHead(200, { 'Content-Type': 'text/plain' }).end(`${request.session.n} ${LONG}`)
    })
  },
  'a mounted router': (session) => express().use('/', express.Router().use(session, visit)),
}

describe.each(Object.keys(apps))('an app with %s', (name) => {
  it('has the same sessions, one request after the other', async () => {
    const seen = await Promise.all(
      Object.values(modules).map(async (module) => {
        const options = { secret: SECRET, resave: false, saveUninitialized: false, genid: () => 'id' }
        const client = new Client(await serve((apps[name] as (typeof apps)[string])(module(options))))
        const answers = [await client.get('/'), await client.get('/'), await client.get('/')]
        return answers.map(({ status, text, setCookies }) => ({ status, text, setCookies }))
      }),
    )
    const [original, ours] = seen
    expect(ours).toEqual(original)
    expect(ours?.map(({ text }) => text)).toEqual([`1 ${LONG}`, `2 ${LONG}`, `3 ${LONG}`])
  })
})
