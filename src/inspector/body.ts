import type { IncomingMessage } from 'node:http'
import { CallError } from './answer.js'

/** The size of a body at most, in bytes: several times what a session may hold. */
const MAX_BODY = 256 * 1024

/** The JSON object of a request; an empty body is an empty object. Rejects with `body-too-large` or `bad-json`. */
export async function readBody(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const text = request.readableEnded ? undefined : await readText(request)
  // A parser of the app was there first; it has left what it made of the body.
  const body: unknown = text === undefined ? Reflect.get(request, 'body') : parse(text)
  if (body === undefined || body === null) return {}
  if (typeof body === 'object' && !Array.isArray(body)) return body as Record<string, unknown>
  throw new CallError(400, 'bad-json', 'The body must be a JSON object.')
}

function readText(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    let size = 0
    const take = (part: Buffer): void => {
      size += part.length
      parts.push(part)
      if (size > MAX_BODY) refuse()
    }
    const refuse = (): void => {
      request.off('data', take).resume()
      reject(tooLarge())
    }
    if (Number(request.headers['content-length'] ?? 0) > MAX_BODY) refuse()
    else request.on('data', take)
    request.on('end', () => resolve(Buffer.concat(parts).toString()))
    request.on('error', reject)
  })
}

/** What is still to come of the body is not waited for, so the connection ends with the answer. */
function tooLarge(): CallError {
  const message = `The body has more than ${MAX_BODY} bytes.`
  return new CallError(413, 'body-too-large', message, { headers: { Connection: 'close' } })
}

function parse(text: string): unknown {
  if (text.trim() === '') return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) throw new CallError(400, 'bad-json', 'The body is not JSON.')
    throw error
  }
}
