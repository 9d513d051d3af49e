import type { Export, MountedFacts } from '../dev-server/entry-messages.js'
import type { EntryEvent } from '../dev-server/entry-server.js'
import type { Output } from './output.js'
import type { ServeView, ViewInfo } from './serve-view.js'

/** Where the story is told. */
export type StoryView = Pick<ServeView, 'follow' | 'tell' | 'tellPrograms' | 'problem'>

/** Tells what becomes of the user's own app, from its first start on. */
export class EntryStory {
  #view: StoryView | undefined
  #isReady = false
  #ready: (info: ViewInfo | undefined) => void = () => undefined

  /** @param name The entry as people call it. */
  constructor(
    private readonly name: string,
    private readonly out: Output,
  ) {}

  /** Resolves when the app can be reached for the first time; without the information when it has no sessions. */
  begin(view: StoryView): Promise<ViewInfo | undefined> {
    this.#view = view
    return new Promise((resolve) => {
      this.#ready = resolve
    })
  }

  /** Takes an event of the app's process. */
  tell(event: EntryEvent): void {
    const { paint } = this.out
    if (event.type === 'listening') this.#listening(event)
    else if (event.type === 'mounted') this.#mounted(event.mounted)
    else if (event.type === 'changed')
      this.#view?.tell({ event: 'reloading', file: event.file }, paint.dim(`  ↻ ${event.file} changed`))
    else if (event.type === 'silent') this.#wait({ event: 'app-silent' }, silentText(this.name))
    else if (event.type === 'ended')
      this.#wait({ event: 'app-ended', exit: event.exit }, endedText(this.name, event.exit))
    else if (event.type === 'port-taken')
      this.#wait({ event: 'port-taken', port: event.port }, portText(this.name, event.port))
    else {
      const names = event.exports.map(({ name }) => name)
      this.#wait({ event: 'no-app', exports: names }, noAppText(this.name, event.exports))
    }
  }

  async #listening({
    mounted,
    hasExpressSession,
  }: Extract<EntryEvent, { type: 'listening' }>): Promise<void> {
    const info = mounted === null ? this.#noSessions(hasExpressSession) : await this.#mounted(mounted)
    if (!this.#isReady) this.#ready(info)
    else {
      const isGone = mounted?.store === 'MemoryStore'
      const line = `  ${this.out.paint.green('▶')} reloaded${isGone ? '; the sessions in memory have ended' : ''}`
      this.#view?.tell({ event: 'reloaded', sessions: isGone ? 'ended' : 'kept' }, line)
    }
    this.#isReady = true
  }

  async #mounted({ others, problems }: MountedFacts): Promise<ViewInfo | undefined> {
    for (const problem of problems) this.out.warn(problem)
    if (others > 0)
      this.out.warn(`The app makes ${others + 1} sets of sessions; the inspector shows the first.`)
    try {
      return await this.#view?.follow()
    } catch (error) {
      this.#view?.problem(error)
      return undefined
    }
  }

  #noSessions(hasExpressSession = false): undefined {
    const help = hasExpressSession
      ? 'It is on express-session: `sessmw init --migrate` moves it to sessmw.'
      : '`sessmw init` sets them up.'
    this.out.warn(`${this.name} has made no sessions of sessmw, so there is nothing to show. ${help}`)
  }

  #wait(event: object, text: string): void {
    this.out.warn(text)
    this.#view?.tellPrograms(event)
  }
}

function noAppText(name: string, exports: readonly Export[]): string {
  const found = exports.map(
    (each) => `${each.name === 'default' ? 'the default export' : each.name} is ${each.kind}`,
  )
  const what = found.length === 0 ? 'nothing' : `no app: ${found.join(', ')}`
  return `${name} starts no server, and exports ${what}. Write \`export default app\` (or module.exports = app); it is looked at again when a file changes.`
}

function portText(name: string, port: number): string {
  return `Port ${port} is taken by another program, so ${name} cannot be reached. End that program and save a file of the app, or run \`sessmw serve\` with another --port.`
}

function silentText(name: string): string {
  return `${name} has not begun to listen for HTTP yet. If it makes an HTTPS server, or waits to be asked, let it export the app.`
}

function endedText(name: string, exit: number | string): string {
  return `${name} ended (${exit}). It starts anew when a file changes.`
}
