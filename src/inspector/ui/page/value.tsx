import { useState } from 'preact/hooks'
import { useApp } from './app.js'
import { pointerTo, type SessionDetail } from './session-detail.js'
import { jsonOf, visible } from './text.js'

interface ValueProps {
  readonly value: unknown
  /** The name under which it lies. */
  readonly name: string
  /** The way to it from the data. */
  readonly steps: readonly string[]
  readonly model: SessionDetail
}

const MASKED = '[masked]'
const MOST_TEXT = 10_000
const MOST_PARTS = 100
const OPEN_LEVELS = 3

/** A value as a tree. It is text that strangers wrote: only text comes of it. */
export function Value({ value, name, steps, model }: ValueProps) {
  const pointer = pointerTo(steps)
  if (model.revealed.has(pointer))
    return <Revealed pointer={pointer} model={model} name={name} steps={steps} />
  if (value === MASKED) return <Masked pointer={pointer} model={model} name={name} />
  if (typeof value !== 'object' || value === null) return <Plain value={value} />
  return <Parts value={value} name={name} steps={steps} model={model} />
}

function Masked({ pointer, model, name }: { pointer: string; model: SessionDetail; name: string }) {
  const app = useApp()
  return (
    <span class="masked">
      <span class="muted" aria-hidden="true">
        ••••••••
      </span>
      <span class="hidden">masked</span>
      <button
        type="button"
        class="small plain"
        aria-label={`Reveal ${visible(name)}`}
        onClick={() => void app.notes.attempt(() => model.reveal(pointer))}
      >
        Reveal
      </button>
    </span>
  )
}

function Revealed({ pointer, model, name, steps }: Omit<ValueProps, 'value'> & { readonly pointer: string }) {
  const value = model.revealed.get(pointer)
  return (
    <span class="revealed">
      {typeof value === 'object' && value !== null ? (
        <Parts value={value} name={name} steps={steps} model={model} />
      ) : (
        <Plain value={value} />
      )}
      <button
        type="button"
        class="small plain"
        aria-label={`Hide ${visible(name)}`}
        onClick={() => model.hide(pointer)}
      >
        Hide
      </button>
    </span>
  )
}

/** Text, numbers, true, false, null. */
export function Plain({ value }: { readonly value: unknown }) {
  const text = jsonOf(value)
  const kind = value === null ? 'null' : typeof value
  return (
    <bdi class={`plain-value ${kind}`}>
      {text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}… (${text.length} characters)` : text}
    </bdi>
  )
}

/** The beginning of what is inside, without walking through all of it. */
function previewOf(parts: readonly [string, unknown][]): string {
  const shown = parts.slice(0, 6).map(([name, part]) => `${visible(name.slice(0, 20))}: ${shortOf(part)}`)
  return shown.join(', ') + (parts.length > 6 ? ', …' : '')
}

function shortOf(part: unknown): string {
  if (typeof part === 'string') return jsonOf(part.slice(0, 20))
  if (typeof part === 'object' && part !== null) return Array.isArray(part) ? '[…]' : '{…}'
  return jsonOf(part)
}

function Parts({ value, steps, model }: ValueProps & { readonly value: object }) {
  const [most, setMost] = useState(MOST_PARTS)
  const type = '$type' in value ? String(value.$type) : undefined
  if (type === 'Date' && 'value' in value && typeof value.value === 'string')
    return (
      <span>
        <span class="muted">Date</span> <bdi class="plain-value">{visible(value.value)}</bdi>
      </span>
    )
  const parts = Object.entries(value)
  if (parts.length === 0) return <span class="muted">{Array.isArray(value) ? '[ ]' : '{ }'}</span>
  return (
    <details class="parts" open={steps.length < OPEN_LEVELS}>
      <summary>
        <span class="muted">{Array.isArray(value) ? `[${parts.length}]` : `{${parts.length}}`}</span>
        <span class="preview muted">{previewOf(parts)}</span>
      </summary>
      <ul>
        {parts.slice(0, most).map(([name, part]) => (
          <li key={name}>
            <span class="name mono">{visible(name)}</span>
            <Value value={part} name={name} steps={[...steps, name]} model={model} />
          </li>
        ))}
      </ul>
      {parts.length > most && (
        <button type="button" class="small" onClick={() => setMost(most + MOST_PARTS)}>
          {parts.length - most} more
        </button>
      )}
    </details>
  )
}
