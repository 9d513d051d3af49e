import { RedisStore } from 'sessmw/redis'

// Sessions live in Redis or Valkey, for any number of processes and machines.
export const store = new RedisStore({ url: process.env.REDIS_URL ?? 'redis://localhost:6379' })
