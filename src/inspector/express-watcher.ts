import { readCookieValues } from '../cookie/cookie-header.js'
import { verifyValue } from '../cookie/signed-value.js'
import { handleOf } from '../core/session-id.js'
import type { LoadCode } from '../core/verdict.js'
import type { LoadOutcome, Settings } from '../express/express-session/settings.js'
import type { SessionRequest } from '../express/express-session/types.js'
import { ExpressSubject } from './express-subject.js'
import { RecentMap } from './recent-map.js'
import { Recorder } from './recorder.js'

/** One for each middleware, however many inspectors the app mounts. */
const recorders = new WeakMap<Settings, Recorder>()

/** How many ids are remembered, by handle: what a store without a list can show. */
const MAX_SEEN = 10_000

/** Follows the sessions of a middleware of `sessmw/express-session` from now on. */
export function followExpress(settings: Settings): Recorder {
  const present = recorders.get(settings)
  if (present !== undefined) return present
  const ids = new RecentMap<string>(MAX_SEEN)
  const seen = { get: (handle: string) => ids.get(handle), ids: () => [...ids.entries()].map(([, id]) => id) }
  const recorder = new Recorder(new ExpressSubject(settings, seen))
  recorders.set(settings, recorder)
  settings.observer.onLoad = (request, sid, outcome) => {
    if (sid !== undefined && outcome === 'loaded') ids.set(handleOf(sid), sid)
    tell(recorder, settings, request, sid, outcome)
  }
  return recorder
}

function tell(
  recorder: Recorder,
  settings: Settings,
  request: SessionRequest,
  sid: string | undefined,
  outcome: LoadOutcome,
): void {
  const { originalUrl, url = '', method = '', headers } = request
  try {
    recorder.request({
      at: recorder.subject.now(),
      method,
      path: (originalUrl ?? url).split('?', 1)[0] ?? '',
      handle: sid === undefined ? null : handleOf(sid),
      owner: null,
      load: outcome === 'no-id' ? whyNoId(settings, request) : outcome,
      ...{ save: null, cookie: null, detail: null },
      cookieHeader: headers.cookie,
    })
  } catch (error) {
    process.emitWarning(`The inspector could not follow a request: ${String(error)}`, {
      type: 'SessmwWarning',
    })
  }
}

/** Why a cookie gave no id; worked out only here, so that it costs nothing where nobody looks. */
function whyNoId({ name, secrets }: Settings, request: SessionRequest): LoadCode {
  const [value] = readCookieValues(request.headers.cookie, name)
  if (value === undefined) return 'none'
  const known = secrets ?? (request.secret === undefined ? [] : [request.secret])
  const found = verifyValue(value, known)
  return found.ok ? 'malformed' : found.reason
}
