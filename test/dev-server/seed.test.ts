import { describe, expect, it } from 'vitest'
import { createSessions } from '../../src/core/create-sessions.js'
import { madeUpSeeds, parseSeeds, plantSeeds, seedCount } from '../../src/dev-server/seed.js'

describe('seeds', () => {
  it('are made up in any number, most with an owner', () => {
    const seeds = madeUpSeeds(7)
    expect(seeds.map(({ owner }) => owner !== undefined)).toEqual([
      true,
      true,
      false,
      true,
      true,
      false,
      true,
    ])
    expect(new Set(seeds.map(({ data }) => JSON.stringify(data))).size).toBe(7)
  })

  it.each([
    ['[{"data":{"a":1},"owner":"ada"},{"data":{}}]'],
    [
      '{"now":1,"sessions":[{"handle":"x","data":{"a":1},"owner":"ada","createdAt":1},{"data":{},"owner":null}]}',
    ],
  ])('come from a list, or from a dump: %s', (text) => {
    expect(parseSeeds(text, 'seeds.json')).toEqual([
      { data: { a: 1 }, owner: 'ada', from: 'seeds.json, session 1' },
      { data: {}, from: 'seeds.json, session 2' },
    ])
  })

  it.each(['', '{', '{}', '7', 'null', '[1]', '[{"owner":"ada"}]', '[{"data":[]}]', '[{"data":null}]'])(
    'do not come from %j',
    (text) => {
      const message = expect.stringContaining('seeds.json of --seed')
      expect(() => parseSeeds(text, 'seeds.json')).toThrow(
        expect.objectContaining({ code: 'usage', message }),
      )
    },
  )

  it.each(['__proto__', 'constructor', 'save', '$sessmw.x'])('do not come with the key %s', (key) => {
    const text = `[{"data":{}},{"data":{"a":1,"${key}":1}}]`
    const message = `seeds.json, session 2: "${key}" cannot be a data key, for it is reserved.`
    expect(() => parseSeeds(text, 'seeds.json')).toThrow(expect.objectContaining({ code: 'usage', message }))
  })

  it.each([
    ['a key that changes prototypes', '{"a":{"__proto__":1}}', 'session.a.__proto__'],
    ['more than a session holds', JSON.stringify({ a: 'x'.repeat(70_000) }), 'maxBytes'],
  ])('do not become sessions with %s', async (_what, data, words) => {
    const sessions = createSessions<Record<string, unknown>>({
      secretKey: 'a secret of the seed tests, long enough',
    })
    const seeds = parseSeeds(`[{"data":${data}}]`, 'seeds.json')
    const message = expect.stringMatching(new RegExp(`^seeds\\.json, session 1: .*${words}`))
    await expect(plantSeeds(sessions, seeds)).rejects.toMatchObject({ code: 'usage', message })
  })

  it('are a thousand at most', () => {
    expect(seedCount('1000')).toBe(1000)
    for (const text of ['0', '1001', '']) expect(() => seedCount(text)).toThrow('from 1 to 1000')
    const many = JSON.stringify(Array(1001).fill({ data: {} }))
    expect(() => parseSeeds(many, 'seeds.json')).toThrow('1000 at most')
  })

  it('become sessions with their data and owner', async () => {
    const secretKey = 'a secret of the seed tests, long enough'
    const sessions = createSessions<Record<string, unknown>>({ secretKey })
    await plantSeeds(sessions, [{ data: { a: 1 }, owner: 'ada' }, { data: { b: 2 } }])
    const { sessions: found } = await sessions.list()
    expect(found.map(({ owner }) => owner ?? null).sort()).toEqual(['ada', null])
  })
})
