import { PostgresStore } from 'sessmw/postgres'

// Sessions live in PostgreSQL, in a table that is made at the first request.
export const store = new PostgresStore({ url: process.env.DATABASE_URL ?? 'postgres://localhost/postgres' })
