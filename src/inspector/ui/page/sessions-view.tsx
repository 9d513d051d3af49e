import { useEffect } from 'preact/hooks'
import { useApp } from './app.js'
import { DetailView } from './detail-view.js'
import { useModel } from './model.js'
import { NoSessions } from './no-sessions.js'
import { Notice } from './notice.js'
import { SearchBox } from './search-box.js'
import { MOST_ROWS } from './session-list.js'
import { SessionTable } from './session-table.js'
import { countOf } from './text.js'

/** The list, and beside it the session that is open. */
export function SessionsView() {
  const { detail } = useApp()
  return (
    <div class={`panes ${detail === undefined ? '' : 'open'}`}>
      <section class="list" aria-label="List of sessions">
        <Toolbar />
        <List />
      </section>
      {detail !== undefined && <DetailView key={detail.handle} detail={detail} />}
    </div>
  )
}

const FILTERS: readonly [filter: string, label: string][] = [
  ['all', 'All'],
  ['signed-in', 'Signed in'],
  ['anonymous', 'Anonymous'],
  ['expiring', 'Expiring'],
  ['expired', 'Expired'],
]

const SORTS: readonly [sort: string, label: string][] = [
  ['seen', 'Last used'],
  ['-seen', 'Longest unused'],
  ['created', 'Newest'],
  ['-created', 'Oldest'],
  ['expires', 'Ends next'],
  ['-expires', 'Ends last'],
  ['owner', 'Owner'],
  ['-owner', 'Owner, from Z'],
  ['keys', 'Most keys'],
  ['-keys', 'Fewest keys'],
  ['size', 'Largest'],
  ['-size', 'Smallest'],
]

function Toolbar() {
  const list = useModel(useApp().sessions)
  const { filter, sort } = list.query
  return (
    <div class="toolbar">
      <Search />
      <select
        aria-label="Order"
        value={sort}
        onChange={({ currentTarget }) => void list.ask({ sort: currentTarget.value })}
      >
        {SORTS.map(([name, label]) => (
          <option key={name} value={name}>
            {label}
          </option>
        ))}
      </select>
      <fieldset class="segments">
        <legend class="hidden">Filter</legend>
        {FILTERS.map(([name, label]) => (
          <button
            key={name}
            type="button"
            aria-pressed={filter === name}
            onClick={() => void list.ask({ filter: name })}
          >
            {label}
          </button>
        ))}
      </fieldset>
    </div>
  )
}

function Search() {
  const list = useModel(useApp().sessions)
  const problem = list.problem?.code === 'bad-query' ? list.problem : undefined
  return (
    <search>
      <SearchBox
        label="Search sessions"
        placeholder="Search: ada has:cart is:expiring path:/login"
        asked={list.query.q}
        errorId={problem && 'search-error'}
        ask={(q) => void list.ask({ q })}
      />
      {problem !== undefined && (
        <p id="search-error" class="error" role="alert">
          {problem.message} <span class="muted">{problem.fix}</span>
        </p>
      )}
    </search>
  )
}

function List() {
  const app = useApp()
  const list = useModel(app.sessions)
  const { problem, page, rows, query } = list
  // That nothing answers is said above.
  const isOffline = problem?.code === 'offline' && page !== undefined
  const isBadQuery = problem?.code === 'bad-query'
  const isNarrowed = query.q !== '' || query.filter !== 'all'
  return (
    <>
      {problem !== undefined && !isBadQuery && !isOffline && <ListProblem />}
      {page !== undefined && rows.length > 0 && <FreshBar />}
      {rows.length > 0 && <SessionTable rows={rows} />}
      {page !== undefined && rows.length === 0 && !isBadQuery && problem === undefined && (
        <NoSessions isNarrowed={isNarrowed} />
      )}
      {page === undefined && problem === undefined && <p class="muted wait">Reading the sessions…</p>}
      {rows.length > 0 && <Foot />}
    </>
  )
}

function ListProblem() {
  const list = useModel(useApp().sessions)
  const isStore = list.problem?.code.startsWith('store-') === true
  const retry = (
    <button type="button" onClick={() => void list.load()}>
      Try again
    </button>
  )
  useEffect(() => {
    const timer = setInterval(() => list.refresh(), 3_000)
    return () => clearInterval(timer)
  }, [list])
  return (
    <Notice kind="error" problem={list.problem} action={retry}>
      {isStore &&
        'Requests have no session until the store is back. The list is read again every three seconds.'}
    </Notice>
  )
}

function FreshBar() {
  const list = useModel(useApp().sessions)
  const { fresh } = list
  return (
    <div class="fresh" aria-live="polite">
      {fresh > 0 && (
        <button type="button" data-show-new onClick={() => void list.load()}>
          {fresh} new, show{' '}
          <span class="kbd" aria-hidden="true">
            n
          </span>
        </button>
      )}
    </div>
  )
}

function Foot() {
  const list = useModel(useApp().sessions)
  const { page, rows, cursor, isFull, isLoading } = list
  if (page === undefined) return null
  const matched = Math.max(page.matched, rows.length)
  return (
    <div class="foot">
      <p class="muted">
        {rows.length < matched
          ? `${rows.length} of ${countOf(matched, 'session')}`
          : countOf(rows.length, 'session')}
        {page.truncated && ', of the 100 000 that a list looks at'}
      </p>
      {cursor !== null && !isFull && (
        <button type="button" disabled={isLoading} onClick={() => void list.more()}>
          {isLoading ? 'Loading…' : 'Load more'}
        </button>
      )}
      {cursor !== null && isFull && (
        <p class="muted">The first {MOST_ROWS} are shown: search to find others.</p>
      )}
    </div>
  )
}
