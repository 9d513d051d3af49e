import type { StoreContext } from '../../core/store.js'
import { SessmwError } from '../../errors.js'
import { isAborted } from '../deadline.js'
import { type Driver, driverOf, type Node, type RedisClient } from './clients.js'
import type { Script } from './scripts.js'

/** Milliseconds for which a caller may be gone before that says something about the server. */
const SILENCE_MS = 100

/** Milliseconds of silence after which a connection of our own is made anew: a network may lose it and tell nobody. */
const DEAD_MS = 15_000

/** Milliseconds for a first connection: a server that hangs accepts it and says nothing more. */
const CONNECT_MS = 10_000

/** One command under way, by which the others of its lane are judged. */
interface Witness {
  readonly context: StoreContext
  readonly sentAt: number
}

/**
 * Commands to Redis that fail at once while there is nobody to answer, rather than wait in the client's queue, which has
 * no bound: while there is no connection, and while a command sent earlier is unanswered beyond its deadline. Answers come
 * in order, so no later command of that lane would be answered sooner.
 *
 * A command that was sent before is carried out when the server goes on, even though its caller has been told that it
 * failed; Redis has no way to take it back.
 */
export class Connection {
  readonly #driver: Driver
  readonly #isOwn: boolean
  readonly #witnesses = new Map<number, Witness>()
  #fault: unknown
  #wasReady = false
  #losses = 0
  #first: Promise<void> | undefined
  #giveUp: (() => void) | undefined
  #starting: Promise<void> | undefined

  constructor(driver: Driver, isOwn: boolean) {
    this.#driver = driver
    this.#isOwn = isOwn
    // Without a listener, node-redis ends the process.
    driver.events.on('error', (cause) => {
      this.#fault = cause
    })
    for (const event of ['close', '-node']) driver.events.on(event, () => void this.#losses++)
  }

  /** As `start`, but only the first time. */
  started(): Promise<void> {
    this.#first ??= this.start()
    return this.#first
  }

  /** Resolves when there is a connection, or one attempt has failed or taken too long; the client goes on trying by itself. */
  start(): Promise<void> {
    if (this.#driver.isReady()) return Promise.resolve()
    this.#starting ??= this.#connect().finally(() => {
      this.#starting = undefined
    })
    return this.#starting
  }

  /** Sends a command about one key. */
  async send(key: string, context: StoreContext | undefined, args: string[]): Promise<unknown> {
    refuseAborted(context)
    this.assertReady()
    const lane = this.#driver.laneOf(key)
    const witness = this.#witnesses.get(lane)
    if (witness !== undefined) this.#assertAnswers(witness)
    const answer = this.#driver.send(key, args)
    if (witness === undefined && context !== undefined) this.#watch(lane, context, answer)
    return answer
  }

  /** Runs a script on one key; sends its text only to a server that does not know it, as after a restart. */
  async run(
    script: Script,
    key: string,
    context: StoreContext | undefined,
    args: string[],
  ): Promise<unknown> {
    const losses = this.#losses
    const answer = await this.#evaluate(script, key, context, args)
    // ioredis sends again what was unanswered when a connection was lost: the answer may be that of a second run.
    if (losses !== this.#losses) throw new SessmwError('store-failed', 'The connection to Redis was lost.')
    return answer
  }

  async #evaluate(
    script: Script,
    key: string,
    context: StoreContext | undefined,
    args: string[],
  ): Promise<unknown> {
    try {
      return await this.send(key, context, ['EVALSHA', script.sha, '1', key, ...args])
    } catch (cause) {
      if (!startsWith(cause, 'NOSCRIPT')) throw cause
      return this.send(key, context, ['EVAL', script.lua, '1', key, ...args])
    }
  }

  /** The servers that share the keys among them, ordered by name. */
  async nodes(context: StoreContext | undefined): Promise<Node[]> {
    refuseAborted(context)
    this.assertReady()
    return this.#driver.nodes()
  }

  /** @throws SessmwError `store-failed` while there is no connection. */
  assertReady(): void {
    if (this.#driver.isReady()) {
      this.#wasReady = true
      return
    }
    // A cluster of node-redis gives up when it has found none of its nodes; one that was closed since stays closed.
    if (!this.#wasReady && !this.#driver.isStarted()) void this.start()
    throw new SessmwError('store-failed', 'There is no connection to Redis.', { cause: this.#fault })
  }

  /** Ends the connections at once, and the wait for one. */
  end(): void {
    this.#driver.end()
    this.#giveUp?.()
  }

  /** Clients that retry by themselves answer `connect` when they have succeeded, which may be never. */
  #connect(): Promise<void> {
    const { events, readyEvent } = this.#driver
    return new Promise((resolve) => {
      const settle = () => {
        clearTimeout(timer)
        events.off(readyEvent, settle)
        events.off('error', settle)
        resolve()
      }
      const failed = (cause: unknown) => {
        this.#fault = cause
        settle()
      }
      const timer = setTimeout(settle, CONNECT_MS).unref()
      this.#giveUp = settle
      events.on(readyEvent, settle)
      events.on('error', settle)
      if (!this.#driver.isStarted()) this.#driver.connect().then(settle, failed)
    })
  }

  #watch(lane: number, context: StoreContext, answer: Promise<unknown>): void {
    this.#witnesses.set(lane, { context, sentAt: performance.now() })
    const answered = () => this.#witnesses.delete(lane)
    answer.then(answered, answered)
  }

  #assertAnswers({ context, sentAt }: Witness): void {
    const silence = performance.now() - sentAt
    if (silence < SILENCE_MS || !isAborted(context)) return
    if (this.#isOwn && silence > DEAD_MS) this.#driver.restart()
    const reason = 'Redis has not answered an earlier command in time, so nothing more is sent.'
    throw new SessmwError('store-timeout', reason)
  }
}

const connections = new WeakMap<object, Connection>()

/**
 * The connection through a client of the application: one, however many stores there are, for it adds a listener.
 *
 * @throws SessmwError `bad-option` for anything that is no client that fits.
 */
export function connectionOf(client: RedisClient): Connection {
  const known = connections.get(client) ?? new Connection(driverOf(client), false)
  connections.set(client, known)
  return known
}

/** Rejects a call that nobody waits for, with the reason of its signal. */
export function refuseAborted(context: StoreContext | undefined): void {
  if (context !== undefined && isAborted(context)) throw context.signal?.reason
}

/** Whether Redis itself refused a command with this word, such as WRONGTYPE. */
export function startsWith(cause: unknown, word: string): boolean {
  return cause instanceof Error && cause.message.startsWith(word)
}
