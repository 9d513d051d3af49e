import { SessmwError } from '../errors.js'
import { FRONTENDS, type SessionChoices, STORES } from '../scaffold/session-module.js'
import type { PromptChoice, Prompts } from './prompts.js'

/** The flags that answer the questions of `init`, as commander gives them. */
export interface ChoiceFlags {
  readonly store?: string
  readonly proxy?: string
  readonly frontend?: string
  readonly name?: string
}

/** What `--yes` accepts. No proxy: to trust one that is not there lets clients choose their own address. */
const DEFAULTS: SessionChoices = { store: 'memory', proxy: 0, frontend: 'same-site', name: 'sid' }

const MAX_PROXIES = 10

/** The answers that flags give, and defaults for the others; see `askChoices`. */
export interface GivenChoices {
  readonly choices: SessionChoices
  /** The questions that no flag answers. */
  readonly open: readonly (keyof SessionChoices)[]
}

/** @throws SessmwError `usage` for a flag with an impossible value */
export function givenChoices(flags: ChoiceFlags): GivenChoices {
  const { store, proxy, frontend, name } = flags
  const problem = name === undefined ? undefined : problemOfName(name)
  if (problem !== undefined) throw new SessmwError('usage', `--name: ${problem}`)
  const given: Partial<SessionChoices> = {
    ...(store === undefined ? {} : { store: oneOf('--store', STORES, store) }),
    ...(proxy === undefined ? {} : { proxy: hops(proxy) }),
    ...(frontend === undefined ? {} : { frontend: oneOf('--frontend', FRONTENDS, frontend) }),
    ...(name === undefined ? {} : { name: withoutPrefix(name) }),
  }
  const open = (['store', 'proxy', 'frontend', 'name'] as const).filter((key) => given[key] === undefined)
  return { choices: { ...DEFAULTS, ...given }, open }
}

/** Asks what no flag has answered, each question for one cause of sessions that do not stick. */
export async function askChoices({ choices, open }: GivenChoices, prompts: Prompts): Promise<SessionChoices> {
  let { store, proxy, frontend, name } = choices
  if (open.includes('store')) store = await prompts.select('Where will sessions live?', STORE_CHOICES, store)
  if (open.includes('proxy')) {
    const question = 'How many reverse proxies are in front in production?'
    proxy = hops(await prompts.select(question, PROXY_CHOICES, `${proxy}`))
  }
  if (open.includes('frontend')) {
    const question = 'Where do the pages come from that use the session?'
    frontend = await prompts.select(question, FRONTEND_CHOICES, frontend)
  }
  if (open.includes('name')) name = withoutPrefix(await prompts.text('Cookie name', name, problemOfName))
  return { store, proxy, frontend, name }
}

/** The flags that give these answers. */
export function choiceFlags({ store, proxy, frontend, name }: SessionChoices): string[] {
  return [`--store ${store}`, `--proxy ${proxy}`, `--frontend ${frontend}`, `--name ${name}`]
}

const STORE_CHOICES: readonly PromptChoice<SessionChoices['store']>[] = [
  { value: 'memory', name: 'memory: in this process, for a start' },
  { value: 'sqlite', name: 'SQLite: in a file, for one machine' },
  { value: 'redis', name: 'Redis or Valkey' },
  { value: 'postgres', name: 'PostgreSQL' },
]

const PROXY_CHOICES: readonly PromptChoice<string>[] = [
  { value: '0', name: 'none' },
  { value: '1', name: '1, such as Heroku, Render, Fly or an nginx of yours' },
  { value: '2', name: '2, such as a CDN before one of these' },
]

const FRONTEND_CHOICES: readonly PromptChoice<SessionChoices['frontend']>[] = [
  { value: 'same-site', name: 'this server, or the same host' },
  { value: 'subdomain', name: 'another host of the same domain' },
  { value: 'cross-site', name: 'another site' },
]

function oneOf<T extends string>(flag: string, known: readonly T[], value: string): T {
  const found = known.find((each) => each === value)
  if (found === undefined) throw new SessmwError('usage', `${flag} takes one of ${known.join(', ')}.`)
  return found
}

function hops(text: string): number {
  const count = Number(text)
  if (/^\d+$/.test(text) && count <= MAX_PROXIES) return count
  throw new SessmwError('usage', `--proxy takes a number of proxies from 0 to ${MAX_PROXIES}.`)
}

/** The name is written into source code, so only plain ones are taken. */
function problemOfName(name: string): string | undefined {
  return /^[\w.-]{1,64}$/.test(withoutPrefix(name)) ? undefined : 'Letters, digits, . - _ only, please.'
}

/** What is written adds the prefix in production, where browsers take it. */
const withoutPrefix = (name: string): string => name.replace(/^__(?:Host|Secure)-/i, '')
