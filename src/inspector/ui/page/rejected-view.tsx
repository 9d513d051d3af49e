import { useApp, useNow } from './app.js'
import { useModel } from './model.js'
import { ProblemBody } from './problem-body.js'
import { Log } from './request-list.js'
import { linkTo } from './route.js'
import type { RequestEntry } from './shapes.js'
import { agoOf, momentOf, shortHandle, visible } from './text.js'

/** Requests that had no session although they should have, each with its reason and its fix. */
export function RejectedView() {
  const { rejected } = useApp()
  return (
    <section class="log" aria-labelledby="rejected-title">
      <h2 id="rejected-title">
        Requests that lost their session <span class="muted">and why</span>
      </h2>
      <CodeFilter />
      <Log
        class="rejected"
        log={rejected}
        nothing={<NoRejection />}
        draw={(entry) => <Rejection entry={entry} />}
      />
    </section>
  )
}

/** The codes that have come up. */
function CodeFilter() {
  const log = useModel(useApp().rejected)
  const { code } = log.query
  const codes = new Set(log.entries.map(({ problem }) => problem?.code ?? ''))
  if (code === '' && codes.size < 2) return null
  return (
    <fieldset class="segments">
      <legend class="hidden">Code</legend>
      {['', ...(code === '' ? codes : [code])].map((name) => (
        <button
          key={name}
          type="button"
          aria-pressed={code === name}
          onClick={() => void log.ask({ code: name })}
        >
          {name === '' ? 'All' : name}
        </button>
      ))}
    </fieldset>
  )
}

function NoRejection() {
  return (
    <>
      <h2>No request has lost its session</h2>
      <p class="muted">
        Whenever a cookie becomes no session, or a session cannot be kept, the request appears here with the
        reason and the fix.
      </p>
    </>
  )
}

function Rejection({ entry }: { readonly entry: RequestEntry }) {
  const now = useNow()
  const { at, method, path, problem, handle } = entry
  if (problem === null) return null
  return (
    <article tabIndex={-1} data-row data-code={problem.code}>
      <div class="line">
        <span class="badge bad">{problem.code}</span>
        <h3>{problem.title}</h3>
        <span class="mono path">
          <span class="muted">{method}</span> {visible(path)}
        </span>
        <time class="muted end" title={momentOf(at)}>
          {agoOf(at, now)}
        </time>
      </div>
      <ProblemBody entry={entry} problem={problem} />
      {handle !== null && (
        <p>
          <a href={linkTo('sessions', handle)}>Session {shortHandle(handle)}</a>
        </p>
      )}
    </article>
  )
}
