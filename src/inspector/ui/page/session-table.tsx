import { useApp, useNow } from './app.js'
import { Expiry } from './expiry.js'
import { useModel } from './model.js'
import { linkTo } from './route.js'
import type { Row } from './session-list.js'
import { StateBadge, stateOf, usedAt } from './state-badge.js'
import { agoOf, momentOf, shortHandle, sizeOf, visible } from './text.js'

const COLUMNS: readonly [name: string, sort: string, label: string][] = [
  ['who', 'owner', 'Session'],
  ['keys', 'keys', 'Keys'],
  ['size', 'size', 'Size'],
  ['request', '', 'Last request'],
  ['seen', 'seen', 'Used'],
  ['expires', 'expires', 'Expires'],
]

/** Sessions as rows; the first cell of each is the link that opens it. */
export function SessionTable({ rows }: { readonly rows: readonly Row[] }) {
  const list = useModel(useApp().sessions)
  const now = useNow()
  return (
    <table class="sessions">
      <caption class="hidden">Sessions</caption>
      <thead>
        <tr>
          {COLUMNS.map(([name, sort, label]) => (
            <th key={name} scope="col" class={name} aria-sort={directionOf(list.query.sort, sort)}>
              {sort === '' ? (
                label
              ) : (
                <button
                  type="button"
                  class="plain"
                  onClick={() => void list.ask({ sort: list.query.sort === sort ? `-${sort}` : sort })}
                >
                  {label}
                  <span class="arrow" aria-hidden="true">
                    {list.query.sort === sort ? '↓' : list.query.sort === `-${sort}` ? '↑' : ''}
                  </span>
                </button>
              )}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <SessionRow key={row.handle} row={row} now={now} />
        ))}
      </tbody>
    </table>
  )
}

/** The unmarked orders begin with the largest, but for owners and ends. */
function directionOf(sort: string, column: string): 'ascending' | 'descending' | undefined {
  if (column === '' || sort.replace('-', '') !== column) return undefined
  const isRising = ['owner', 'expires'].includes(column) !== sort.startsWith('-')
  return isRising ? 'ascending' : 'descending'
}

function SessionRow({ row, now }: { readonly row: Row; readonly now: number }) {
  const app = useApp()
  const { handle, owner, keys, bytes, lastRequest } = row
  const isOver = stateOf(row, now) !== 'alive'
  const seenAt = usedAt(row)
  return (
    <tr class={isOver ? 'over' : ''}>
      <td class="who">
        <a
          href={linkTo('sessions', handle)}
          data-row
          data-handle={handle}
          aria-current={app.detail?.handle === handle ? 'true' : undefined}
        >
          <span class="mono">{shortHandle(handle)}</span>
          <span class={owner === null ? 'muted owner' : 'owner'}>
            {owner === null ? 'anonymous' : visible(owner)}
          </span>
        </a>
        <StateBadge row={row} now={now} />
      </td>
      <td class="keys">{keys}</td>
      <td class="size">{sizeOf(bytes)}</td>
      <td class="request mono">
        {lastRequest !== null && (
          <>
            <span class="muted">{lastRequest.method}</span> {visible(lastRequest.path)}
          </>
        )}
      </td>
      <td class="seen" title={seenAt === 0 ? undefined : momentOf(seenAt)}>
        {seenAt === 0 ? '–' : agoOf(seenAt, now)}
      </td>
      <td class="expires">{isOver ? <span class="muted">–</span> : <Expiry session={row} now={now} />}</td>
    </tr>
  )
}
