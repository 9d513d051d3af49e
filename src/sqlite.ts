/**
 * Sessions in a SQLite file: durable, for one machine, and for as many of its processes as open the file.
 *
 * @module
 */
export type { SqliteDatabase } from './stores/sqlite/database.js'
export type { SqliteStoreOptions } from './stores/sqlite/sqlite-options.js'
export { SqliteStore } from './stores/sqlite/sqlite-store.js'
