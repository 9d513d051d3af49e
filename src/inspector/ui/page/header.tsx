import { useApp, useNow } from './app.js'
import type { LiveState } from './live.js'
import { useModel } from './model.js'
import { linkTo, type Route } from './route.js'
import { countOf, spanOf, timeOf } from './text.js'

/** Where one is, what happens, and what concerns the app as a whole. */
export function Header({ onHelp }: { readonly onHelp: () => void }) {
  const { info } = useApp()
  if (info === undefined) return null
  const { environment, store, readOnly } = info
  return (
    <header>
      <div class="bar">
        <h1>
          <span class="mark" aria-hidden="true" />
          sessmw
        </h1>
        <span class={`badge ${environment === 'production' ? 'bad' : 'quiet'}`}>{environment}</span>
        {readOnly && <span class="badge quiet">read-only</span>}
        <span class="muted store">{store.name}</span>
        <LiveButton />
        <div class="tools">
          <ClockTools />
          <ExportButton />
          <button type="button" class="small" onClick={onHelp} aria-label="Keys and search terms">
            ?
          </button>
        </div>
      </div>
      <Views />
    </header>
  )
}

const LIVE_WORDS: Readonly<Record<LiveState, string>> = {
  connecting: 'connecting',
  live: 'live',
  paused: 'paused',
  offline: 'offline',
}

function LiveButton() {
  const { live } = useApp()
  const { state } = useModel(live)
  return (
    <>
      <button
        type="button"
        class={`live ${state}`}
        aria-pressed={state === 'paused'}
        aria-label={state === 'paused' ? 'Updates are paused. Go on' : `Updates: ${LIVE_WORDS[state]}. Pause`}
        title={state === 'paused' ? 'Go on (p)' : 'Pause (p)'}
        onClick={() => live.toggle()}
      >
        <span class="dot" aria-hidden="true" />
        {LIVE_WORDS[state]}
      </button>
      <span class="hidden" aria-live="polite">
        {LIVE_WORDS[state]}
      </span>
    </>
  )
}

const HOUR = 3_600_000
const DAY = 24 * HOUR

function ClockTools() {
  const app = useApp()
  const now = useNow()
  const { clock, capabilities } = app.info ?? {}
  if (clock === undefined || capabilities === undefined) return null
  const { offsetMs, adjustable } = clock
  const move = (ms: number) => (
    <button type="button" class="small" onClick={() => void app.travel(offsetMs + ms)}>
      {ms === HOUR ? '+1 h' : '+1 d'}
    </button>
  )
  return (
    <fieldset class={`clock ${offsetMs === 0 ? '' : 'moved'}`}>
      <legend class="hidden">Clock of the app</legend>
      <time class="mono">{timeOf(now)}</time>
      {offsetMs !== 0 && (
        <span class="badge warn" role="status">
          {offsetMs > 0 ? '+' : '−'}
          {spanOf(Math.abs(offsetMs), 2)}
        </span>
      )}
      {adjustable && capabilities.clock && (
        <>
          {move(HOUR)}
          {move(DAY)}
          {offsetMs !== 0 && (
            <button type="button" class="small" onClick={() => void app.travel(0)}>
              Reset
            </button>
          )}
        </>
      )}
    </fieldset>
  )
}

function ExportButton() {
  const app = useApp()
  const save = async (): Promise<void> => {
    const text = JSON.stringify(await app.api.call('GET', 'api/v1/export'), null, 2)
    const link = document.createElement('a')
    link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
    link.download = 'sessmw-sessions.json'
    link.click()
    // The download has begun when the click returns, and then needs the address no more.
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
  }
  return (
    <button
      type="button"
      class="small"
      title="Everything, masked, as one file for a bug report"
      onClick={() => void app.notes.attempt(save)}
    >
      Export
    </button>
  )
}

const VIEWS: readonly [view: Route['view'], label: string][] = [
  ['sessions', 'Sessions'],
  ['rejected', 'Rejected'],
  ['requests', 'Requests'],
  ['cookie', 'Cookie check'],
]

function Views() {
  const app = useApp()
  const { page } = useModel(app.sessions)
  return (
    <nav aria-label="Views">
      {VIEWS.map(([view, label]) => (
        <a key={view} href={linkTo(view)} aria-current={app.route.view === view ? 'page' : undefined}>
          {label}
          {view === 'sessions' && page !== undefined && <Count count={page.total} what="session" />}
          {view === 'rejected' && app.unseen > 0 && <Count count={app.unseen} what="new rejection" isBad />}
        </a>
      ))}
    </nav>
  )
}

function Count({ count, what, isBad = false }: { count: number; what: string; isBad?: boolean }) {
  return (
    <span class={`count ${isBad ? 'bad' : ''}`}>
      <span aria-hidden="true">{count > 9_999 ? `${Math.floor(count / 1_000)}k` : count}</span>
      <span class="hidden"> {countOf(count, what)}</span>
    </span>
  )
}
