import { looksLikeMilliseconds } from '../core/duration.js'
import { error, type Finding, guess, warning } from './finding.js'
import type { ProjectSource } from './project-source.js'
import { type SessionCall, shownOption } from './session-calls.js'
import type { SourceText } from './source-text.js'

/** Shorter is hardly meant, and none at all below the second; in milliseconds. */
const MIN_MAX_AGE = 120_000
const NO_MAX_AGE = 30_000
const SECURE = /\bsecure\s*:\s*[^,}\n]+/
const DURATION =
  /\b(?:maxAge|idleTimeout|absoluteLifetime)\s*:\s*([\d_.]+(?:\s*\*\s*[\d_.]+)*)(?=\s*(?:,|\}|$))/
const DAY_SECONDS = 86_400

/** When the cookie is Secure: `sometimes` is in production, as a rule. */
export type Secure = 'always' | 'sometimes' | 'never'

/** What the options of the session middleware and their surroundings say. */
export function checkOptions(project: ProjectSource): Finding[] {
  return project.calls.flatMap((call) => {
    const { options } = call
    if (options === undefined) return []
    return [
      ...checkTrust(call, options, project),
      ...checkDurations(call, options, project),
      ...checkStore(call, options, project),
      ...checkBeginning(call, options, project),
    ]
  })
}

/** How the cookie is made Secure. */
export function secureOf({ options = '', library }: SessionCall, files: readonly SourceText[]): Secure {
  const value = SECURE.exec(options)?.[0]
    .replace(/^secure\s*:\s*/, '')
    .trim()
  if (value === 'true') return 'always'
  if (value === 'false' || /^['"]auto['"]$/.test(value ?? '')) return 'never'
  const isSetLater = files.some(({ text }) => /\bcookie\.secure\s*=\s*true\b/.test(text))
  return value !== undefined || isSetLater || library === 'sessmw' ? 'sometimes' : 'never'
}

/** Whether the app learns of HTTPS by itself or from its proxy. */
export function knowsHttps({ files, calls }: ProjectSource): boolean {
  const signs =
    /['"`]trust proxy['"`]|\btrustProxy\b|\bhttps\.createServer\b|\bcreateSecureServer\b|['"]node:https['"]/
  return (
    files.some(({ text }) => signs.test(text)) ||
    calls.some(({ options = '' }) => /\bproxy\s*:/.test(options))
  )
}

function checkTrust(call: SessionCall, options: string, project: ProjectSource): Finding[] {
  const secure = secureOf(call, project.files)
  const isSaid = SECURE.test(options) || call.library === 'express-session'
  if (secure === 'never' || !isSaid || knowsHttps(project)) return []
  const found = secure === 'always' ? warning : guess
  return [found('trust-proxy-missing', shown(call, project, SECURE), "no file sets 'trust proxy'")]
}

function checkDurations(call: SessionCall, options: string, project: ProjectSource): Finding[] {
  const match = DURATION.exec(options)
  if (match === null) return []
  const value = (match[1] ?? '')
    .split('*')
    .reduce((product, part) => product * Number(part.replaceAll('_', '')), 1)
  if (value === 0) return []
  const line = shown(call, project, DURATION)
  if (call.library === 'sessmw') {
    const problem = looksLikeMilliseconds(value) || value > 400 * DAY_SECONDS
    return problem ? [warning('expired-or-units', line, `${value} seconds look like milliseconds`)] : []
  }
  const found = value < NO_MAX_AGE ? error : warning
  if (value < MIN_MAX_AGE) return [found('expired-or-units', line, `that is ${value / 1000} s`)]
  const isDays = value % DAY_SECONDS === 0 && value % 60_000 !== 0
  return isDays ? [warning('expired-or-units', line, `${value / DAY_SECONDS} days in seconds?`)] : []
}

/** A store in the memory of one process is another one in each. */
function checkStore(call: SessionCall, options: string, { files, scripts }: ProjectSource): Finding[] {
  const isSet = /\bstore\b\s*[:,}]/.test(options) || files.some(({ text }) => /\.store\s*=(?!=)/.test(text))
  if (isSet && !/\bnew\s+(?:\w+\.)?MemoryStore\b/.test(options)) return []
  const line = `${call.path}:${call.line} has no store, so sessions are in the memory of one process`
  const forks = files.find(({ text }) => /['"](?:node:)?cluster['"]/.test(text) && /\.fork\s*\(/.test(text))
  const pm2 = files.find(
    ({ text }) => /\bapps\s*:/.test(text) && /\binstances\s*:\s*(?:['"]max['"]|-1|0|[2-9]|\d{2})/.test(text),
  )
  const script = Object.entries(scripts).find(([, command]) => /\bpm2\b.*\s-i\s+(?!1\b)/.test(command))
  // With sticky sessions it works until a process ends.
  const level = files.some(({ text }) => /\bsticky\b/i.test(text)) ? warning : error
  const several = forks?.path ?? pm2?.path ?? (script === undefined ? undefined : `script "${script[0]}"`)
  if (several !== undefined) return [level('store-lost', line, `${several} starts several processes`)]
  const production = Object.entries(scripts).find(([, command]) => /NODE_ENV=production/.test(command))
  return production === undefined
    ? []
    : [
        warning(
          'store-lost',
          line,
          `script "${production[0]}" runs it in production: a restart logs everybody out`,
        ),
      ]
}

const WRITES = [
  /\.session(?:!|\?)?(?:\.[\w$]+|\[[^\]]+\])+\s*(?:\*\*|\?\?|&&|\|\||<<|>>>?|[-+*/%&|^])?=(?![=>])/,
  /\.session(?:\.[\w$]+|\[[^\]]+\])+\s*(?:\+\+|--)/,
  /\.session(?:\.\w+)*\.(?:push|set|add|login|update|flash)\s*\(/,
  /\bsessionOf\s*\(|\bgetSession\s*\(|\bpassport\b|\.(?:login|logIn|flash|csrfToken)\s*\(/,
]
/** The session leaves the reach of a search for text. */
const PASSED_ON = /[(,=]\s*(?:\w+\.)*session\s*[,);\n]|\{[^}]*\bsession\b[^}]*\}\s*(?:=|\)|:)/

/** A session that nobody writes to is never begun. */
function checkBeginning(call: SessionCall, options: string, project: ProjectSource): Finding[] {
  const isEager = call.library === 'express-session' && !/saveUninitialized\s*:\s*false/.test(options)
  const isKept = project.files.some(
    ({ text }) => WRITES.some((write) => write.test(text)) || PASSED_ON.test(text),
  )
  if (isEager || isKept) return []
  return [
    guess('not-initialized', shown(call, project, /saveUninitialized\s*:\s*false/), 'no file writes to it'),
  ]
}

function shown(call: SessionCall, { files }: ProjectSource, pattern: RegExp): string {
  return shownOption(call, files.find(({ path }) => path === call.path)?.text ?? '', pattern)
}
