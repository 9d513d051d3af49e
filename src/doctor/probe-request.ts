import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { TLSSocket } from 'node:tls'
import { SessmwError } from '../errors.js'
import type { HeaderLines } from './exchange.js'
import { printable, shownUrl } from './masking.js'

/** More of a body is not read. */
const MAX_BODY = 1 << 20

/** The answer to a GET. */
export interface Reply {
  readonly status: number
  readonly headers: HeaderLines
  /** Whether the body came to its end within size and time, so that the app has finished with the request. */
  readonly complete: boolean
  /** Why a browser would not trust the certificate, in OpenSSL's word for it. */
  readonly untrusted: string | undefined
}

/**
 * One GET that follows no redirect, on a connection of its own. A certificate that nobody trusts is reported, not
 * refused: nothing is sent that the server has not sent before.
 *
 * @param timeout Seconds until the answer has to be complete; one that has begun by then is cut off.
 * @throws SessmwError `io` when there is no answer in HTTP
 */
export function get(url: URL, headers: Readonly<Record<string, string>>, timeout: number): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? requestHttps : requestHttp
    const outgoing = send(url, { headers, agent: false, rejectUnauthorized: false })
    let answered = false
    const timer = setTimeout(
      () => outgoing.destroy(answered ? undefined : new Error('timeout')),
      timeout * 1000,
    )
    outgoing.on('error', (cause) => {
      // Of an answer that has begun, the headers are enough: that its end is missing is a part of the reply.
      if (answered) return
      clearTimeout(timer)
      reject(new SessmwError('io', messageFor(cause, url, timeout), { cause }))
    })
    outgoing.on('response', (response) => {
      answered = true
      const { statusCode: status = 0, rawHeaders, socket } = response
      const untrusted =
        socket instanceof TLSSocket && !socket.authorized ? socket.authorizationError : undefined
      const finish = (complete: boolean) => {
        clearTimeout(timer)
        resolve({
          status,
          headers: pairsOf(rawHeaders),
          complete,
          untrusted: untrusted === undefined ? undefined : codeOf(untrusted),
        })
      }
      // A stream of events has no end to wait for (WHATWG HTML 9.2).
      if (response.headers['content-type']?.startsWith('text/event-stream')) outgoing.destroy()
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > MAX_BODY) outgoing.destroy()
      })
      response.on('error', () => finish(false))
      response.on('close', () => finish(response.complete))
    })
    outgoing.end()
  })
}

function pairsOf(raw: readonly string[]): HeaderLines {
  return raw.flatMap((name, index) => (index % 2 === 0 ? [[name, raw[index + 1] ?? ''] as const] : []))
}

/** Node's types say Error, Node says text. */
const codeOf = (problem: Error | string): string => (typeof problem === 'string' ? problem : problem.message)

const MESSAGES: Readonly<Record<string, (url: URL) => string>> = {
  ENOTFOUND: ({ hostname }) => `There is no host ${hostname}: its name cannot be resolved.`,
  EAI_AGAIN: ({ hostname }) => `The name ${hostname} cannot be resolved now: the DNS does not answer.`,
  ECONNREFUSED: ({ host }) => `Nothing listens at ${host}: start the app, or check the port.`,
  ECONNRESET: ({ host, protocol }) =>
    `${host} ended the connection without an answer${protocol === 'http:' ? '; does it want https?' : '.'}`,
  EPROTO: ({ host }) => `${host} does not speak TLS: try http://${host}.`,
  HPE_HEADER_OVERFLOW: ({ host }) => `${host} answers with more headers than Node reads.`,
}

function messageFor(cause: Error, url: URL, timeout: number): string {
  if (cause.message === 'timeout') return `${shownUrl(url)} did not answer within ${timeout} s.`
  const code = 'code' in cause ? String(cause.code) : ''
  if (code.startsWith('ERR_SSL') || /SSL routines/.test(cause.message)) return MESSAGES.EPROTO?.(url) ?? ''
  const message = MESSAGES[code]
  if (message !== undefined) return message(url)
  if (code.startsWith('HPE_')) return `${url.host} does not answer in HTTP.`
  return `${url.host} cannot be asked: ${printable(code === '' ? cause.message : code)}.`
}
