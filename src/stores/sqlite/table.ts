import type { RecordChange } from '../../core/store.js'
import { noTable } from '../no-table.js'
import { refuseOption } from '../store-rules.js'
import type { Connection } from './connection.js'
import { FORMAT, type Row } from './row.js'

/** The columns of a row, in the order in which an insert takes them. */
export const COLUMNS = [
  'key',
  'format',
  'version',
  'created_at',
  'last_seen_at',
  'expires_at',
  'owner',
  'max_age',
  'lengths',
  'fields',
] as const satisfies readonly (keyof Row)[]

/**
 * Rows of a kilobyte fit into no page of a table WITHOUT ROWID. Numbers are REAL, because integers come as bigint from
 * a connection of the application that is set so, or not at all when they are large.
 */
const createSql = (table: string): string => `
  CREATE TABLE IF NOT EXISTS "${table}" (
    key TEXT NOT NULL PRIMARY KEY,
    format REAL NOT NULL,
    version REAL NOT NULL,
    created_at REAL NOT NULL,
    last_seen_at REAL NOT NULL,
    expires_at REAL NOT NULL,
    owner TEXT,
    max_age REAL,
    lengths TEXT NOT NULL,
    fields TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS "${table}_owner" ON "${table}" (owner) WHERE owner IS NOT NULL;
  CREATE INDEX IF NOT EXISTS "${table}_expires_at" ON "${table}" (expires_at);`

/** The statements of one table, each of which is prepared once. */
export function tableSql(table: string) {
  const name = `"${table}"`
  const columns = COLUMNS.join(', ')
  return {
    insert: `INSERT INTO ${name} (${columns}) VALUES (${COLUMNS.map(() => '?')}) ON CONFLICT (key) DO NOTHING`,
    select: `SELECT ${columns} FROM ${name} WHERE key = ?`,
    selectPage: `SELECT ${columns} FROM ${name} WHERE key > ? ORDER BY key LIMIT ?`,
    selectOwned: `SELECT key FROM ${name} WHERE owner = ?`,
    /** Of the rows after a key, as many as the limit at most: how many they are, and the last one's key. */
    countSome: `SELECT count(*) AS count, max(key) AS last FROM (SELECT key FROM ${name} WHERE key > ? ORDER BY key LIMIT ?)`,
    touch: `UPDATE ${name} SET last_seen_at = max(last_seen_at, ?), expires_at = ? WHERE key = ? AND format = ${FORMAT}`,
    delete: `DELETE FROM ${name} WHERE key = ?`,
    /** Only what changes, since a column that is named has its index written again. */
    update: (changed: readonly string[]) =>
      `UPDATE ${name} SET ${changed.map((column) => `${column} = ?`)} WHERE key = ?`,
    /** Of the rows that meet the condition, some; answers with their keys. */
    deleteSome: (condition: string) =>
      `DELETE FROM ${name} WHERE rowid IN (SELECT rowid FROM ${name} WHERE ${condition} LIMIT ?) RETURNING key`,
  }
}

/** The columns that an update of a record writes. */
export function changedColumns(change: RecordChange): (keyof Row)[] {
  const changed: (keyof Row)[] = ['version']
  if (change.set !== undefined || change.unset !== undefined) changed.push('lengths', 'fields')
  if (change.lastSeenAt !== undefined) changed.push('last_seen_at')
  if (change.expiresAt !== undefined) changed.push('expires_at')
  if (change.owner !== undefined) changed.push('owner')
  if (change.cookie !== undefined) changed.push('max_age')
  return changed
}

/** Makes the table and its indexes where there is none; for `Connection.attempt`. Several processes may do so at once. */
export function createTable(connection: Connection, table: string): void {
  if (columnsOf(connection, table).length > 0) return
  connection.transaction(() => connection.exec(createSql(table)))
}

/** @throws SessmwError `store-failed` when there is no such table, `bad-option` when it is of another program. */
export function checkTable(connection: Connection, table: string): void {
  const found = columnsOf(connection, table)
  if (found.length === 0) throw noTable(table, 'file')
  if (COLUMNS.every((column) => found.includes(column))) return
  refuseOption(
    'SqliteStore',
    `the table ${table} holds something else than sessions of sessmw; name another table.`,
  )
}

const columnsOf = (connection: Connection, table: string): string[] =>
  connection.all<{ name: string }>('SELECT name FROM pragma_table_info(?)', table).map(({ name }) => name)
