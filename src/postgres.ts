/**
 * `sessmw/postgres`: sessions in PostgreSQL, shared by any number of processes. Needs the package `pg`.
 *
 * @module
 */
export type { PostgresClient, PostgresPool, PostgresQuery, PostgresResult } from './stores/postgres/pool.js'
export { PostgresStore, type PostgresStoreOptions } from './stores/postgres/postgres-store.js'
