import { RedisStore } from 'sessmw/redis'

// Sessions live in Redis or Valkey, for any number of processes and machines.
const { REDIS_URL = 'redis://localhost:6379' } = process.env
export const store = new RedisStore({ url: REDIS_URL })
