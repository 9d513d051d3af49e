/**
 * What the ESM and the CommonJS build of this package must have in common when a process loads both. Made at first use,
 * and kept under a registered symbol.
 */
export function shared<Value extends object>(name: string, create: () => Value): Value {
  const holder = globalThis as typeof globalThis & Record<symbol, Value | undefined>
  const key = Symbol.for(`sessmw.${name}`)
  const present = holder[key]
  if (present !== undefined) return present
  const made = create()
  Object.defineProperty(holder, key, { value: made })
  return made
}
