import type { IncomingMessage } from 'node:http'
import { PreparedHmac } from '../cookie/prepared-hmac.js'
import { secretWeakness } from '../cookie/secret-strength.js'
import { type CookieOptions, checkCookie } from '../cookie/set-cookie.js'
import { SessmwError } from '../errors.js'
import type { Clock } from './clock.js'
import { looksLikeMilliseconds, parseDuration } from './duration.js'
import type { LifetimeOptions } from './expiry.js'
import type { FieldLimits } from './field-change.js'
import type { Logger } from './logger.js'
import {
  checkedGenerator,
  flag,
  functionOption,
  positive,
  propertyName,
  resolveLogger,
  resolvePolicy,
} from './option-checks.js'
import type { BaseSessionOptions, Duration, StoreErrorPolicy } from './options.js'
import { type RequestHeaders, skipTest } from './skip.js'
import { warnOnce } from './warnings.js'

const DAY_MS = 24 * 3_600_000

/** Options as they are used: every default filled in, every duration in milliseconds. */
export interface ResolvedOptions {
  readonly secrets: readonly string[]
  /** The same secrets, prepared to sign and verify cookies. */
  readonly preparedSecrets: readonly PreparedHmac[]
  readonly cookieName: string
  readonly cookie: CookieOptions
  readonly cookieFor: ((request: IncomingMessage) => CookieOptions) | undefined
  readonly lifetime: LifetimeOptions
  readonly touchEveryMs: number
  readonly sessionObject: string
  readonly skipHeader: ((headers: RequestHeaders) => boolean) | undefined
  readonly skip: ((request: IncomingMessage) => boolean) | undefined
  readonly ownerOf: BaseSessionOptions['ownerOf'] | undefined
  readonly trustProxy: boolean | undefined
  readonly lazy: boolean
  readonly onStoreError: (error: unknown, request?: IncomingMessage) => StoreErrorPolicy
  readonly storeTimeoutMs: number
  readonly limits: FieldLimits
  readonly logger: Logger | undefined
  readonly clock: Clock
  readonly generateId: () => string
}

/** Options of any cookie name, as `resolveOptions` reads them. */
export type AnyOptions = BaseSessionOptions & CookieOptions & { readonly sessionCookie?: string | undefined }

const KNOWN: Readonly<Record<keyof AnyOptions, true>> = {
  secretKey: true,
  store: true,
  sessionCookie: true,
  httpOnly: true,
  secure: true,
  sameSite: true,
  path: true,
  domain: true,
  partitioned: true,
  priority: true,
  maxAge: true,
  idleTimeout: true,
  absoluteLifetime: true,
  touchEvery: true,
  sessionObject: true,
  skipSessionHeader: true,
  skip: true,
  ownerOf: true,
  cookie: true,
  trustProxy: true,
  lazy: true,
  onStoreError: true,
  storeTimeout: true,
  maxBytes: true,
  maxDepth: true,
  logger: true,
  clock: true,
  generateId: true,
}

/** Words for people who come from express-session. */
const FORMER: Readonly<Record<string, string>> = {
  secret: 'It is called secretKey.',
  name: 'It is called sessionCookie.',
  key: 'It is called sessionCookie.',
  genid: 'It is called generateId.',
  proxy: 'It is called trustProxy.',
  resave: 'Leave it out: a session is saved if and only if it changed.',
  saveUninitialized: 'Leave it out: a session is created if and only if something was put in it.',
  rolling: 'Leave it out: the cookie is sent again whenever its expiry moves.',
  unset: 'Leave it out: req.session = null destroys the session.',
}

/**
 * Fills in every default and checks every option.
 *
 * @throws SessmwError `bad-option`, `bad-cookie` or `bad-secret`, naming the option and what fits.
 */
