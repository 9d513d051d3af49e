import { once } from 'node:events'
import type { Response } from 'express'
import fc from 'fast-check'
import type { Context, Handler, Scenario, SessionRequest } from './harness.js'

/** One thing that a handler does to its session. */
type Act =
  | { readonly kind: 'set'; readonly key: string; readonly value: unknown }
  | { readonly kind: 'delete'; readonly key: string }
  | { readonly kind: 'deepen' }
  | { readonly kind: 'regenerate' | 'destroy' | 'save' | 'reload' | 'touch' | 'null' | 'unset' | 'generate' }
  | { readonly kind: 'maxAge'; readonly ms: number | null }
  | { readonly kind: 'expires'; readonly in: number | null | false }
  | { readonly kind: 'attribute'; readonly name: string; readonly value: unknown }

type Ending = 'end' | 'send' | 'json' | 'redirect' | 'writeHead' | 'length' | 'later' | 'throw'

/** What happens in one request: acts, for a stream the first byte and more acts, and an ending. */
interface Plan {
  readonly acts: readonly Act[]
  readonly streamed: readonly Act[] | null
  readonly ending: Ending
  /** Whether the connection breaks before the response ends. */
  readonly breaks: boolean
  readonly after: number
  readonly visitor: 'same' | 'stranger' | 'forger'
  readonly method: 'GET' | 'HEAD'
}

const key = fc.constantFrom('a', 'b', 'user', 'cookieless')
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('set' as const), key, value: fc.jsonValue({ maxDepth: 2 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), key }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'deepen' as const }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        ...(['regenerate', 'destroy', 'save', 'reload', 'touch', 'null', 'unset', 'generate'] as const),
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('maxAge' as const),
      ms: fc.constantFrom(null, 1000, 60_000, 0),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('expires' as const),
      in: fc.constantFrom(null, false as const, 5000, 90_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.oneof(
      fc.record({
        kind: fc.constant('attribute' as const),
        name: fc.constant('sameSite'),
        value: fc.constantFrom('lax', true, false, 'bogus'),
      }),
      fc.record({
        kind: fc.constant('attribute' as const),
        name: fc.constantFrom('secure', 'httpOnly', 'partitioned'),
        value: fc.boolean(),
      }),
    ),
  },
)

/** What gives up or looks up what a stream has saved early: see `explained-differences.ts`. */
const GIVING_UP: ReadonlySet<string> = new Set([
  'reload',
  'delete',
  'null',
  'unset',
  'generate',
  'regenerate',
  'destroy',
])
const acts = fc.array(act, { maxLength: 4 })
const endings: Ending[] = ['end', 'send', 'json', 'redirect', 'writeHead', 'length', 'later', 'throw']
const plan: fc.Arbitrary<Plan> = fc.record({
  acts,
  streamed: fc.option(acts, { freq: 4 }),
  breaks: fc.integer({ max: 7, min: 0 }).map((one) => one === 7),
  ending: fc.constantFrom(...endings),
  after: fc.constantFrom(0, 0, 500, 30_000),
  visitor: fc.constantFrom(
    'same' as const,
    'same' as const,
    'same' as const,
    'same' as const,
    'stranger' as const,
    'forger' as const,
  ),
  method: fc.constantFrom('GET' as const, 'GET' as const, 'GET' as const, 'HEAD' as const),
})

const withoutBad = (all: readonly Act[]) =>
  all.filter((one) => one.kind !== 'attribute' || one.value !== 'bogus')
// Node writes no headers of a response that nobody gets, so express-session does not find a bad cookie there.
const plans = fc.array(plan, { minLength: 1, maxLength: 6 }).map((all) =>
  all.every(({ breaks }) => !breaks)
    ? all
    : all.map(({ acts, streamed, ...rest }) => ({
        ...rest,
        acts: withoutBad(acts),
        streamed: streamed && withoutBad(streamed),
      })),
)

const options = fc.record({
  resave: fc.boolean(),
  saveUninitialized: fc.boolean(),
  rolling: fc.boolean(),
  unset: fc.constantFrom('keep' as const, 'destroy' as const, undefined),
  cookie: fc.constantFrom(
    {},
    { maxAge: 60_000 },
    { maxAge: 1000, sameSite: 'lax' as const },
    { secure: true },
  ),
})

