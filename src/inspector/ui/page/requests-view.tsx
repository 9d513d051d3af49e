import { useApp } from './app.js'
import { useModel } from './model.js'
import { RequestList } from './request-list.js'
import type { LogQuery } from './request-log.js'
import { SearchBox } from './search-box.js'

const STATUSES: readonly [status: LogQuery['status'], label: string][] = [
  ['all', 'All'],
  ['ok', 'With session'],
  ['none', 'Without cookie'],
  ['rejected', 'Rejected'],
]

/** Every request with its verdict, newest first. */
export function RequestsView() {
  const { requests } = useApp()
  const { status, path } = useModel(requests).query
  return (
    <section class="log" aria-label="Requests">
      <div class="toolbar">
        <search>
          <SearchBox
            label="Path begins with"
            placeholder="Path: /login"
            asked={path}
            ask={(text) => void requests.ask({ path: text })}
          />
        </search>
        <fieldset class="segments">
          <legend class="hidden">Status</legend>
          {STATUSES.map(([name, label]) => (
            <button
              key={name}
              type="button"
              aria-pressed={status === name}
              onClick={() => void requests.ask({ status: name })}
            >
              {label}
            </button>
          ))}
        </fieldset>
      </div>
      <RequestList
        log={requests}
        nothing={
          <>
            <h2>No requests yet</h2>
            <p class="muted">
              Each request that passes the session middleware appears here with its verdict.
            </p>
          </>
        }
      />
    </section>
  )
}
