import type { RequestHandler } from 'express'
import type { Answer, Handler } from './harness.js'

/** Counts visits in the session and answers with the count. */
export const count: Handler = (req, res) => {
  const n = (Number(req.session.n) || 0) + 1
  req.session.n = n
  res.send(String(n))
}

/** Only looks, unless the path is `/set`: answers with the session as JSON. */
export const show: Handler = (req, res) => {
  if (req.path === '/set') req.session.n = 1
  res.json(req.session)
}

/** Makes a request look as if it had come over TLS. */
export const withHttps: RequestHandler = (req, _res, next) => {
  Object.defineProperty(req, 'connection', { value: { ...req.socket, encrypted: true } })
  next()
}

/** The one Set-Cookie header of an answer. */
export function text(answer: Answer | undefined): string {
  return answer?.setCookies.join('\n') ?? ''
}

/** The attributes of the one Set-Cookie header of an answer. */
export function attributes(answer: Answer | undefined): string[] {
  return text(answer).split('; ').slice(1)
}
