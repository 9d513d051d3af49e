import { useNow } from './app.js'
import { linesOf } from './field-lines.js'
import { useModel } from './model.js'
import type { SessionDetail } from './session-detail.js'
import type { Change } from './shapes.js'
import { agoOf, countOf, momentOf, timeOf, visible } from './text.js'

/** What became of the session, newest first. */
export function HistoryTab({ model }: { readonly model: SessionDetail }) {
  const { history } = useModel(model)
  const now = useNow()
  if (history === undefined) return null
  const { changes, dropped } = history
  if (changes.length === 0)
    return (
      <p class="muted">Nothing has changed it since the server started; changes from now on appear here.</p>
    )
  return (
    <>
      <ol class="history">
        {changes.map((change, at) => (
          <ChangeItem
            key={changes.length - at}
            change={change}
            isNewOwner={typeof change.owner === 'string' && change.owner !== changes[at + 1]?.owner}
            now={now}
          />
        ))}
      </ol>
      {dropped > 0 && <p class="muted">{countOf(dropped, 'older change')} no longer kept.</p>}
    </>
  )
}

const KIND_CLASS: Readonly<Record<Change['kind'], string>> = {
  created: 'good',
  updated: 'quiet',
  ended: 'bad',
  restored: 'good',
  revealed: 'warn',
}

interface ChangeItemProps {
  readonly change: Change
  /** Whether the session belongs to somebody else than before. */
  readonly isNewOwner: boolean
  readonly now: number
}

function ChangeItem({ change, isNewOwner, now }: ChangeItemProps) {
  const { at, kind, by, request, owner, diff } = change
  return (
    <li>
      <div class="line">
        <time class="mono" title={momentOf(at)}>
          {timeOf(at)}
        </time>
        <span class={`badge ${KIND_CLASS[kind]}`}>{kind}</span>
        {request !== null && (
          <span class="mono">
            <span class="muted">{request.method}</span> {visible(request.path)}
          </span>
        )}
        {by === 'inspector' && <span class="muted">by the inspector</span>}
        {isNewOwner && <span>owner {visible(owner ?? '')}</span>}
        <span class="muted end">{agoOf(at, now)}</span>
      </div>
      {diff.length > 0 && (
        <ul class="diff mono">
          {diff.flatMap(linesOf).map(({ sign, path, text }) => (
            <li key={`${sign}${path}`} class={sign === '+' ? 'added' : 'removed'}>
              <span class="sign">{sign}</span> <span class="path">{path}</span> <bdi>{text}</bdi>
            </li>
          ))}
        </ul>
      )}
    </li>
  )
}
