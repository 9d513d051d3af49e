import { useApp } from './app.js'

interface CopyButtonProps {
  readonly text: string
  /** What is copied, for those who do not see it. */
  readonly what: string
  readonly children?: string
}

/** Puts text on the clipboard. */
export function CopyButton({ text, what, children = 'Copy' }: CopyButtonProps) {
  const app = useApp()
  const copy = async (): Promise<void> => {
    // Only pages of this machine or over HTTPS may write to the clipboard.
    if (navigator.clipboard === undefined)
      throw new Error('The browser lets this page copy nothing. Select the text instead.')
    await navigator.clipboard.writeText(text)
    app.notes.say(`Copied: ${what}`)
  }
  return (
    <button
      type="button"
      class="small"
      aria-label={`Copy ${what}`}
      onClick={() => void app.notes.attempt(copy)}
    >
      {children}
    </button>
  )
}
