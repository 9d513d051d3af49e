const IDENTIFIER = /^[A-Za-z_$][\w$]*$/

/** One step from a value to a part of it: the name of a property, or the index of an array element or Map entry. */
export type PathStep = string | number

/** Where a value lies, as JavaScript would write it: `session.cart[2]["unit price"]`. */
export function pathTo(start: string, steps: readonly PathStep[]): string {
  let path = start
  for (const step of steps) {
    if (typeof step === 'number') path += `[${step}]`
    else path += IDENTIFIER.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`
  }
  return path
}
