import { CallError } from './answer.js'

const HELP =
  'Terms: word, user:42, has:cart, is:expiring, age>1h, keys>3, size>2kb, path:/login, cart.total:7.'

/** A query that cannot be understood. */
export function badQuery(message: string): CallError {
  return new CallError(400, 'bad-query', message, { fix: HELP })
}