const store = fc.record({
  sync: fc.boolean(),
  noTouch: fc.boolean(),
  fails: fc.constantFrom({}, {}, {}, {}, { touch: 1 }, { destroy: 1 }),
})

export interface RandomScenario extends Scenario {
  /** Whether a handler writes before it ends the response. */
  readonly streams: boolean
  /** The paths of those that give up or look up then what may have been saved before it. */
  readonly givingUp: readonly string[]
}

export const randomScenario: fc.Arbitrary<RandomScenario> = fc
  .record({ options, store, plans })
  .map(({ options, store, plans }) => ({
    options,
    store,
    streams: plans.some(({ streamed }) => streamed !== null),
    givingUp: plans.flatMap(({ streamed }, index) =>
      streamed?.some(({ kind }) => GIVING_UP.has(kind)) ? [`/${index}`] : [],
    ),
    handler: handlerOf(plans),
    requests: plans.map(({ after, visitor, method, breaks }, index) => ({
      path: `/${index}`,
      after,
      method,
      breaks,
      ...(visitor === 'stranger' && { cookie: '' }),
      ...(visitor === 'forger' && {
        cookie: 'connect.sid=s%3Aid-1.bm90IGEgc2lnbmF0dXJlIGJ1dCBvZiBpdHMgbGVuZ3RoLi4',
      }),
    })),
    toString: () => JSON.stringify({ options, store, plans }),
  }))

function handlerOf(plans: readonly Plan[]): Handler {
  return async (req, res, next, context) => {
    const found = plans[Number(req.path.slice(1))]
    if (found === undefined) return next()
    context.note(`request ${req.path}`)
    for (const one of found.acts) await perform(one, req, context)
    const { streamed } = found
    if (streamed === null || found.ending === 'throw') {
      if (found.breaks) await breakOff(req, res)
      finish(found.ending, req, res)
      return
    }
    context.note('writes')
    res.write('first ')
    context.note('has written')
    for (const one of streamed) await perform(one, req, context)
    if (found.breaks) await breakOff(req, res)
    context.note('ends')
    res.end('last')
  }
}

/** As if the client had gone. */
export async function breakOff(req: SessionRequest, res: Response): Promise<void> {
  const closed = once(res, 'close')
  req.socket.destroy()
  await closed
}

function finish(ending: Ending, req: SessionRequest, res: Response): void {
  if (ending === 'end') res.end()
  else if (ending === 'send') res.send(String(req.sessionID))
  else if (ending === 'json') res.json(req.session ?? null)
  else if (ending === 'redirect') res.redirect('/elsewhere')
  else if (ending === 'writeHead') res.writeHead(201, { 'Set-Cookie': ['x=1', 'y=2'] }).end('made')
  else if (ending === 'length') res.set('Content-Length', '4').end('text')
  else if (ending === 'later') setImmediate(() => res.end('later'))
  else throw new Error('the handler failed')
}

function perform(act: Act, req: SessionRequest, { note }: Context): Promise<void> | undefined {
  const { session } = req
  if (!session) return undefined
  const called = (call: (callback: (error?: unknown) => void) => unknown) =>
    new Promise<void>((resolve) => {
      call((error) => {
        note(`${act.kind} ${error instanceof Error ? error.message : 'done'} ${JSON.stringify(req.session)}`)
        resolve()
      })
    })
  if (act.kind === 'set') session[act.key] = act.value
  else if (act.kind === 'delete') delete session[act.key]
  else if (act.kind === 'deepen') session.deep = { deeper: session.deep }
  else if (act.kind === 'touch') session.touch()
  else if (act.kind === 'generate') req.sessionStore.generate(req)
  else if (act.kind === 'null') Object.assign(req, { session: null })
  else if (act.kind === 'unset') Reflect.deleteProperty(req, 'session')
  else if (act.kind === 'maxAge') Object.assign(session.cookie, { maxAge: act.ms })
  else if (act.kind === 'expires')
    Object.assign(session.cookie, { expires: act.in ? new Date(Date.now() + act.in) : act.in })
  else if (act.kind === 'attribute') Object.assign(session.cookie, { [act.name]: act.value })
  else {
    const method = session[act.kind] as (callback: (error?: unknown) => void) => unknown
    return called((callback) => method.call(session, callback))
  }
  return undefined
}
