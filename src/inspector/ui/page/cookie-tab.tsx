import { useState } from 'preact/hooks'
import { useApp } from './app.js'
import { CookieCheck } from './cookie-check.js'
import { CopyButton } from './copy-button.js'
import { linkTo } from './route.js'
import type { SessionDetail } from './session-detail.js'
import type { Minted } from './shapes.js'
import { shortHandle } from './text.js'

/** Checks a cookie against this session, and makes one with the same data. */
export function CookieTab({ model }: { readonly model: SessionDetail }) {
  const { info } = useApp()
  return (
    <>
      <CookieCheck handle={model.handle} />
      {info?.capabilities.cookie === true && <NewCookie model={model} />}
    </>
  )
}

function NewCookie({ model }: { readonly model: SessionDetail }) {
  const app = useApp()
  const [made, setMade] = useState<Minted | undefined>(undefined)
  const make = async (): Promise<void> => {
    setMade(await app.api.call<Minted>('POST', `api/v1/sessions/${model.handle}/cookie`, { body: {} }))
  }
  return (
    <section class="new-cookie" aria-labelledby="new-cookie-title">
      <h3 id="new-cookie-title">Be this session</h3>
      <p class="muted">
        The store knows only a hash of the id, so its cookie cannot be had back. A new session gets the same
        data and owner, and a cookie of its own.
      </p>
      <button type="button" onClick={() => void app.notes.attempt(make)}>
        New cookie + curl
      </button>
      {made !== undefined && (
        <div role="status">
          <Line label="Cookie" text={made.cookie} />
          <Line label="curl" text={made.curl} />
          <p>
            <a href={linkTo('sessions', made.handle)}>New session {shortHandle(made.handle)}</a>
          </p>
        </div>
      )}
    </section>
  )
}

function Line({ label, text }: { readonly label: string; readonly text: string }) {
  return (
    <p class="line">
      <span class="label">{label}</span>
      <code class="block">{text}</code>
      <CopyButton text={text} what={`the ${label}`} />
    </p>
  )
}
