import { refuseOption } from '../store-rules.js'
import { slotOf } from './slot-of.js'
import { Unanswered } from './unanswered.js'

/** A client, cluster or sentinel of the package `redis`, from version 5 on. */
export interface NodeRedisClient {
  readonly isOpen: boolean
  connect(): Promise<unknown>
  sendCommand(...args: never[]): Promise<unknown>
}

/** A `Redis` or `Cluster` of the package `ioredis`, from version 5 on. */
export interface IoredisClient {
  readonly status: string
  connect(): Promise<unknown>
  call(command: string, ...args: string[]): Promise<unknown>
}

/** Which clients a store takes. */
export type RedisClient = NodeRedisClient | IoredisClient

/** One server; `name` tells it from the other ones of a Cluster. */
export interface Node {
  readonly name: string
  send(args: string[]): Promise<unknown>
}

/** What the store needs of a client, whichever it is. */
export interface Driver {
  /** Where `error` is emitted, and what says that commands can be sent. */
  readonly events: Events
  readonly readyEvent: string
  /** Whether a command would be sent now, rather than queued until there is a connection. */
  isReady(): boolean
  /** Whether somebody has asked the client to connect already. */
  isStarted(): boolean
  /** Connects; may go on trying for ever. */
  connect(): Promise<unknown>
  /** Sends a command to the server that has the key. */
  send(key: string, args: string[]): Promise<unknown>
  /** Commands of one lane are answered one after the other. */
  laneOf(key: string): number
  /** The servers that share the keys among them, ordered by name. */
  nodes(): Promise<Node[]>
  /** Ends the connections at once; what is under way rejects. */
  end(): void
  /** As `end`, and connects again. */
  restart(): void
}

interface Events {
  on(event: string, listener: (cause?: unknown) => void): unknown
  off(event: string, listener: () => void): unknown
}

type Command = (args: string[], options: object) => Promise<unknown>

interface NodeRedis extends Events {
  readonly isOpen: boolean
  readonly isReady: boolean
  connect(): Promise<unknown>
  sendCommand: Command
  destroy(): void
}

interface NodeRedisCluster extends Omit<NodeRedis, 'sendCommand'> {
  readonly slots: readonly ({ master: { client?: NodeRedis } } | undefined)[]
  readonly masters: readonly { readonly address: string }[]
  nodeClient(node: object): Promise<NodeRedis>
  sendCommand(key: string, readonly: boolean, args: string[], options: object): Promise<unknown>
}

interface NodeRedisSentinel extends Omit<NodeRedis, 'sendCommand'> {
  sendCommand(readonly: boolean, args: string[], options: object): Promise<unknown>
}

interface Ioredis extends Events {
  readonly status: string
  readonly options: {
    readonly host?: string
    readonly port?: number
    readonly keyPrefix?: string
    readonly scaleReads?: unknown
    readonly autoResendUnfulfilledCommands?: boolean
  }
  connect(): Promise<unknown>
  call(command: string, ...args: string[]): Promise<unknown>
  disconnect(reconnect?: boolean): void
}

interface IoredisCluster extends Ioredis {
  nodes(role: 'master'): Ioredis[]
}

/** A client may be set to answer with buffers; the store needs text. */
const AS_TEXT = { typeMapping: {} }

const FITS =
  'client must be a client of the package redis (createClient, createCluster or createSentinel), or a Redis or Cluster of ioredis.'

/**
 * The client seen in one way; which one it is shows in its methods.
 *
 * @throws SessmwError `bad-option` for anything that is no client that fits.
 */
export function driverOf(client: unknown): Driver {
  if (hasMethods(client, ['sendCommand', 'connect', 'on', 'destroy']) && 'isOpen' in client) {
    if (hasMethods(client, ['nodeClient']) && 'masters' in client && 'slots' in client)
      return nodeRedisCluster(client as unknown as NodeRedisCluster)
    if ('isReady' in client) {
      if (hasMethods(client, ['acquire'])) return nodeRedisSentinel(client as unknown as NodeRedisSentinel)
      return nodeRedis(client as unknown as NodeRedis)
    }
  }
  if (hasMethods(client, ['call', 'connect', 'disconnect', 'on']) && 'status' in client) {
    if ((client as unknown as Ioredis).options?.keyPrefix)
      refuseOption('RedisStore', 'a client with keyPrefix hides keys; give the prefix to the store instead.')
    if (hasMethods(client, ['nodes'])) {
      if (((client as unknown as Ioredis).options?.scaleReads ?? 'master') !== 'master')
        refuseOption('RedisStore', "scaleReads must be 'master': a replica may not know of a logout yet.")
      return ioredisCluster(client as unknown as IoredisCluster)
    }
    return ioredis(client as unknown as Ioredis)
  }
  return refuseOption('RedisStore', FITS)
}

