import { PostgresStore } from 'sessmw/postgres'

// Sessions live in PostgreSQL, in a table that is made at the first request.
const { DATABASE_URL = 'postgres://localhost/postgres' } = process.env
export const store = new PostgresStore({ url: DATABASE_URL })
