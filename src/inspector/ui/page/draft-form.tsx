import { useEffect, useRef, useState } from 'preact/hooks'
import { useApp } from './app.js'
import type { Draft, SessionDetail } from './session-detail.js'
import { visible } from './text.js'

interface DraftFormProps {
  readonly model: SessionDetail
  readonly draft: Draft
}

/** The editor of one key: its whole value as JSON. */
export function DraftForm({ model, draft }: DraftFormProps) {
  const app = useApp()
  const [newName, setNewName] = useState('')
  const first = useRef<HTMLElement | null>(null)
  const isNew = draft.name === undefined
  const name = draft.name ?? newName
  useEffect(() => first.current?.focus(), [])
  const save = async (): Promise<void> => {
    if (await model.save(name)) app.notes.say(`Key ${visible(name)} saved`)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void save()
    else if (event.key === 'Escape') model.cancel()
    else return
    event.preventDefault()
  }
  return (
    <form
      class="draft"
      onKeyDown={onKeyDown}
      onSubmit={(event) => {
        event.preventDefault()
        void save()
      }}
    >
      {isNew && (
        <label>
          Name of the key
          <input
            ref={(element) => {
              first.current ??= element
            }}
            required
            autocomplete="off"
            spellcheck={false}
            value={newName}
            onInput={({ currentTarget }) => setNewName(currentTarget.value)}
          />
        </label>
      )}
      <label>
        {isNew ? 'Value as JSON' : <span class="hidden">Value of {visible(name)} as JSON</span>}
        <textarea
          ref={(element) => {
            first.current ??= element
          }}
          class="mono"
          spellcheck={false}
          rows={Math.min(12, Math.max(2, draft.text.split('\n').length))}
          value={draft.text}
          aria-invalid={draft.problem !== undefined}
          aria-describedby={draft.problem && 'draft-error'}
          onInput={({ currentTarget }) => model.write(currentTarget.value)}
        />
      </label>
      {draft.problem !== undefined && (
        <p id="draft-error" class="error" role="alert">
          {draft.problem.message} {draft.problem.fix}
        </p>
      )}
      {draft.conflict !== undefined && <Conflict model={model} theirs={draft.conflict.theirs} />}
      <div class="line">
        <button type="submit" class="primary small" disabled={draft.conflict !== undefined}>
          Save
        </button>
        <button type="button" class="small" onClick={() => model.cancel()}>
          Cancel
        </button>
        <span class="muted hint">Ctrl+Enter saves, Esc cancels</span>
      </div>
    </form>
  )
}

function Conflict({ model, theirs }: { readonly model: SessionDetail; readonly theirs: string | undefined }) {
  return (
    <div class="notice warning" role="alert">
      <div>
        <p>
          <strong>The app changed this session while you were writing.</strong>{' '}
          {theirs === undefined ? 'The key is not there any more.' : 'The key is now:'}
        </p>
        {theirs !== undefined && <pre class="block">{theirs.slice(0, 2_000)}</pre>}
        <div class="line">
          <button type="button" class="small" onClick={() => model.resolve('mine')}>
            Keep my text
          </button>
          <button type="button" class="small" onClick={() => model.resolve('theirs')}>
            Take this one
          </button>
          <span class="muted">Then save again.</span>
        </div>
      </div>
    </div>
  )
}
