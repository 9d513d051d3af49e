import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Answer, SAFE_HEADERS } from './answer.js'

/**
 * Sends an answer; a body in parts is made no faster than the client takes it. Resolves also when the client went away.
 */
export async function respond(response: ServerResponse, { status, headers, body }: Answer): Promise<void> {
  response.statusCode = status
  for (const [name, value] of Object.entries({ ...SAFE_HEADERS, ...headers })) response.setHeader(name, value)
  if (typeof body === 'string') {
    response.end(body)
    return
  }
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  // Some proxies and every compression wait for more before they send anything.
  response.flushHeaders()
  try {
    await pipeline(Readable.from(typeof body === 'function' ? body(gone.signal) : body), response)
  } catch (error) {
    const isGone = error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE'
    if (!isGone) throw error
  }
}
