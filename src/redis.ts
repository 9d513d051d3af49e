/**
 * Sessions in Redis or Valkey, standalone or as a Cluster, for applications of several processes.
 *
 * @module
 */
export type { IoredisClient, NodeRedisClient, RedisClient } from './stores/redis/clients.js'
export { RedisStore, type RedisStoreOptions } from './stores/redis/redis-store.js'
