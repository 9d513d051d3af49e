import type { RefObject } from 'preact'
import type { App } from './app.js'
import { linkTo } from './route.js'

const KEYS: readonly [keys: string, does: string][] = [
  ['/', 'search'],
  ['j k  ↓ ↑', 'next and previous row'],
  ['Enter', 'open'],
  ['Esc', 'back, or leave a field'],
  ['n', 'show what is new'],
  ['e', 'edit a key'],
  ['x', 'expire the session now'],
  ['Delete', 'destroy the session'],
  ['u', 'undo'],
  ['p', 'pause the updates'],
  ['1 2 3 4', 'the views'],
  ['?', 'this list'],
]

const TERMS: readonly [term: string, finds: string][] = [
  ['ada', 'owner, a key, or the start of a handle'],
  ['user:42', 'this owner'],
  ['has:cart', 'a key of this name'],
  ['is:expiring', 'also signed-in, anonymous, expired, new'],
  ['age>1h idle<5m expires<10m', 'by time'],
  ['keys>3 size>=2kb', 'by size'],
  ['path:/login', 'a request to this path'],
  ['cart.total:7', 'a value in the data'],
  ['-is:anonymous', 'not this'],
]

/** The keys and the language of the search. */
export function KeysHelp({ dialog }: { readonly dialog: RefObject<HTMLDialogElement | null> }) {
  return (
    <dialog ref={dialog} class="keys" aria-labelledby="keys-title">
      <form method="dialog">
        <h2 id="keys-title">Keys</h2>
        <button type="submit" class="small plain" aria-label="Close">
          ×
        </button>
      </form>
      <dl>
        {KEYS.map(([keys, does]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <h2>Search</h2>
      <dl>
        {TERMS.map(([term, finds]) => (
          <div key={term}>
            <dt>
              <code>{term}</code>
            </dt>
            <dd>{finds}</dd>
          </div>
        ))}
      </dl>
    </dialog>
  )
}

const VIEW_KEYS = { 1: 'sessions', 2: 'rejected', 3: 'requests', 4: 'cookie' } as const

/** What a key does, unless it is typed into a field. */
export function handleKey(event: KeyboardEvent, app: App, help: () => void): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
  if (app.info === undefined || document.querySelector('dialog[open]') !== null) return
  const target = event.target instanceof HTMLElement ? event.target : document.body
  const isField = target.matches('input, textarea, select')
  if (isField && event.key !== 'Escape') return
  if (isField) target.blur()
  else if (!run(event.key, app, help)) return
  event.preventDefault()
}

function run(key: string, app: App, help: () => void): boolean {
  if (key in VIEW_KEYS) {
    location.hash = linkTo(VIEW_KEYS[key as unknown as keyof typeof VIEW_KEYS])
    return true
  }
  const action = actionsOf(app, help)[key]
  action?.()
  return action !== undefined
}

function actionsOf(app: App, help: () => void): Readonly<Record<string, (() => void) | undefined>> {
  const { capabilities } = app.info ?? {}
  const handle = focusedHandle() ?? app.detail?.handle
  const onSession = (allowed: boolean | undefined, act: (handle: string) => void) =>
    allowed && handle !== undefined ? () => act(handle) : undefined
  return {
    '/': focusSearch,
    '?': help,
    j: () => moveFocus(1),
    k: () => moveFocus(-1),
    ...(isInList() && { ArrowDown: () => moveFocus(1), ArrowUp: () => moveFocus(-1) }),
    ...(app.detail !== undefined && { Escape: () => back(app) }),
    n: showNew,
    p: () => app.live.toggle(),
    u: () => void app.notes.undo(),
    e: onSession(capabilities?.edit, (found) => edit(app, found)),
    x: onSession(capabilities?.expire, (found) => void app.expire(found)),
    Delete: onSession(capabilities?.destroy, (found) => void app.destroy(found)),
  }
}

const rows = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('[data-row]')]

const isInList = (): boolean =>
  document.activeElement === document.body || document.activeElement?.matches('[data-row]') === true

function focusedHandle(): string | undefined {
  const { activeElement } = document
  return activeElement instanceof HTMLElement ? activeElement.dataset['handle'] : undefined
}

function moveFocus(step: 1 | -1): void {
  const all = rows()
  const at = all.indexOf(document.activeElement as HTMLElement)
  const current = at === -1 ? all.findIndex((row) => row.matches('[aria-current]')) : at
  const next = current === -1 ? all[0] : all[Math.min(all.length - 1, Math.max(0, current + step))]
  next?.focus()
}

function focusSearch(): void {
  const search = (): HTMLInputElement | undefined => shown('[type=search]')[0] as HTMLInputElement | undefined
  // At once, where it can be: what is typed next belongs into it.
  if (search() === undefined) location.hash = linkTo('sessions')
  focusWhenShown(search, (field) => field.select())
}

/** The elements that are not hidden by the layout. */
function shown(selector: string): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>(selector)].filter(
    (element) => element.offsetParent !== null,
  )
}

const MOST_FRAMES = 30

/** Focuses what is there, or is about to be drawn. */
function focusWhenShown<Kind extends HTMLElement>(
  find: () => Kind | undefined,
  then: (element: Kind) => void = () => undefined,
  frames = MOST_FRAMES,
): void {
  const element = find()
  if (element !== undefined) {
    element.focus()
    then(element)
  } else if (frames > 0) requestAnimationFrame(() => focusWhenShown(find, then, frames - 1))
}

function showNew(): void {
  document.querySelector<HTMLElement>('[data-show-new]')?.click()
}

function back(app: App): void {
  const handle = app.detail?.handle
  if (app.detail?.draft !== undefined) {
    app.detail.cancel()
    return
  }
  location.hash = linkTo('sessions')
  // Narrow pages have no list beside a session.
  focusWhenShown(() => shown('[data-row]').find((row) => row.dataset['handle'] === handle))
}

function edit(app: App, handle: string): void {
  if (app.detail?.handle !== handle) app.open(handle)
  const focused = document.activeElement?.closest<HTMLElement>('[data-field]')?.dataset['field']
  const start = async (): Promise<void> => {
    const { detail } = app
    if (detail === undefined) return
    if (detail.detail === undefined) await detail.load()
    await detail.edit(focused ?? detail.detail?.fields[0]?.name)
  }
  // The address changes first, and then what is shown.
  setTimeout(() => void app.notes.attempt(start), 0)
}
