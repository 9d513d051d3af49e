import { useApp } from './app.js'

/** What the page is without a token: how to get one. */
export function SignIn() {
  const app = useApp()
  const curl = `curl -H 'Authorization: Bearer TOKEN' '${new URL('sessions.json', location.href.split('#')[0])}'`
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    const token = tokenIn(String(new FormData(event.currentTarget as HTMLFormElement).get('token')))
    if (token === '') return
    app.api.setToken(token)
    void app.connect()
  }
  return (
    <main class="alone sign-in">
      <h1>
        <span class="mark" aria-hidden="true" />
        sessmw inspector
      </h1>
      <p role="status">
        {app.api.hasToken
          ? 'The token is not the one of this server: it makes a new one at each start.'
          : 'This page holds no data by itself. It needs the token of the server.'}
      </p>
      <form onSubmit={submit}>
        <label for="token">Token, or the whole link</label>
        <div class="line">
          <input id="token" name="token" type="password" autocomplete="off" required />
          <button type="submit" class="primary">
            Open
          </button>
        </div>
      </form>
      <p class="muted">
        The server printed the link when it started: <code>sessmw serve</code> on its second line, an app of
        your own with <code>inspector()</code> on stderr. It ends in <code>#t=</code> and the token; opening
        it brings you here without asking.
      </p>
      <p class="muted">Without a browser:</p>
      <pre class="block" id="curl">
        {curl}
      </pre>
    </main>
  )
}

const tokenIn = (text: string): string => (/#t=(.+)$/.exec(text)?.[1] ?? text).trim()
