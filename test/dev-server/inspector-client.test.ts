import { describe, expect, it } from 'vitest'
import { InspectorClient } from '../../src/dev-server/inspector-client.js'
import { serve } from '../support/http.js'

/** A client of an inspector that answers every call with this error. */
async function clientOf(error: object): Promise<InspectorClient> {
  const url = await serve((_request, response) => {
    response.writeHead(400, { 'Content-Type': 'application/json; charset=utf-8' })
    response.end(JSON.stringify({ error }))
  })
  return new InspectorClient(url, null)
}

describe('a call of the inspector', () => {
  it('rejects with the error of the store that it is told of', async () => {
    const message = 'RedisStore: url needs the package redis or ioredis: npm install redis.'
    const client = await clientOf({ code: 'bad-option', message, fix: 'Correct it.' })
    await expect(client.call('GET', 'info')).rejects.toMatchObject({
      ...{ code: 'bad-option', title: 'An option cannot be used', message, fix: 'Correct it.' },
    })
  })

  it('rejects with inspector-refused for a refusal of its own', async () => {
    const client = await clientOf({ code: 'token-required', message: 'This call needs the token.' })
    await expect(client.call('GET', 'info')).rejects.toMatchObject({
      ...{ code: 'inspector-refused', message: 'This call needs the token.' },
    })
  })
})
