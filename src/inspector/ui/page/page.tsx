import { useEffect, useRef } from 'preact/hooks'
import { useApp } from './app.js'
import { CookieCheck } from './cookie-check.js'
import { Header } from './header.js'
import { handleKey, KeysHelp } from './keys.js'
import { useModel } from './model.js'
import { Notice } from './notice.js'
import { RejectedView } from './rejected-view.js'
import { RequestsView } from './requests-view.js'
import { SessionsView } from './sessions-view.js'
import { SignIn } from './sign-in.js'
import { Toasts } from './toasts.js'

/** The whole page. */
export function Page() {
  const app = useApp()
  const help = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => handleKey(event, app, () => help.current?.showModal())
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [app])
  if (app.isDenied) return <SignIn />
  if (app.info === undefined) return <Starting />
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('content')?.focus()}>
        Skip to the content
      </button>
      <Header onHelp={() => help.current?.showModal()} />
      <main id="content" tabIndex={-1}>
        <Offline />
        <View />
      </main>
      <Toasts />
      <KeysHelp dialog={help} />
    </>
  )
}

function View() {
  const { view } = useApp().route
  if (view === 'rejected') return <RejectedView />
  if (view === 'requests') return <RequestsView />
  if (view === 'cookie') return <CookieCheck isPage />
  return <SessionsView />
}

function Starting() {
  const { problem } = useApp()
  if (problem === undefined)
    return (
      <main class="alone" aria-busy="true">
        <p class="muted">Connecting…</p>
      </main>
    )
  return (
    <main class="alone">
      <Notice kind="error" problem={problem}>
        It is asked again every two seconds.
      </Notice>
    </main>
  )
}

function Offline() {
  const live = useModel(useApp().live)
  if (live.state !== 'offline' || live.problem === undefined) return null
  return (
    <Notice kind="error" problem={live.problem}>
      What is shown may be old. The page connects again by itself.
    </Notice>
  )
}
