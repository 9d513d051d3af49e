import { SqliteStore } from 'sessmw/sqlite'

// Sessions live in a file of this machine. Several processes may share it.
export const store = new SqliteStore({ path: 'sessions.db' })
