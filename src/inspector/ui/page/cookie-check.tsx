import { useState } from 'preact/hooks'
import { type ApiError, asApiError } from './api.js'
import { useApp } from './app.js'
import { Notice } from './notice.js'
import { linkTo } from './route.js'
import type { Verification } from './shapes.js'
import { shortHandle, visible } from './text.js'

interface CookieCheckProps {
  /** Whether it is a view of its own. */
  readonly isPage?: boolean
  /** The session that a cookie is asked to be of. */
  readonly handle?: string
}

/** Says of anything pasted whether it is a cookie of this app, and of which session. */
export function CookieCheck({ isPage = false, handle }: CookieCheckProps) {
  const app = useApp()
  const [input, setInput] = useState('')
  const [found, setFound] = useState<Verification | undefined>(undefined)
  const [problem, setProblem] = useState<ApiError | undefined>(undefined)
  const check = async (text: string): Promise<void> => {
    setProblem(undefined)
    setFound(undefined)
    if (text.trim() === '') return
    try {
      setFound(await app.api.call<Verification>('POST', 'api/v1/verify', { body: { input: text } }))
    } catch (error) {
      setProblem(asApiError(error))
    }
  }
  return (
    <section class={isPage ? 'log cookie-check' : 'cookie-check'} aria-label="Cookie check">
      {isPage && <h2>Is this cookie one of this app’s?</h2>}
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void check(input)
        }}
      >
        <label>
          A cookie in any form: its value, a header line, a curl command, what the developer tools copy
          <textarea
            class="mono"
            rows={3}
            spellcheck={false}
            value={input}
            onInput={({ currentTarget: { value } }) => setInput(value)}
            onPaste={({ currentTarget }) => setTimeout(() => void check(currentTarget.value), 0)}
          />
        </label>
        <div class="line">
          <button type="submit" class="primary">
            Check
          </button>
          <span class="muted hint">It is sent to this server only, and kept nowhere.</span>
        </div>
      </form>
      <div aria-live="polite">
        {problem !== undefined && <Notice kind="error" problem={problem} />}
        {found !== undefined && <Verdict found={found} expected={handle} />}
      </div>
    </section>
  )
}

const STATUS_CLASS = { valid: 'good', invalid: 'bad', unsigned: 'warn' } as const

function Verdict({
  found,
  expected,
}: {
  readonly found: Verification
  readonly expected: string | undefined
}) {
  const { status, code, detail, repairs, secret, needsResign, hints, handle, state, name, id } = found
  return (
    <div class="verification">
      <p class="line">
        <span class={`badge ${STATUS_CLASS[status]}`}>{status}</span>
        {code !== null && <code>{code}</code>}
        {detail !== null && <span>{visible(detail)}</span>}
      </p>
      <dl class="verdict">
        <Fact name="Cookie" text={`${visible(name)}${id === null ? '' : `, id ${visible(id)}`}`} />
        {secret !== null && (
          <Fact
            name="Signed by"
            text={
              needsResign
                ? `secret ${secret.index + 1}: an older one, so it is sent again at the next request`
                : 'the newest secret'
            }
          />
        )}
        {repairs.length > 0 && <Fact name="Repaired" text={repairs.join(', ')} />}
        {state !== null && <Fact name="In the store" text={STATES[state] ?? state} />}
        {hints.map((hint) => (
          <Fact key={hint.code} name={hint.code} text={visible(hint.message)} />
        ))}
      </dl>
      {handle !== null && status === 'valid' && (
        <p>
          {expected === handle && <strong>It is the cookie of this session.</strong>}
          {expected !== undefined && expected !== handle && (
            <strong>It is the cookie of another session: </strong>
          )}
          {expected !== handle && state !== 'unknown' && (
            <a href={linkTo('sessions', handle)}>Session {shortHandle(handle)}</a>
          )}
        </p>
      )}
    </div>
  )
}

const STATES: Readonly<Record<string, string>> = {
  alive: 'a living session',
  unknown: 'no such session',
  'expired-idle': 'a session that expired: it was not used',
  'expired-absolute': 'a session that expired: its lifetime was over',
  corrupt: 'a record that cannot be understood',
}

function Fact({ name, text }: { readonly name: string; readonly text: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{text}</dd>
    </div>
  )
}
