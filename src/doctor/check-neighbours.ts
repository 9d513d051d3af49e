import { parseEnv } from 'node:util'
import { error, type Finding, warning } from './finding.js'
import type { ProjectSource } from './project-source.js'
import type { SessionCall } from './session-calls.js'
import { type Call, callsOf, lineAt, type SourceText } from './source-text.js'

/** What sockets use: `io.use`, `io.engine.use`. */
const OF_SOCKETS = String.raw`(?:\w*io|\w*[sS]ocket\w*|\w+\.engine|\w+\.of\([^)]*\))\.use`
const ADAPTERS = /\.engine\.use\s*\(|express-socket\.io-session|socket\.io-express-session/

/** Sockets need the middleware of the pages: one instance, in both places. */
export function checkSockets({ files, calls }: ProjectSource): Finding[] {
  const sockets = files.filter(({ text }) => /['"]socket\.io['"]/.test(text))
  const reader = find(sockets, /\.handshake\.session\b|\bsocket\.request\.session\b/)
  const uses = sockets.flatMap((file) => callsOf(file, OF_SOCKETS))
  const isShared =
    uses.some(({ text }) => /\.request\b/.test(text)) || files.some(({ text }) => ADAPTERS.test(text))
  if (reader !== undefined && !isShared)
    return [error('handshake', `${reader} reads a session that no middleware puts there`)]
  if (calls.length < 2) return []
  return calls.filter((call) => isForSocketsAlone(call, uses, files)).map(toFinding)
}

/** A middleware that is made for the sockets and mounted nowhere else. */
function isForSocketsAlone(call: SessionCall, uses: readonly Call[], files: readonly SourceText[]): boolean {
  const { path, start, variable } = call
  const inline = uses.some(
    (use) => use.path === path && start > use.start && start < use.start + use.text.length,
  )
  if (inline || variable === undefined) return inline
  const isNamed = ({ text }: Call): boolean => new RegExp(`\\b${variable}\\b`).test(text)
  const mounts = files.flatMap((file) => callsOf(file, String.raw`\w+\.use`)).filter(isNamed)
  const isSocketUse = (mount: Call): boolean =>
    uses.some((use) => use.path === mount.path && use.start === mount.start)
  return uses.some(isNamed) && mounts.every(isSocketUse)
}

function toFinding({ path, line, options }: SessionCall): Finding {
  const shares = /\bstore\b/.test(options ?? 'store')
  const found = shares ? warning : error
  return found('handshake', `${path}:${line} makes a second session middleware, for the sockets`)
}

/** Passport 0.6 and later begins a new session at the login. */
export function checkPassport({ files, dependencies }: ProjectSource): Finding[] {
  const range = dependencies.passport
  const isOld = range === undefined || /^[\^~]?0\.[0-5]\b/.test(range)
  if (isOld || files.some(({ text }) => /\bkeepSessionInfo\b/.test(text))) return []
  const login = find(files, /\bpassport\.authenticate\s*\(|\breq\.log[iI]n\s*\(/)
  const kept = find(files, /\b(?:req|request)\.session\.\w*(?:return|redirect|next|cart|basket)\w*/i)
  if (login === undefined || kept === undefined) return []
  return [
    warning('regenerated', `${kept} keeps data over the login`, `${login} drops them: passport ${range}`),
  ]
}

/** Values of `.env` that `docker run --env-file`, compose and dotenv read in different ways. */
export function checkDotenv({ dotenv, calls, files }: ProjectSource): Finding[] {
  if (dotenv === undefined) return []
  const read = parseEnv(dotenv.text)
  const code = [...calls.map(({ options = '' }) => options), ...files.map(({ text }) => text)].join('\n')
  const used = [...code.matchAll(/\bsecret(?:Key)?s?\s*:\s*(?:\[\s*)?process\.env\.(\w+)/g)].map(
    ([, name]) => name,
  )
  const names = new Set(['SESSION_SECRET', 'SESSION_SECRET_OLD', ...used])
  return dotenv.text.split(/\r?\n/).flatMap((line, index) => {
    const [, name = '', raw = ''] = /^\s*(?:export\s+)?([\w.]+)\s*=(.*)$/.exec(line) ?? []
    const problem = names.has(name) ? problemOf(raw, read[name]) : undefined
    return problem === undefined
      ? []
      : [warning('env-parse', `${dotenv.path}:${index + 1} ${name} ${problem}`)]
  })
}

/** What is wrong with a value, in words that do not repeat it. */
function problemOf(raw: string, value: string | undefined): string | undefined {
  if (raw === '') return undefined
  if (/^\s*["'`]/.test(raw)) return 'has quotes: docker run --env-file makes them a part of the secret'
  if (raw.includes('#')) return 'has a #: some programs end the value there, others do not'
  if (raw !== raw.trim()) return 'has spaces around it: some programs keep them'
  if (raw.includes('$')) return 'has a $: docker compose and dotenv-expand take it for a variable'
  return value === raw ? undefined : 'is read differently by different programs'
}

function find(files: readonly SourceText[], pattern: RegExp): string | undefined {
  for (const { path, text } of files) {
    const found = pattern.exec(text)
    if (found) return `${path}:${lineAt(text, found.index)}`
  }
  return undefined
}
