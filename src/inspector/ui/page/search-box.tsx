import { useEffect, useRef, useState } from 'preact/hooks'

interface SearchBoxProps {
  readonly label: string
  readonly placeholder: string
  /** What is asked for now. */
  readonly asked: string
  /** The id of what is wrong with it. */
  readonly errorId?: string | undefined
  readonly ask: (text: string) => void
}

/** A query is sent when its writer pauses. */
const PAUSE_MS = 250

/** A field for a query, which `/` leads to. */
export function SearchBox({ label, placeholder, asked, errorId, ask }: SearchBoxProps) {
  const [text, setText] = useState(asked)
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  // What was asked for can also be changed from elsewhere.
  useEffect(() => setText(asked), [asked])
  const write = (written: string, ms: number): void => {
    setText(written)
    clearTimeout(timer.current)
    timer.current = setTimeout(() => ask(written), ms)
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        write(text, 0)
      }}
    >
      <input
        type="search"
        aria-label={label}
        placeholder={placeholder}
        spellcheck={false}
        autocomplete="off"
        value={text}
        aria-invalid={errorId !== undefined}
        aria-describedby={errorId}
        onInput={({ currentTarget }) => write(currentTarget.value, PAUSE_MS)}
      />
      <span class="kbd" aria-hidden="true">
        /
      </span>
    </form>
  )
}
