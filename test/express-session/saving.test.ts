import { describe, expect, it } from 'vitest'
import { bothShow, type Handler } from './harness.js'
import { count, show, text } from './scenarios.js'

const MINUTE = 60_000
const methods = (log: readonly string[]) =>
  log.filter((line) => /^(?:get|set|touch|destroy) id/.test(line)).map((line) => line.split(' ', 1)[0])

describe('resave', () => {
  it('true saves a session that was not modified', async () => {
    const { log } = await bothShow({ options: { resave: true }, handler: show, requests: ['/set', '/'] })
    expect(methods(log)).toEqual(['set', 'get', 'set'])
  })

  it('false touches it instead', async () => {
    const { log } = await bothShow({ handler: show, requests: ['/set', '/'] })
    expect(methods(log)).toEqual(['set', 'get', 'touch'])
  })

  it('false does nothing where the store cannot touch', async () => {
    const { log } = await bothShow({ store: { noTouch: true }, handler: show, requests: ['/set', '/'] })
    expect(methods(log)).toEqual(['set', 'get'])
  })

  it('false saves what was modified deep inside', async () => {
    const handler: Handler = (req, res) => {
      const nested = (req.session.nested ?? { items: [] }) as { items: number[] }
      nested.items.push(nested.items.length)
      req.session.nested = nested
      res.end()
    }
    const { log, rows } = await bothShow({ handler, requests: ['/', '/'] })
    expect(methods(log)).toEqual(['set', 'get', 'set'])
    expect(rows).toMatchObject({ 'id-1': { nested: { items: [0, 1] } } })
  })
})

describe('rolling', () => {
  const options = { rolling: true, cookie: { maxAge: MINUTE } }

  it('sends the cookie with every response, its expiry counted from now', async () => {
    const requests = ['/set', { path: '/', after: 10_000 }, { path: '/', after: 10_000 }]
    const { answers } = await bothShow({ options, handler: show, requests })
    expect(answers.map((answer) => /Expires=.*?(\d\d:\d\d:\d\d)/.exec(text(answer))?.[1])).toEqual([
      '00:01:00',
      '00:01:10',
      '00:01:20',
    ])
  })

  it('sends none for a session that is new and empty, unless such sessions are saved', async () => {
    const { answers } = await bothShow({ options, handler: show, requests: ['/'] })
    expect(answers[0]?.setCookies).toEqual([])
    const saved = await bothShow({
      options: { ...options, saveUninitialized: true },
      handler: show,
      requests: ['/'],
    })
    expect(saved.answers[0]?.setCookies).toHaveLength(1)
  })

  it('false counts the expiry of the cookie from the last modification', async () => {
    const requests = ['/set', { path: '/', after: 10_000 }, { path: '/more', after: 10_000 }]
    const handler: Handler = (req, res) => {
      if (req.path !== '/') req.session.at = req.path
      res.end()
    }
    const { answers } = await bothShow({ options: { cookie: { maxAge: MINUTE } }, handler, requests })
    expect(answers.map(({ setCookies }) => setCookies.length)).toEqual([1, 0, 1])
  })

  it('false does not send the cookie of a browser session again when it is modified', async () => {
    const { answers } = await bothShow({ handler: count, requests: ['/', '/'] })
    expect(answers.map(({ setCookies }) => setCookies.length)).toEqual([1, 0])
  })
})

describe('saveUninitialized', () => {
  it('true saves a session that is new and empty, and sends its cookie', async () => {
    const { answers, log } = await bothShow({
      options: { saveUninitialized: true },
      handler: show,
      requests: ['/', '/'],
    })
    expect(methods(log)).toEqual(['set', 'get', 'touch'])
    expect(answers[0]?.setCookies).toHaveLength(1)
  })

  it('false does neither', async () => {
    const { answers, log } = await bothShow({ handler: show, requests: ['/', '/'] })
    expect(log).toEqual([])
    expect(answers[0]?.setCookies).toEqual([])
  })

  it('false saves a session that is new and empty when the app says so', async () => {
    const handler: Handler = (req, res) => void req.session.save(() => res.end())
    const { answers, log } = await bothShow({ handler, requests: ['/'] })
    expect(methods(log)).toEqual(['set'])
    expect(answers[0]?.setCookies).toEqual([])
  })

  it.each([
    [true, true],
    [true, false],
    [false, true],
  ])('and resave left out are %s and %s', async (resave, saveUninitialized) => {
    const defaults = { resave: undefined, saveUninitialized: undefined }
    const left = await bothShow({ options: defaults, handler: show, requests: ['/', '/'] })
    const given = await bothShow({
      options: { resave, saveUninitialized },
      handler: show,
      requests: ['/', '/'],
    })
    expect(methods(left.log).join() === methods(given.log).join()).toBe(resave && saveUninitialized)
  })
})

describe('unset', () => {
  const unsetting: Handler = (req, res) => {
    if (req.path === '/null') Object.assign(req, { session: null })
    else if (req.path === '/delete') Reflect.deleteProperty(req, 'session')
    else req.session.n = 1
    res.send(req.path)
  }

  it.each(['/null', '/delete'])('destroy removes the session at the end: %s', async (path) => {
    const { log, rows } = await bothShow({
      options: { unset: 'destroy' },
      handler: unsetting,
      requests: ['/', path, path],
    })
    expect(methods(log)).toEqual(['set', 'get', 'destroy', 'get', 'destroy'])
    expect(rows).toEqual({})
  })

  it.each(['keep' as const, undefined])('%s keeps it as it was', async (unset) => {
    const handler: Handler = (req, res, next, context) => {
      if (req.path === '/null') req.session.lost = true
      unsetting(req, res, next, context)
    }
    const { rows, log } = await bothShow({ options: { unset }, handler, requests: ['/', '/null'] })
    expect(methods(log)).toEqual(['set', 'get'])
    expect(rows).toMatchObject({ 'id-1': { n: 1 } })
  })

  it('destroy of a session that was never saved still asks the store', async () => {
    const { log } = await bothShow({ options: { unset: 'destroy' }, handler: unsetting, requests: ['/null'] })
    expect(methods(log)).toEqual(['destroy'])
  })

  it('destroy reports an error of the store after the response', async () => {
    const { answers, log } = await bothShow({
      options: { unset: 'destroy' },
      store: { fails: { destroy: 0 } },
      handler: unsetting,
      requests: ['/', '/null'],
    })
    expect(answers[1]?.status).toBe(200)
    expect(log.at(-1)).toBe('error the store failed to destroy')
  })
})
