// How session data are typed: per instance with createSessions<Data>(), and untyped without any.
import { createSessions, session, sessionOf } from '../../src/index.js'

interface Basket {
  items: string[]
  total: number
}

const secretKey = 'a secret of at least thirty-two bytes'

export async function anInstanceHasItsOwnData(request: object): Promise<number> {
  const sessions = createSessions<Basket>({ secretKey })
  const { data } = sessions.of(request)
  data.items = ['a']
  // @ts-expect-error a text is no total
  data.total = '1'
  // @ts-expect-error this key is not named
  data.sum = 1
  // @ts-expect-error a key may be absent
  const certain: number = data.total
  await sessions.of(request).update('total', (total) => (total ?? 0) + 1)
  // @ts-expect-error only named keys can be updated
  await sessions.of(request).update('sum', () => 1)
  return data.total ?? certain
}

export function theMiddlewareCarriesTheTypes(request: object): string[] | undefined {
  const middleware = session(createSessions<Basket>({ secretKey }))
  return middleware.sessions.of(request).data.items
}

export function untypedDataTakeAnyKey(request: object): number {
  const { data } = sessionOf(request)
  data.visits = (data.visits ?? 0) + 1
  // @ts-expect-error members keep their types
  data.id = 1
  return data.visits
}

export function ownersAreNamed(request: object): Promise<void> {
  // @ts-expect-error an owner is a name or a number
  void sessionOf(request).login({ name: 'a' })
  return sessionOf(request).login(42n, { keep: ['items'] })
}
