import { posix } from 'node:path'
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

/**
 * The line, counted from 1, for which no variable behind it is read: one without `=` becomes the beginning of the next
 * name. Only for a text that has one.
 */
export function brokenLine(text: string): number {
  const lines = text.split('\n')
  const isRead = (count: number) => hasVariable([...lines.slice(0, count), `${PROBE}=1`].join('\n'), PROBE)
  return lines.findLastIndex((_, count) => isRead(count)) + 1
}

const PROBE = 'SESSMW_PROBE'

/**
 * Whether a `.gitignore` has git ignore a file: the last rule that matches decides. Knows no rules for folders and no
 * brackets; only used where git itself cannot be asked.
 */
export function ignores(gitignore: string, file: string): boolean {
  const rules = gitignore.split(/\r?\n/).map((line) => line.trim())
  const last = rules.findLast((rule) => matches(rule.replace(/^!/, ''), file))
  return last !== undefined && !last.startsWith('!')
}

/** A pattern with a slash is a path, one without matches in every folder. */
function matches(pattern: string, file: string): boolean {
  const plain = pattern.replace(/^\*\*\/(?=[^/]+$)/, '')
  const subject = plain.includes('/') ? file : posix.basename(file)
  const glob = plain.replace(/^\//, '').replace(/[.+^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`^${glob.replace(/\*+/g, '[^/]*').replace(/\?/g, '[^/]')}$`).test(subject)
}