function hasMethods(client: unknown, names: readonly string[]): client is object {
  if (typeof client !== 'object' || client === null) return false
  return names.every((name) => typeof Reflect.get(client, name) === 'function')
}

function nodeRedisBasics(client: Omit<NodeRedis, 'sendCommand'>) {
  const end = () => {
    if (client.isOpen) client.destroy()
  }
  return {
    events: client,
    readyEvent: 'ready',
    isReady: () => client.isReady,
    isStarted: () => client.isOpen,
    connect: () => client.connect(),
    laneOf: () => 0,
    end,
    restart: () => {
      end()
      // It reports what goes wrong as an event, and tries again.
      client.connect().catch(() => undefined)
    },
  }
}

function nodeRedis(client: NodeRedis): Driver {
  const send = (args: string[]) => client.sendCommand(args, AS_TEXT)
  return {
    ...nodeRedisBasics(client),
    send: (_key, args) => send(args),
    nodes: async () => [{ name: '', send }],
  }
}

function nodeRedisSentinel(client: NodeRedisSentinel): Driver {
  const send = (args: string[]) => client.sendCommand(false, args, AS_TEXT)
  return {
    ...nodeRedisBasics(client),
    send: (_key, args) => send(args),
    nodes: async () => [{ name: '', send }],
  }
}

function nodeRedisCluster(cluster: NodeRedisCluster): Driver {
  return {
    ...nodeRedisBasics(cluster),
    readyEvent: 'connect',
    isReady: () => cluster.isOpen && cluster.masters.length > 0,
    laneOf: slotOf,
    send: (key, args) => {
      // The cluster would queue it for a node that is away, without bound.
      if (cluster.slots[slotOf(key)]?.master.client?.isReady === false)
        return Promise.reject(new Error('The Redis node that has this session is not connected.'))
      return cluster.sendCommand(key, false, args, AS_TEXT)
    },
    nodes: async () => {
      const nodes = cluster.masters.map(async (master) => {
        const client = await cluster.nodeClient(master)
        return { name: master.address, send: (args: string[]) => client.sendCommand(args, AS_TEXT) }
      })
      return sorted(await Promise.all(nodes))
    },
  }
}

const callOf =
  (client: Ioredis) =>
  ([command = '', ...args]: string[]) =>
    client.call(command, ...args)

function ioredisBasics(client: Ioredis) {
  return {
    events: client,
    readyEvent: 'ready',
    isReady: () => client.status === 'ready',
    isStarted: () => client.status !== 'wait',
    connect: () => client.connect(),
    laneOf: () => 0,
    end: () => client.disconnect(),
    restart: () => client.disconnect(true),
  }
}

function ioredis(client: Ioredis): Driver {
  const call = callOf(client)
  const unanswered = new Unanswered(client)
  const { autoResendUnfulfilledCommands: repeats } = client.options
  const send = repeats ? call : (args: string[]) => unanswered.orLost(call(args))
  return {
    ...ioredisBasics(client),
    send: (_key, args) => send(args),
    nodes: async () => [{ name: '', send }],
  }
}

function ioredisCluster(cluster: IoredisCluster): Driver {
  const send = callOf(cluster)
  return {
    ...ioredisBasics(cluster),
    laneOf: slotOf,
    send: (_key, args) => send(args),
    nodes: async () =>
      sorted(
        cluster.nodes('master').map((node) => ({
          name: `${node.options.host}:${node.options.port}`,
          send: callOf(node),
        })),
      ),
  }
}

const sorted = (nodes: Node[]): Node[] => nodes.sort((one, other) => (one.name < other.name ? -1 : 1))
