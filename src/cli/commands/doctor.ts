import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { diagnose, type Evidence } from '../../doctor/diagnose.js'
import { parseUrl } from '../../doctor/exchange.js'
import { probe } from '../../doctor/probe.js'
import { type ProjectSource, readProject } from '../../doctor/project-source.js'
import { readHar } from '../../doctor/read-har.js'
import { readHeaders } from '../../doctor/read-headers.js'
import { readLog } from '../../doctor/read-log.js'
import { SessmwError } from '../../errors.js'
import { readPackage } from '../../scaffold/package-json.js'
import { readSources, readText } from '../../scaffold/source-files.js'
import { doctorJson, printDoctor } from '../doctor-report.js'
import { EXIT } from '../exit-code.js'
import { type Io, readStdin } from '../io.js'
import { type Output, type OutputOptions, outputOf } from '../output.js'
import { findSecrets, type SecretOptions } from '../secret-source.js'

/** Options of `sessmw doctor`. The files may be `-` for stdin, one of them. */
export interface DoctorOptions extends SecretOptions, OutputOptions {
  /** The address to ask, or `-` for headers on stdin. */
  readonly operand?: string
  readonly name?: string
  /** Where the page of the front end comes from. */
  readonly origin?: string
  readonly har?: string
  readonly headers?: string
  readonly log?: string
  /** Seconds. */
  readonly timeout?: string
}

const MAX_FILE = 64 << 20
const MAX_TIMEOUT = 600

/** Finds out why sessions do not stick, from all that it is given; exit 1 when one cannot work. */
export async function doctor(options: DoctorOptions, io: Io): Promise<number> {
  const out = outputOf(io, options)
  const url =
    options.operand === undefined || options.operand === '-' ? undefined : addressOf(options.operand)
  const origin = options.origin === undefined ? undefined : addressOf(options.origin)
  const timeout = timeoutOf(options.timeout)
  const { name } = options
  const given = await readGiven(options, io)
  const project = projectIn(io.cwd, options)
  const isGiven = given.har !== undefined || given.headers.length > 0 || given.log !== undefined
  if (url === undefined && project === undefined && !isGiven)
    throw new SessmwError('no-project', 'Name an address, --har, --headers or --log, or run it in a project.')
  const secrets = await secretsFor(given, options, io, out)
  const onRequest = (text: string): void => out.note(out.paintNote.dim(text))
  const probes = url === undefined ? [] : await probe({ url, origin, name, timeout, onRequest })
  const findings = diagnose({ ...given, probes, project }, { name, origin, secrets })
  const report = { url, probes, findings, project }
  if (options.json) out.json(doctorJson(report))
  else printDoctor(report, out)
  return findings.some(({ level }) => level === 'error') ? EXIT.negative : EXIT.ok
}

/** What URL takes for a host may be a cookie that was pasted in the wrong place. */
const HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])$/i

/** People leave the scheme out. */
function addressOf(text: string): URL {
  const url = parseUrl(/^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`)
  if (url !== undefined && HOST.test(url.hostname)) return url
  throw new SessmwError('usage', 'This is no address: write one such as http://localhost:3000/login.')
}

function timeoutOf(text = '10'): number {
  const seconds = Number(text)
  if (seconds > 0 && seconds <= MAX_TIMEOUT) return seconds
  throw new SessmwError('usage', `--timeout takes seconds, from above 0 to ${MAX_TIMEOUT}.`)
}

async function readGiven(options: DoctorOptions, io: Io): Promise<Omit<Evidence, 'probes' | 'project'>> {
  const headers = options.operand === '-' ? '-' : options.headers
  const sources = [headers, options.har, options.log, options.secretStdin ? '-' : undefined]
  if (sources.filter((source) => source === '-').length > 1 || (options.operand === '-' && options.headers))
    throw new SessmwError('usage', 'stdin can be read once only.')
  const read = (file: string): Promise<string> | string => (file === '-' ? readStdin(io) : readFile(file, io))
  return {
    headers: headers === undefined ? [] : readHeaders(await read(headers)),
    har: options.har === undefined ? undefined : readHar(await read(options.har)),
    log: options.log === undefined ? undefined : readLog(await read(options.log)),
  }
}

function readFile(file: string, io: Io): string {
  const bytes = readFileSync(resolve(io.cwd, file))
  if (bytes.length > MAX_FILE) throw new SessmwError('usage', `${file} is larger than ${MAX_FILE >> 20} MiB.`)
  return bytes.toString('utf8')
}

/** Cookies that were pasted or recorded can be checked, if the secrets are at hand. */
async function secretsFor(
  { headers, har }: Omit<Evidence, 'probes' | 'project'>,
  options: DoctorOptions,
  io: Io,
  out: Output,
): Promise<string[]> {
  if (headers.length === 0 && har === undefined) return []
  const found = await findSecrets(options, { ...io, canAsk: false }, out)
  return found.map(({ value }) => value)
}

function projectIn(cwd: string, { dotenv = '.env' }: DoctorOptions): ProjectSource | undefined {
  if (!existsSync(join(cwd, 'package.json'))) return undefined
  const { scripts, dependencies } = readPackage(cwd)
  const text = readText(resolve(cwd, dotenv))
  const env = text === undefined ? undefined : { path: dotenv, text }
  return readProject({ files: readSources(cwd), scripts, dependencies, dotenv: env })
}
