import { parseEnv } from 'node:util'
import { appendLines } from './text-style.js'

/** The variable that holds the secret. */
export const SECRET_VARIABLE = 'SESSION_SECRET'

/** Whether a `.env` file sets a variable; parsed, because a comment may hold the name too. */
export function hasVariable(text: string, name: string): boolean {
  return Object.hasOwn(parseEnv(text), name)
}

/** Adds a variable; the comment has its own line, since some parsers take one behind the value as part of it. */
export function addVariable(text: string, name: string, value: string, by: string): string {
  return appendLines(text, [`# added by ${by}`, `${name}=${value}`])
}

/** What stands behind the `=` of a variable without a value. */
const EMPTY = String.raw`[ \t]*(?:""|'')?[ \t]*(?=\r?$)`

/**
 * Gives a value to a variable that is there without one, as in a copy of `.env.example`. Undefined when it has a value,
 * is not there, or is not written in a way that can be edited safely.
 */
export function fillVariable(text: string, name: string, value: string): string | undefined {
  const line = new RegExp(`^([ \\t]*(?:export[ \\t]+)?${name}[ \\t]*=)${EMPTY}`, 'gm')
  const after = text.replace(line, `$1${value}`)
  return parseEnv(text)[name] === '' && parseEnv(after)[name] === value ? after : undefined
}

/** Whether a `.gitignore` names the file; only used where git itself cannot be asked. */
export function ignores(gitignore: string, file: string): boolean {
  const lines = gitignore.split(/\r?\n/).map((line) => line.trim())
  return lines.some((line) => line === file || line === `/${file}` || line === `${file}*`)
}
