import { createClient } from 'redis'
import { startRedis } from './redis-server.js'
import { freePort, type TestServer } from './server-process.js'

const SLOTS = 16_384

/** Three Redis masters on 127.0.0.1 that share the slots among them. */
export interface TestCluster {
  readonly nodes: readonly TestServer[]
  /** Ends all of them and removes their data. */
  remove(): Promise<void>
}

/** Resolves when every node knows the owner of every slot. */
export async function startRedisCluster(): Promise<TestCluster> {
  const nodes = await Promise.all([0, 1, 2].map(startNode))
  const remove = async () => void (await Promise.all(nodes.map((node) => node.remove())))
  try {
    await join(nodes)
  } catch (error) {
    await remove()
    throw error
  }
  return { nodes, remove }
}

type ClusterNode = TestServer & { busPort: number }

async function join(nodes: readonly ClusterNode[]): Promise<void> {
  const clients = await Promise.all(nodes.map(({ url }) => createClient({ url }).connect()))
  const share = Math.ceil(SLOTS / clients.length)
  try {
    // A node takes an epoch only before it has met another one.
    for (const [n, client] of clients.entries())
      await client.sendCommand(['CLUSTER', 'SET-CONFIG-EPOCH', `${n + 1}`])
    for (const [n, client] of clients.entries()) {
      const last = Math.min((n + 1) * share, SLOTS) - 1
      await client.sendCommand(['CLUSTER', 'ADDSLOTSRANGE', `${n * share}`, `${last}`])
      for (const { port, busPort } of nodes)
        await client.sendCommand(['CLUSTER', 'MEET', '127.0.0.1', `${port}`, `${busPort}`])
    }
    for (const client of clients)
      while (!String(await client.sendCommand(['CLUSTER', 'INFO'])).includes('cluster_state:ok'));
  } finally {
    for (const client of clients) client.destroy()
  }
}

/** The bus is on a port of its own choice: the usual one, 10 000 higher, may be no port at all. */
async function startNode(): Promise<ClusterNode> {
  const busPort = await freePort()
  const server = await startRedis({ 'cluster-enabled': 'yes', 'cluster-port': `${busPort}` })
  return { ...server, busPort }
}
