import { useApp } from './app.js'
import { useModel } from './model.js'

/** Notes at the edge of the page, with a way back where there is one. */
export function Toasts() {
  const notes = useModel(useApp().notes)
  return (
    <div class="toasts" role="status" aria-live="polite">
      {notes.all.map(({ id, text, isError, undo, ms }) => (
        <div key={id} class={`toast ${isError ? 'error' : ''}`}>
          <span>{text}</span>
          {undo !== undefined && (
            <button type="button" class="small" onClick={() => void notes.undo()}>
              Undo{' '}
              <span class="kbd" aria-hidden="true">
                u
              </span>
            </button>
          )}
          <button
            type="button"
            class="small plain"
            aria-label="Close this note"
            onClick={() => notes.dismiss(id)}
          >
            ×
          </button>
          {undo !== undefined && (
            <span class="countdown" aria-hidden="true" style={{ animationDuration: `${ms}ms` }} />
          )}
        </div>
      ))}
    </div>
  )
}
