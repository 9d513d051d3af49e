import { SessmwError } from '../../errors.js'
import { noTable } from '../no-table.js'
import { type PostgresPool, type Run, withClient } from './pool.js'

/** Milliseconds of one slot of `expiry_slot`. */
export const SLOT_MS = 900_000

/**
 * What leads from each version of the table to the next; those that were released never change.
 *
 * One row per session: against a table of fields, it takes 1.1 KB in place of 1.9 KB, and an update is twice as fast.
 * `fields` maps each name to the JSON text of its value, as text: jsonb as such would reorder the keys inside, and
 * refuses U+0000. The sweep has an index on the quarter of an hour of the expiry: were it on the expiry itself, every
 * request that moves it would write to all indexes (PostgreSQL's heap-only updates need all indexed columns unchanged).
 * A hash index, because owners may be longer than a B-tree takes.
 */
const STEPS: readonly ((table: string) => string)[] = [
  (table) => `
    CREATE TABLE ${table} (
      key text COLLATE "C" PRIMARY KEY,
      format smallint NOT NULL,
      version bigint NOT NULL,
      created_at double precision NOT NULL,
      last_seen_at double precision NOT NULL,
      expires_at double precision NOT NULL,
      expiry_slot double precision GENERATED ALWAYS AS (floor(expires_at / ${SLOT_MS})) STORED,
      owner text COLLATE "C",
      cookie_max_age double precision,
      fields jsonb NOT NULL CHECK (jsonb_typeof(fields) = 'object')
    );
    CREATE INDEX ON ${table} (expiry_slot);
    CREATE INDEX ON ${table} USING hash (owner)`,
]

const CURRENT = STEPS.length

/** What marks a table as ours, with its version: kept by `pg_dump`, gone with the table. */
const MARK = 'sessmw sessions, schema '

/** Held while the table is made or changed, so that of many processes that start at once one does it. */
const LOCK_KEY = 7_370_737_377

/** @throws SessmwError `store-failed` when there is no table of this version; makes none. */
export async function requireTable(pool: PostgresPool, table: string): Promise<void> {
  if ((await withClient(pool, (run) => versionOf(run, table))) !== CURRENT) throw noTable(table, 'database')
}

/**
 * Makes the table, or brings an older one up to date, in one transaction. Only reads when there is nothing to do, so
 * that the role needs no right to create.
 *
 * @throws SessmwError `store-failed` when the name is taken by something else, when a newer sessmw made the table, or
 * when the role may not create.
 */
export async function prepareTable(pool: PostgresPool, table: string): Promise<void> {
  await withClient(pool, async (run) => {
    if ((await versionOf(run, table)) === CURRENT) return
    try {
      await run({ text: 'BEGIN' })
      await run({ text: 'SELECT pg_advisory_xact_lock($1)' }, [LOCK_KEY])
      for (let version = await versionOf(run, table); version < CURRENT; version++) {
        for (const text of STEPS[version]?.(table).split(';') ?? []) await run({ text })
        await run({ text: `COMMENT ON TABLE ${table} IS '${MARK}${version + 1}'` })
      }
      await run({ text: 'COMMIT' })
    } catch (cause) {
      throw explain(cause, table)
    }
  })
}

/** 0 when there is no such table. */
async function versionOf(run: Run, table: string): Promise<number> {
  const text = "SELECT obj_description(oid, 'pg_class') FROM pg_class WHERE oid = to_regclass($1)"
  const { rows } = await run({ text }, [table])
  const [row] = rows
  if (row === undefined) return 0
  const comment = row[0] ?? ''
  const version = comment.startsWith(MARK) ? Number(comment.slice(MARK.length)) : Number.NaN
  if (version >= 1 && version <= CURRENT) return version
  if (version > CURRENT)
    throw failure(`The table ${table} is of a newer sessmw (schema ${version}): update this one.`)
  throw failure(
    `${table} is no table of sessmw, so it is left as it is: choose another table. ` +
      `Tables of sessmw have the comment '${MARK}${CURRENT}'.`,
  )
}

const failure = (message: string, cause?: unknown): SessmwError =>
  new SessmwError('store-failed', message, { cause })

/** The codes are those of appendix A of the PostgreSQL manual. */
function explain(cause: unknown, table: string): unknown {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === '42501')
    return failure(
      `The database role may not create the table ${table}: call ready() once with a role that may, then ` +
        `GRANT SELECT, INSERT, UPDATE, DELETE ON ${table} to this one.`,
      cause,
    )
  if (code === '3F000') return failure(`There is no schema for the table ${table}: create it first.`, cause)
  return cause
}
