/** What the page shows of a session. */
export interface HomeState {
  readonly owner: string | undefined
  readonly counter: number
  readonly cart: readonly string[]
  /** Where the inspector is. */
  readonly base: string
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (found) => ESCAPES[found] ?? found)

/** The page of the demo: its routes, and what the session of this browser holds. */
export function homePage({ owner, counter, cart, base }: HomeState): string {
  const who = owner === undefined ? 'nobody' : escapeHtml(owner)
  const items = cart.length === 0 ? 'empty' : escapeHtml(cart.join(', '))
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>sessmw demo</title></head>
<body>
<h1>sessmw demo</h1>
<p>Logged in: <b>${who}</b>. Counter: <b>${counter}</b>. Cart: <b>${items}</b>.</p>
<ul>
<li><a href="/session_test">/session_test</a> counts up in the session</li>
<li><form method="post" action="/login">/login <input name="user" value="ada" aria-label="User"> <button>Log in</button> gives the session a new id and an owner</form></li>
<li><form method="post" action="/cart"><a href="/cart">/cart</a> <input name="item" value="apple" aria-label="Item"> <button>Add</button> changes one key atomically</form></li>
<li><form method="post" action="/logout">/logout <button>Log out</button> ends the session</form></li>
<li><a href="${base}/">${base}/</a> the inspector; its link with the token is in the terminal</li>
</ul>
</body>
</html>
`
}