export function resolveOptions(options: AnyOptions): ResolvedOptions {
  checkNames(options)
  const { logger } = options
  const cookie: CookieOptions = {
    httpOnly: options.httpOnly ?? true,
    secure: options.secure ?? true,
    sameSite: options.sameSite ?? 'lax',
    path: options.path ?? '/',
    domain: options.domain,
    partitioned: options.partitioned,
    priority: options.priority,
  }
  const cookieName = options.sessionCookie ?? 'sid'
  checkCookie(cookieName, cookie)
  const duration = (name: DurationName) => readDuration(options[name], name, logger)
  const lifetime = resolveLifetime(duration)
  const secrets = resolveSecrets(options.secretKey, logger)
  return {
    secrets,
    preparedSecrets: secrets.map((secret) => new PreparedHmac(secret)),
    cookieName,
    cookie,
    cookieFor: functionOption(options, 'cookie'),
    lifetime,
    touchEveryMs: resolveTouch(duration('touchEvery'), lifetime),
    sessionObject: propertyName(options.sessionObject ?? 'session'),
    skipHeader: skipTest(options.skipSessionHeader),
    skip: functionOption(options, 'skip'),
    ownerOf: functionOption(options, 'ownerOf'),
    trustProxy: flag(options.trustProxy, 'trustProxy'),
    lazy: flag(options.lazy, 'lazy') ?? false,
    onStoreError: resolvePolicy(options.onStoreError ?? 'fail'),
    storeTimeoutMs: positive(duration('storeTimeout') ?? 2_000, 'storeTimeout'),
    limits: {
      maxBytes: positive(options.maxBytes ?? 65_536, 'maxBytes'),
      maxDepth: positive(options.maxDepth ?? 32, 'maxDepth'),
      onToJson: (path) => warnToJson(path, logger),
    },
    logger: resolveLogger(logger),
    clock: functionOption(options, 'clock') ?? Date.now,
    generateId: checkedGenerator(functionOption(options, 'generateId')),
  }
}

type DurationName = 'maxAge' | 'idleTimeout' | 'absoluteLifetime' | 'touchEvery' | 'storeTimeout'

function checkNames(options: AnyOptions): void {
  if (typeof options !== 'object' || options === null) {
    throw new SessmwError('bad-option', 'session() takes an object of options; at least { secretKey }.')
  }
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(KNOWN, name)) {
      refuseNull(options, name)
      continue
    }
    const hint = FORMER[name] ?? `Known options: ${Object.keys(KNOWN).join(', ')}.`
    throw new SessmwError('bad-option', `There is no option "${name}". ${hint}`)
  }
}

/** A default in its place would hide a setting that was not found; a secret has a message of its own. */
function refuseNull(options: AnyOptions, name: string): void {
  if (Reflect.get(options, name) !== null || name === 'secretKey') return
  throw new SessmwError('bad-option', `${name} is null. Leave it out, or pass undefined, for its default.`)
}

function readDuration(
  value: Duration | undefined,
  name: string,
  logger: Logger | undefined,
): number | undefined {
  if (value === undefined) return undefined
  if (looksLikeMilliseconds(value)) {
    warnOnce(
      `milliseconds:${name}`,
      `sessmw: ${name} is ${value} seconds, which looks like milliseconds. Durations are seconds, or text such as '30m'.`,
      logger,
    )
  }
  return parseDuration(value, name)
}

function resolveLifetime(duration: (name: DurationName) => number | undefined): LifetimeOptions {
  const maxAgeMs = duration('maxAge') ?? 0
  const absolute = duration('absoluteLifetime')
  return {
    idleMs: positive(duration('idleTimeout') ?? (maxAgeMs || DAY_MS), 'idleTimeout'),
    absoluteMs: positive(absolute ?? Math.max(7 * DAY_MS, maxAgeMs), 'absoluteLifetime'),
    absoluteIsFixed: absolute !== undefined,
    persistent: maxAgeMs > 0,
  }
}

function resolveTouch(touchEveryMs: number | undefined, { idleMs }: LifetimeOptions): number {
  if (touchEveryMs === undefined) return Math.min(idleMs / 10, 60_000)
  if (touchEveryMs < idleMs) return touchEveryMs
  throw new SessmwError(
    'bad-option',
    'touchEvery must be shorter than idleTimeout, or sessions end while they are used.',
  )
}

function resolveSecrets(option: string | readonly string[], logger: Logger | undefined): readonly string[] {
  const secrets: readonly unknown[] = Array.isArray(option) ? option : [option]
  if (secrets.length === 0) throw new SessmwError('bad-secret', 'secretKey is an empty list.')
  return secrets.map((secret) => {
    if (typeof secret !== 'string' || secret === '') {
      throw new SessmwError('bad-secret', 'secretKey is missing or empty. Is the environment variable set?')
    }
    const weakness = secretWeakness(secret)
    if (weakness === undefined) return secret
    const message = `secretKey ${weakness}. Make one with: npx sessmw secret`
    if (process.env.NODE_ENV === 'production') throw new SessmwError('bad-secret', message)
    warnOnce('weak-secret', `sessmw: ${message} (production refuses to start with it)`, logger)
    return secret
  })
}

function warnToJson(path: string, logger: Logger | undefined): void {
  if (process.env.NODE_ENV === 'production') return
  warnOnce(
    'to-json',
    `sessmw: ${path} has a toJSON method, so what it returns is stored and it comes back as plain data.`,
    logger,
  )
}
