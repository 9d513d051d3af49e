import { expect } from 'vitest'
import {
  bothShow,
  type Handler,
  modules,
  type Observation,
  type Scenario,
  type SessionModule,
  type SessionOptions,
} from './harness.js'
import { attributes, count } from './scenarios.js'

type Check = () => unknown

/** What a statement says in our words, the sentences below its heading where it stands, and what shows it. */
export type Row = readonly [sentences: number | readonly number[], says: string, check: Check]

/** Rows by the headings of the README. */
export type Table = Readonly<Record<string, readonly Row[]>>

export type CookieSettings =
  | Exclude<SessionOptions['cookie'], undefined>
  | { sameSite?: unknown; secure?: unknown }

export const HOUR = 3_600_000
export const HTTPS = { 'x-forwarded-proto': 'https' }

/** A request with an attribute of its Set-Cookie header, given these settings. */
export const gives = (cookie: CookieSettings, attribute: string): Check =>
  shows(visit(cookie), ({ answers }) => attributes(answers[0]), expect.arrayContaining([attribute]))

/** A request without an attribute, given these settings. */
export const lacks = (cookie: CookieSettings, name: string): Check =>
  shows(
    visit(cookie),
    ({ answers }) => [
      answers[0]?.setCookies.length,
      attributes(answers[0]).filter((one) => one.startsWith(name)),
    ],
    [1, []],
  )

const visit = (cookie: CookieSettings): Scenario => ({
  options: { cookie } as Partial<SessionOptions>,
  handler: count,
  requests: ['/shop/1'],
})

/** Both run the scenario alike, and this is what one sees. */
export const shows =
  (scenario: Scenario, of: (observation: Observation) => unknown, expected: unknown): Check =>
  async () =>
    expect(of(await bothShow(scenario))).toEqual(expected)

/** Both do the same without any request. */
export const each =
  (check: (session: SessionModule) => unknown): Check =>
  async () => {
    for (const session of Object.values(modules)) await check(session)
  }

/** Runs the handler of the path. */
export const routes =
  (handlers: Record<string, Handler>): Handler =>
  (req, res, next, context) =>
    (handlers[req.path] ?? ((_req, other) => other.end()))(req, res, next, context)

export const bodies = ({ answers }: Observation) => answers.map(({ body }) => body)
export const cookieCounts = ({ answers }: Observation) => answers.map(({ setCookies }) => setCookies.length)
export const ids = ({ rows }: Observation) => Object.keys(rows)
/** Which methods of the store were called, in order. */
export const calls = ({ log }: Observation) =>
  log
    .filter((line) => /^(?:get|set|touch|destroy) (?!answered)/.test(line))
    .map((line) => line.split(' ', 1)[0])
    .join(' ')
/** When the cookies end, as time of day. */
export const ends = ({ answers }: Observation) =>
  answers.map(({ setCookies }) => /Expires=.*?(\d\d:\d\d:\d\d)/.exec(setCookies.join())?.[1])
