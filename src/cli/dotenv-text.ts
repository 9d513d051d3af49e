import { parseEnv } from 'node:util'

/** The last line that sets a variable counts, as for `parseEnv`. */
function lastLine(text: string, name: string): RegExpMatchArray | undefined {
  return [...text.matchAll(new RegExp(`^([ \\t]*(?:export[ \\t]+)?)${name}[ \\t]*=(.*)$`, 'gm'))].at(-1)
}

/** What stands behind the `=` of a variable, with quotes and comment, as a reader that parses nothing takes it. */
export function lineOf(text: string, name: string): string | undefined {
  return lastLine(text, name)?.[2]
}

/**
 * Renames a variable and puts a new value for it on a line before, so that the text of the old value stays as it is.
 * Undefined when the file then would not say that, or anything else would change: it is not written in a way that can
 * be edited safely.
 */
export function rotateVariable(
  text: string,
  name: string,
  oldName: string,
  value: string,
): string | undefined {
  const line = lastLine(text, name)
  if (line?.index === undefined) return undefined
  const before = parseEnv(text)
  const start = line.index + (line[1]?.length ?? 0)
  const eol = text.startsWith('\r', line.index + line[0].length) ? '\r\n' : '\n'
  const added = `${line[1]}${name}=${value}${eol}`
  const after = `${text.slice(0, line.index)}${added}${text.slice(line.index, start)}${oldName}${text.slice(start + name.length)}`
  const expected = { ...before, [name]: value, [oldName]: before[name] }
  const isSafe = JSON.stringify(sorted(parseEnv(after))) === JSON.stringify(sorted(expected))
  return isSafe ? after : undefined
}

const sorted = (values: object): [string, unknown][] =>
  Object.entries(values).toSorted(([one], [other]) => (one < other ? -1 : 1))
