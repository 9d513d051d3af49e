import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { useApp } from './app.js'
import { useModel } from './model.js'
import { Notice } from './notice.js'
import { ProblemBody } from './problem-body.js'
import { MOST_ENTRIES, type RequestLog } from './request-log.js'
import { linkTo } from './route.js'
import type { RequestEntry } from './shapes.js'
import { momentOf, shortHandle, timeOf, visible } from './text.js'

interface LogProps {
  readonly log: RequestLog
  /** What is said of an empty log. */
  readonly nothing: ComponentChildren
  /** Draws one entry. */
  readonly draw: (entry: RequestEntry) => ComponentChildren
  readonly class: string
}

/** A log with what it needs around: new entries that wait, older ones, and why there are none. */
export function Log({ log, nothing, draw, class: name }: LogProps) {
  const { entries, fresh, before, isLoading, isFull, hasLoaded, problem } = useModel(log)
  useEffect(() => {
    if (!log.hasLoaded) void log.load()
    return () => hold(log, false)
  }, [log])
  return (
    <>
      {problem !== undefined && <Notice kind="error" problem={problem} />}
      <div class="fresh" aria-live="polite">
        {fresh.length > 0 && (
          <button type="button" data-show-new onClick={() => log.showNew()}>
            {fresh.length} new, show{' '}
            <span class="kbd" aria-hidden="true">
              n
            </span>
          </button>
        )}
      </div>
      <ol
        class={name}
        onMouseEnter={() => hold(log, true)}
        onMouseLeave={({ currentTarget }) => hold(log, currentTarget.contains(document.activeElement))}
        onFocusIn={() => hold(log, true)}
        onFocusOut={({ currentTarget, relatedTarget }) =>
          hold(log, relatedTarget instanceof Node && currentTarget.contains(relatedTarget))
        }
      >
        {entries.map((entry) => (
          <li key={entry.seq}>{draw(entry)}</li>
        ))}
      </ol>
      {hasLoaded && entries.length === 0 && problem === undefined && <div class="empty">{nothing}</div>}
      {before !== null && !isFull && (
        <div class="foot">
          <button type="button" disabled={isLoading} onClick={() => void log.more()}>
            {isLoading ? 'Loading…' : 'Load older'}
          </button>
        </div>
      )}
      {before !== null && isFull && <p class="foot muted">The newest {MOST_ENTRIES} are shown.</p>}
    </>
  )
}

function hold(log: RequestLog, isHeld: boolean): void {
  log.isHeld = isHeld
}

/** Requests, one line each; a line opens. */
export function RequestList({ log, nothing }: Pick<LogProps, 'log' | 'nothing'>) {
  return <Log class="requests" log={log} nothing={nothing} draw={(entry) => <RequestLine entry={entry} />} />
}

const STATUS_CLASS = { ok: 'good', none: 'quiet', rejected: 'bad' } as const

function RequestLine({ entry }: { readonly entry: RequestEntry }) {
  const { at, method, path, load, save, cookie, status, handle, owner } = entry
  return (
    <details>
      <summary data-row>
        <time class="mono" title={momentOf(at)}>
          {timeOf(at)}
        </time>
        <span class={`badge ${STATUS_CLASS[status]}`}>{entry.problem?.code ?? load}</span>
        <span class="mono path">
          <span class="muted">{method}</span> {visible(path)}
        </span>
        <span class="codes muted">
          {save !== null && <span>{save}</span>}
          {cookie !== null && cookie !== 'unchanged' && <span>cookie {cookie}</span>}
        </span>
        <span class="muted who">
          {owner === null ? handle !== null && shortHandle(handle) : visible(owner)}
        </span>
      </summary>
      <RequestBody entry={entry} />
    </details>
  )
}

function RequestBody({ entry }: { readonly entry: RequestEntry }) {
  const { info } = useApp()
  const { load, save, cookie, handle, problem, detail, cookieHeader } = entry
  const codes = [
    ['load', load],
    ['save', save],
    ['cookie', cookie],
  ] as const
  return (
    <div class="request-body">
      <dl class="verdict">
        {codes.map(
          ([part, code]) =>
            code !== null && (
              <div key={part}>
                <dt>{part}</dt>
                <dd>
                  <code>{code}</code> {info?.codes[part][code]?.title}
                </dd>
              </div>
            ),
        )}
        {detail !== null && (
          <div>
            <dt>detail</dt>
            <dd>{visible(detail)}</dd>
          </div>
        )}
      </dl>
      {problem === null ? (
        cookieHeader !== null && <pre class="block">Cookie: {visible(cookieHeader)}</pre>
      ) : (
        <ProblemBody entry={entry} problem={problem} />
      )}
      {handle !== null && (
        <p>
          <a href={linkTo('sessions', handle)}>Session {shortHandle(handle)}</a>
        </p>
      )}
    </div>
  )
}
