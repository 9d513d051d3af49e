import { MemoryStore } from 'sessmw'

// Sessions live in this process and end with it. In production, use a store that outlives it.
export const store = new MemoryStore()
