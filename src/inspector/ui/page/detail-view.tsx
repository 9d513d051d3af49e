import { useEffect, useRef } from 'preact/hooks'
import { useApp, useNow } from './app.js'
import { CookieTab } from './cookie-tab.js'
import { CopyButton } from './copy-button.js'
import { DataTab } from './data-tab.js'
import { Expiry } from './expiry.js'
import { HistoryTab } from './history-tab.js'
import { useModel } from './model.js'
import { Notice } from './notice.js'
import { RequestList } from './request-list.js'
import { DETAIL_TABS, type DetailTab, linkTo } from './route.js'
import type { SessionDetail } from './session-detail.js'
import { StateBadge, stateOf, usedAt } from './state-badge.js'
import { agoOf, momentOf, shortHandle, sizeOf, spanOf, visible } from './text.js'

/** One session: facts, what can be done with it, and its tabs. */
export function DetailView({ detail: model }: { readonly detail: SessionDetail }) {
  const app = useApp()
  const { handle, detail, problem, ended } = useModel(model)
  const now = useNow()
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  const row = detail && { ...detail, ...(ended !== undefined && { ended }) }
  const isGone = ended !== undefined && ended !== 'expired'
  const isOver = row === undefined || stateOf(row, now) !== 'alive'
  return (
    <section class="detail" aria-label="Session">
      <div class="detail-head">
        <a class="back" href={linkTo('sessions')}>
          ← Sessions
        </a>
        <h2 ref={heading} tabIndex={-1}>
          <span class="mono" title={handle}>
            {shortHandle(handle)}
          </span>{' '}
          {detail !== undefined &&
            (detail.owner === null ? <span class="muted">anonymous</span> : visible(detail.owner))}
        </h2>
        {row !== undefined && <StateBadge row={row} now={now} />}
        <div class="actions">
          <CopyButton text={handle} what="handle">
            Copy handle
          </CopyButton>
          {app.info?.capabilities.expire === true && !isOver && (
            <button type="button" class="small" title="x" onClick={() => void app.expire(handle)}>
              Expire now
            </button>
          )}
          {app.info?.capabilities.destroy === true && !isGone && detail !== undefined && (
            <button
              type="button"
              class="small danger"
              title="Delete"
              onClick={() => void app.destroy(handle)}
            >
              Destroy
            </button>
          )}
        </div>
      </div>
      {problem !== undefined && problem.code !== 'not-found' && <Notice kind="error" problem={problem} />}
      {isGone && (
        <Notice kind="warning">
          {ended === 'gone' ? 'There is no such session in the store.' : `This session was ${ended}.`}{' '}
          {detail === undefined
            ? 'What is known of it is in its history.'
            : 'What is shown is how it was last read.'}
        </Notice>
      )}
      {detail !== undefined && <Facts model={model} />}
      <Tabs model={model} />
    </section>
  )
}

function Facts({ model }: { readonly model: SessionDetail }) {
  const { detail } = useModel(model)
  const now = useNow()
  if (detail === undefined) return null
  const seenAt = usedAt(detail)
  const { createdAt, expiresAt, absoluteExpiresAt, cookieMaxAgeMs, keys, bytes, flash } = detail
  return (
    <dl class="facts">
      <Fact name="Created" at={createdAt} text={createdAt === null ? '–' : agoOf(createdAt, now)} />
      <Fact
        name="Last used"
        at={seenAt === 0 ? null : seenAt}
        text={seenAt === 0 ? '–' : agoOf(seenAt, now)}
      />
      <div>
        <dt>Expires</dt>
        <dd>
          {expiresAt !== null && expiresAt <= now ? (
            agoOf(expiresAt, now)
          ) : (
            <Expiry session={detail} now={now} parts={2} />
          )}
        </dd>
      </div>
      {absoluteExpiresAt !== null && (
        <Fact name="At the latest" at={absoluteExpiresAt} text={agoOf(absoluteExpiresAt, now)} />
      )}
      <Fact name="Data" text={`${keys} ${keys === 1 ? 'key' : 'keys'}, ${sizeOf(bytes)}`} />
      {cookieMaxAgeMs !== null && <Fact name="Cookie lives" text={spanOf(cookieMaxAgeMs, 2)} />}
      {flash.length > 0 && <Fact name="Flash waiting" text={flash.map(visible).join(', ')} />}
    </dl>
  )
}

function Fact({ name, text, at = null }: { name: string; text: string; at?: number | null }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd title={at === null ? undefined : momentOf(at)}>{text}</dd>
    </div>
  )
}

const LABELS: Readonly<Record<DetailTab, string>> = {
  data: 'Data',
  history: 'History',
  requests: 'Requests',
  cookie: 'Cookie check',
}

function Tabs({ model }: { readonly model: SessionDetail }) {
  const app = useApp()
  const { handle } = model
  const tab = app.route.view === 'sessions' ? app.route.tab : 'data'
  const shown = DETAIL_TABS.filter((name) => name !== 'history' || app.info?.capabilities.history === true)
  const step = (event: KeyboardEvent, from: DetailTab): void => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (by === undefined) return
    const next = shown[(shown.indexOf(from) + by + shown.length) % shown.length] ?? 'data'
    location.hash = linkTo('sessions', handle, next)
    document.getElementById(`tab-${next}`)?.focus()
    event.preventDefault()
  }
  return (
    <>
      <div class="tabs" role="tablist" aria-label="Parts of the session">
        {shown.map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`tab-${name}`}
            aria-selected={tab === name}
            aria-controls="tab-panel"
            tabIndex={tab === name ? 0 : -1}
            onClick={() => {
              location.hash = linkTo('sessions', handle, name)
            }}
            onKeyDown={(event) => step(event, name)}
          >
            {LABELS[name]}
          </button>
        ))}
      </div>
      <div class="panel" role="tabpanel" id="tab-panel" aria-labelledby={`tab-${tab}`}>
        {tab === 'data' && <DataTab model={model} />}
        {tab === 'history' && <HistoryTab model={model} />}
        {tab === 'requests' && (
          <RequestList log={model.log} nothing="No request of this session is remembered." />
        )}
        {tab === 'cookie' && <CookieTab model={model} />}
      </div>
    </>
  )
}
