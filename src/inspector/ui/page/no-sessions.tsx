import { useEffect, useState } from 'preact/hooks'
import { useApp } from './app.js'
import { CopyButton } from './copy-button.js'
import { linkTo } from './route.js'
import type { RequestEntry, RequestPage } from './shapes.js'
import { countOf } from './text.js'

/** Why there is nothing to see, and what to do. */
export function NoSessions({ isNarrowed }: { readonly isNarrowed: boolean }) {
  return <div class="empty">{isNarrowed ? <NothingFound /> : <NoneYet />}</div>
}

function NothingFound() {
  const { sessions } = useApp()
  return (
    <>
      <h2>No session matches</h2>
      <p class="muted">
        Each term must hold. Press <kbd>?</kbd> for the language of the search.
      </p>
      <button type="button" onClick={() => void sessions.ask({ q: '', filter: 'all' })}>
        Show all sessions
      </button>
    </>
  )
}

function NoneYet() {
  const app = useApp()
  const curl = `curl -i ${location.origin}/`
  const { capabilities } = app.info ?? {}
  return (
    <>
      <h2>No sessions yet</h2>
      <p>
        A session begins when a request puts something into it: <code>req.session.views = 1</code>
      </p>
      <p class="line">
        <code class="block">{curl}</code>
        <CopyButton text={curl} what="the curl command" />
      </p>
      <WhatCame />
      {capabilities?.list === 'seen' && (
        <p class="muted">This store cannot list its sessions: those that are used from now on appear here.</p>
      )}
      {capabilities?.seed === true && (
        <button type="button" class="primary" onClick={() => void app.seed(12)}>
          Make up 12 sessions
        </button>
      )}
    </>
  )
}

/** Requests came, and yet there is no session: that has a reason. */
function WhatCame() {
  const app = useApp()
  const [requests, setRequests] = useState<readonly RequestEntry[]>([])
  useEffect(() => {
    const read = async (): Promise<void> => {
      const page = await app.api.call<RequestPage>('GET', 'api/v1/requests?limit=100')
      setRequests(page.requests)
    }
    void app.notes.attempt(read)
  }, [app])
  const rejected = requests.filter(({ status }) => status === 'rejected').length
  const empty = requests.filter(({ save }) => save === 'empty').length
  if (rejected > 0)
    return (
      <p>
        {countOf(rejected, 'request')} lost a session: <a href={linkTo('rejected')}>see why</a>.
      </p>
    )
  if (empty > 0)
    return (
      <p>
        {countOf(empty, 'request')} came and wrote nothing to the session (<code>empty</code>), so none was
        stored. <a href={linkTo('requests')}>Requests</a>
      </p>
    )
  return null
}
