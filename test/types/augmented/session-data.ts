// An application that names its session data: checked here against the sources, and by the package test against the
// installed declarations.
import type { Request } from 'express'
import { createSessions, type Session, sessionOf } from 'sessmw'
import 'sessmw/augment'

declare module 'sessmw' {
  interface SessionData {
    userId: string
    cart: { sku: string; count: number }[]
  }
}

export function namedKeysAreTyped(request: Request): string | undefined {
  request.session.cart = [{ sku: 'a', count: 1 }]
  request.session.cart = undefined
  // @ts-expect-error a number is no user id
  request.session.userId = 1
  // @ts-expect-error this key is not named
  request.session.usrId = 'a'
  // @ts-expect-error a key may be absent
  const certain: string = request.session.userId
  return request.session.userId ?? certain
}

export async function bothFacesShareTheTypes(request: Request): Promise<number | undefined> {
  const session: Session = sessionOf(request)
  // @ts-expect-error a number is no user id
  session.data.userId = 1
  await session.update('cart', (cart) => [...(cart ?? []), { sku: 'b', count: 2 }])
  // @ts-expect-error a cart is no text
  await session.update('cart', () => 'text')
  return session.data.getSession().cart?.[0]?.count
}

export function membersKeepTheirTypes(request: Request): Promise<void> {
  // @ts-expect-error `save` is a member
  request.session.save = 1
  const id: string = request.session.id
  return request.session.regenerate({ keep: id === '' ? [] : ['cart'] })
}

export async function applyWithoutExpress(secretKey: string): Promise<string | undefined> {
  const session = await createSessions({ secretKey }).open()
  return session.data.userId
}
