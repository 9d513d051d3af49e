import { SessmwError } from '../errors.js'

/** What a tool beside the application is told when the table is not there: it makes none. */
export function noTable(table: string, place: 'file' | 'database'): SessmwError {
  const fix =
    'Name the table of the application with --table, or let the application start once: it makes it.'
  return new SessmwError('store-failed', `There is no table ${table} in this ${place}.`, { fix })
}
