import { type Call, callsOf, lineAt, type SourceText, textInside } from './source-text.js'

/** A session middleware in the source. */
export interface SessionCall extends Call {
  readonly library: 'express-session' | 'sessmw'
  /** The text of its options, also where they are a variable of the same file; undefined where they are not to be seen. */
  readonly options: string | undefined
  /** The name that it is kept under, when it is no argument of `use`. */
  readonly variable: string | undefined
}

/** What makes a middleware with the options of express-session: its own, and ours for its apps. */
const EXPRESS_SESSION = String.raw`['"](?:express-session|sessmw\/express-session)['"]`

/** Every session middleware that the source makes; the files have no comments. */
export function findSessionCalls(files: readonly SourceText[]): SessionCall[] {
  return files.flatMap((file) => {
    const names = defaultImports(file.text)
    const calls = [...names, String.raw`require\(\s*${EXPRESS_SESSION}\s*\)`].flatMap((name) =>
      callsOf(file, name).map((call) => toSessionCall(call, file, 'express-session')),
    )
    const own = ownImports(file.text).flatMap((name) =>
      callsOf(file, name).map((call) => toSessionCall(call, file, 'sessmw')),
    )
    return [...calls, ...own]
  })
}

/** The names that the file gives to express-session. */
function defaultImports(text: string): string[] {
  const forms = [
    String.raw`import\s+(?:\*\s*as\s+)?(\w+)\b[^;'"()=]*from\s*${EXPRESS_SESSION}`,
    String.raw`\b(?:import|const|let|var)\s+(\w+)\s*=\s*require\(\s*${EXPRESS_SESSION}\s*\)(?!\s*\()`,
  ]
  return forms.flatMap((form) => [...text.matchAll(new RegExp(form, 'g'))].map(([, name = '']) => name))
}

/** The names that the file gives to our `session` and `createSessions`. */
function ownImports(text: string): string[] {
  const forms = [
    /import\s*\{([^}]*)\}\s*from\s*['"]sessmw['"]/g,
    /\{([^}]*)\}\s*=\s*require\(\s*['"]sessmw['"]\s*\)/g,
  ]
  const lists = forms.flatMap((form) => [...text.matchAll(form)].map(([, list = '']) => list))
  return lists.flatMap((list) =>
    [...list.matchAll(/(?<![\w$])(?:session|createSessions)(?:\s*(?:as|:)\s*(\w+))?(?=\s*(?:,|$))/g)].map(
      ([name, alias]) => alias ?? name.trim(),
    ),
  )
}

function toSessionCall(call: Call, { text }: SourceText, library: SessionCall['library']): SessionCall {
  const before = text.slice(0, call.start)
  const variable = /\b(?:const|let|var)\s+(\w+)(?:\s*:[^=\n]+)?\s*=\s*$/.exec(before)?.[1]
  return { ...call, library, options: optionsOf(call.text, text), variable }
}

function optionsOf(argument: string, text: string): string | undefined {
  const name = /^\s*([A-Za-z_$][\w$]*)\s*,?\s*$/.exec(argument)?.[1]
  if (name === undefined) return asLiteral(argument)
  const found = new RegExp(`\\b${name.replaceAll('$', '\\$')}(?:\\s*:[^=\\n]+)?\\s*=\\s*(?=\\{)`).exec(text)
  if (!found) return undefined
  const open = found.index + found[0].length
  return asLiteral(`{${textInside(text, open)}}`)
}

/** An object whose members all stand there. */
const asLiteral = (text: string): string | undefined =>
  /^\s*\{/.test(text) && !text.includes('...') ? text : undefined

/** The line of an option, as evidence: where it stands and what it says, which is no secret. */
export function shownOption(call: SessionCall, text: string, pattern: RegExp): string {
  const found = pattern.exec(call.options ?? '')?.[0]
  const said = found?.replace(/\s+/g, ' ').trim()
  // Options that are a variable stand before the call.
  const within = found === undefined ? -1 : Math.max(text.indexOf(found, call.start), text.indexOf(found))
  const line = within === -1 ? call.line : lineAt(text, within)
  return `${call.path}:${line}${said === undefined ? '' : ` ${said}`}`
}
