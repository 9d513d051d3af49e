import { useState } from 'preact/hooks'
import { useApp } from './app.js'
import { DraftForm } from './draft-form.js'
import { useModel } from './model.js'
import type { SessionDetail } from './session-detail.js'
import { pointerTo } from './session-detail.js'
import type { Field } from './shapes.js'
import { jsonOf, sizeOf, visible } from './text.js'
import { Value } from './value.js'

/** More is no reading any more. */
const MOST_TEXT = 200_000

/** The data, key by key or as JSON. */
export function DataTab({ model }: { readonly model: SessionDetail }) {
  const app = useApp()
  const { detail, draft, ended } = useModel(model)
  const [isText, setText] = useState(false)
  if (detail === undefined) return null
  const mayEdit = app.info?.capabilities.edit === true && (ended === undefined || ended === 'expired')
  return (
    <>
      <div class="line spread">
        <fieldset class="segments">
          <legend class="hidden">Form of the data</legend>
          <button type="button" aria-pressed={!isText} onClick={() => setText(false)}>
            Tree
          </button>
          <button type="button" aria-pressed={isText} onClick={() => setText(true)}>
            JSON
          </button>
        </fieldset>
        {mayEdit && draft === undefined && (
          <button type="button" class="small" onClick={() => void model.edit(undefined)}>
            Add a key
          </button>
        )}
      </div>
      {draft !== undefined && draft.name === undefined && <DraftForm model={model} draft={draft} />}
      {detail.fields.length === 0 && <p class="muted">The session holds no data.</p>}
      {isText ? (
        <pre class="block json">{jsonOf(detail.data, 2).slice(0, MOST_TEXT)}</pre>
      ) : (
        <ul class="fields">
          {detail.fields.map((field) => (
            <FieldRow key={field.name} model={model} field={field} mayEdit={mayEdit} />
          ))}
        </ul>
      )}
    </>
  )
}

interface FieldRowProps {
  readonly model: SessionDetail
  readonly field: Field
  readonly mayEdit: boolean
}

function FieldRow({ model, field, mayEdit }: FieldRowProps) {
  const app = useApp()
  const { detail, draft } = useModel(model)
  const { name, bytes, complete } = field
  const shown = visible(name)
  const value = detail !== undefined && Object.hasOwn(detail.data, name) ? detail.data[name] : undefined
  const pointer = pointerTo([name])
  const isWhole = complete || model.revealed.has(pointer)
  return (
    <li data-field={name} class={model.isFresh(name) ? 'flash' : ''}>
      <span class="name mono">{shown}</span>
      <div class="value">
        {draft?.name === name ? (
          <DraftForm model={model} draft={draft} />
        ) : (
          <Value value={value} name={name} steps={[name]} model={model} />
        )}
      </div>
      <div class="actions">
        <span class="muted size">{sizeOf(bytes)}</span>
        {!isWhole && app.info?.capabilities.reveal === true && value !== '[masked]' && (
          <button
            type="button"
            class="small plain"
            aria-label={`Reveal all of ${shown}`}
            onClick={() => void app.notes.attempt(() => model.reveal(pointer))}
          >
            Reveal all
          </button>
        )}
        {mayEdit && draft === undefined && (
          <>
            <button
              type="button"
              class="small plain"
              aria-label={`Edit ${shown}`}
              onClick={() => void app.notes.attempt(() => model.edit(name))}
            >
              Edit
            </button>
            <button
              type="button"
              class="small plain"
              aria-label={`Remove ${shown}`}
              onClick={() => void removeKey()}
            >
              Remove
            </button>
          </>
        )}
      </div>
    </li>
  )

  async function removeKey(): Promise<void> {
    if (await app.notes.attempt(() => model.remove(name)))
      app.notes.say(
        `Key ${shown} removed`,
        complete ? { undo: () => model.put(name, value), ms: 10_000 } : {},
      )
  }
}
