import { connect } from 'node:net'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { answerJson } from '../../src/inspector/answer.js'
import { Newest } from '../../src/inspector/newest.js'
import { respond } from '../../src/inspector/respond.js'
import { closeAll, listen } from './inspector-helpers.js'

afterEach(closeAll)

describe('an answer in parts', () => {
  function* endless(onEnd: () => void): Generator<string> {
    try {
      for (;;) yield 'part '.repeat(1000)
    } finally {
      onEnd()
    }
  }

  it('is made no further once the client has gone, which is no error', async () => {
    let wasEnded = false
    const answered = new Promise<void>((resolve, reject) => {
      listen((_request, response) => {
        const body = endless(() => {
          wasEnded = true
        })
        respond(response, answerJson(body)).then(resolve, reject)
      }).then((port) => {
        const socket = connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'))
        socket.once('data', () => socket.destroy())
      }, reject)
    })
    await expect(answered).resolves.toBeUndefined()
    expect(wasEnded).toBe(true)
  })

  it('that cannot be made is an error', async () => {
    const failure = new Error('no more')
    const answered = new Promise<void>((resolve, reject) => {
      listen((_request, response) => {
        const body = (function* () {
          yield 'one'
          throw failure
        })()
        respond(response, answerJson(body)).then(resolve, reject)
      }).then((port) => connect(port, '127.0.0.1').end('GET / HTTP/1.1\r\nHost: a\r\n\r\n'), reject)
    })
    await expect(answered).rejects.toBe(failure)
  })
})

describe('the newest', () => {
  it('of any order of times are the latest, newest first', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20)), fc.integer({ min: 1, max: 5 }), (times, limit) => {
        const newest = new Newest<{ lastSeenAt: number }>(limit)
        for (const lastSeenAt of times) newest.add({ lastSeenAt })
        const expected = times.toSorted((one, other) => other - one).slice(0, limit)
        expect(newest.list().map(({ lastSeenAt }) => lastSeenAt)).toEqual(expected)
      }),
    )
  })
})
