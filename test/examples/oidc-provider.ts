import { createHash, randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { serve } from '../support/http.js'

export const CLIENT_ID = 'sessmw-example'
export const CLIENT_SECRET = 'client-secret-of-the-test'

/** Who is logged in at the provider. */
const USER = { sub: 'user-1', email: 'ada@example.com' }

/**
 * A small OpenID Connect provider at which somebody is logged in already: authorization code flow with PKCE, each code
 * good for one exchange. Its tokens are not signed; over the back channel a client need not look (OIDC Core 3.1.3.7).
 *
 * @returns its issuer.
 */
export async function startProvider(): Promise<string> {
  const grants = new Map<string, URLSearchParams>()
  return serve(async (request, response) => {
    const url = new URL(request.url ?? '', 'http://provider')
    if (url.pathname === '/authorize') authorize(grants, url.searchParams, response)
    else if (url.pathname === '/token') await exchange(grants, request, response)
    else response.writeHead(404).end()
  })
}

function authorize(grants: Map<string, URLSearchParams>, asked: URLSearchParams, response: ServerResponse) {
  const code = randomUUID()
  grants.set(code, asked)
  const back = new URL(asked.get('redirect_uri') ?? '')
  back.searchParams.set('code', code)
  back.searchParams.set('state', asked.get('state') ?? '')
  response.writeHead(302, { location: back.href }).end()
}

async function exchange(
  grants: Map<string, URLSearchParams>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const form = new URLSearchParams(await text(request))
  const code = form.get('code') ?? ''
  const asked = grants.get(code)
  grants.delete(code)
  const challenge = createHash('sha256')
    .update(form.get('code_verifier') ?? '')
    .digest('base64url')
  const isRight =
    asked?.get('scope') === 'openid email' &&
    asked.get('code_challenge') === challenge &&
    form.get('client_id') === CLIENT_ID &&
    form.get('client_secret') === CLIENT_SECRET
  response.writeHead(isRight ? 200 : 400, { 'content-type': 'application/json' })
  if (!isRight) response.end(JSON.stringify({ error: 'invalid_grant' }))
  else {
    const id_token = unsigned({ ...USER, aud: CLIENT_ID, nonce: asked.get('nonce') })
    response.end(JSON.stringify({ access_token: randomUUID(), token_type: 'Bearer', id_token }))
  }
}

function unsigned(claims: object): string {
  const parts = [{ alg: 'none' }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  )
  return `${parts.join('.')}.`
}
