import { isSessmwError } from '../errors.js'
import { cookiesSetBy, findSessionName, lifetimeOf, sessionCookiesSetBy } from './cookies.js'
import { type Exchange, redirectOf } from './exchange.js'
import { shownUrl } from './masking.js'
import { get } from './probe-request.js'

/** No more requests are sent than this. */
const MAX_REQUESTS = 4

/** Why a request was sent. */
export type Purpose = 'plain' | 'redirect' | 'as-https' | 'origin' | 'replay'

/** A request of the doctor, and what came of it. */
export interface Probe extends Exchange {
  readonly purpose: Purpose
  readonly complete: boolean
  readonly untrusted: string | undefined
  /** Why there was no answer. */
  readonly failure: string | undefined
}

/** What to ask. */
export interface ProbeOptions {
  readonly url: URL
  /** Where the page of the front end comes from. */
  readonly origin: URL | undefined
  /** The name of the session cookie, if it is known. */
  readonly name: string | undefined
  /** Seconds for each request. */
  readonly timeout: number
  /** Told before each request. */
  readonly onRequest: (text: string) => void
}

const NOTES: Readonly<Record<Purpose, string>> = {
  plain: '',
  redirect: ' (redirect)',
  'as-https': ' (X-Forwarded-Proto: https)',
  origin: ' (Origin)',
  replay: ' (with the cookie)',
}

/**
 * Asks a server what it does about sessions, with at most four GETs: the page, with the redirects that stay on the
 * host; if there is no session cookie over http, as a proxy for HTTPS would; from the front end; and with the cookie.
 *
 * @throws SessmwError `io` when the first request gets no answer; a later one without an answer is reported as such
 */
export async function probe(options: ProbeOptions): Promise<Probe[]> {
  const run = new Run(options)
  let page = await run.page()
  const asHttps = page.url?.protocol === 'http:' && !run.setsSession(page) && !run.hasSession()
  if (asHttps) page = (await run.send('as-https', options.url, { 'X-Forwarded-Proto': 'https' })) ?? page
  const { origin } = options
  if (origin !== undefined && origin.origin !== options.url.origin)
    await run.send('origin', page.url ?? options.url, { ...run.headersOf(page), Origin: origin.origin })
  await run.replay()
  return run.probes
}

class Run {
  readonly probes: Probe[] = []
  readonly #options: ProbeOptions

  constructor(options: ProbeOptions) {
    this.#options = options
  }

  /** The page, behind the redirects that stay on its host; one request stays free for the cookie. */
  async page(): Promise<Probe> {
    let page = await this.#first()
    while (this.probes.length < MAX_REQUESTS - 1) {
      const next = redirectOf(page)
      if (next === undefined || next.hostname !== this.#options.url.hostname) break
      const cookie = cookieHeader(this.probes)
      const probe = await this.send('redirect', next, cookie === '' ? {} : { Cookie: cookie })
      if (probe === undefined || probe.failure !== undefined) break
      page = probe
    }
    return page
  }

  async #first(): Promise<Probe> {
    const probe = await this.#request('plain', this.#options.url, {})
    this.probes.push(probe)
    return probe
  }

  /** Sends one more request unless all are used up; without an answer, the reason is noted. */
  async send(purpose: Purpose, url: URL, headers: Record<string, string>): Promise<Probe | undefined> {
    if (this.probes.length >= MAX_REQUESTS) return undefined
    const probe = await this.#request(purpose, url, headers).catch((error: unknown) => {
      if (!isSessmwError(error)) throw error
      return { ...this.#outline(purpose, url, headers), failure: error.message }
    })
    this.probes.push(probe)
    return probe
  }

  /** Brings the session cookie back where it was set, if the app has finished with it and it still lives. */
  async replay(): Promise<void> {
    const setter = this.probes.find((probe) => this.setsSession(probe))
    if (setter?.url === undefined || !setter.complete) return
    const expired = this.#sessionCookies(setter).some((cookie) => (lifetimeOf(cookie, setter) ?? 1) <= 0)
    if (expired) return
    const cookie = cookieHeader(this.probes.slice(0, this.probes.indexOf(setter) + 1))
    await this.send('replay', setter.url, { ...this.headersOf(setter), Cookie: cookie })
  }

  /** What a request like this one must repeat to be treated alike. */
  headersOf(probe: Probe): Record<string, string> {
    return probe.purpose === 'as-https' ? { 'X-Forwarded-Proto': 'https' } : {}
  }

  setsSession(probe: Probe): boolean {
    return this.#sessionCookies(probe).length > 0
  }

  hasSession(): boolean {
    return this.probes.some((probe) => this.setsSession(probe))
  }

  #sessionCookies(probe: Probe): ReturnType<typeof sessionCookiesSetBy> {
    return sessionCookiesSetBy(probe, this.#options.name ?? findSessionName(this.probes))
  }

  async #request(purpose: Purpose, url: URL, headers: Record<string, string>): Promise<Probe> {
    this.#options.onRequest(`GET ${shownUrl(url)}${NOTES[purpose]}`)
    const sent = { 'User-Agent': 'sessmw-doctor', Accept: 'text/html, */*;q=0.8', ...headers }
    const outline = this.#outline(purpose, url, headers)
    const {
      status,
      headers: responseHeaders,
      complete,
      untrusted,
    } = await get(url, sent, this.#options.timeout)
    return { ...outline, status, responseHeaders, complete, untrusted }
  }

  #outline(purpose: Purpose, url: URL, headers: Record<string, string>): Probe {
    return {
      label: `request ${this.probes.length + 1}${NOTES[purpose]}`,
      purpose,
      method: 'GET',
      url,
      requestHeaders: Object.entries(headers),
      status: undefined,
      responseHeaders: [],
      startedAt: Date.now(),
      complete: false,
      untrusted: undefined,
      failure: undefined,
    }
  }
}

/** The cookies that these answers leave behind, all of the one host. */
function cookieHeader(probes: readonly Probe[]): string {
  const cookies = new Map<string, string>()
  for (const { name, value } of probes.flatMap(cookiesSetBy)) {
    if (value === '') cookies.delete(name)
    else cookies.set(name, value)
  }
  return [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
}
