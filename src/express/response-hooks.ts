import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ActiveSession } from '../core/active-session.js'
import { commit, dropChanges, dropUnsaved, finish } from '../core/commit.js'
import type { CookieEdit } from '../core/cookie-edit.js'
import { noteRequest, type RequestEvent } from '../core/events.js'
import { destroy } from '../core/identity.js'
import { warnOnce } from '../core/warnings.js'
import { isSessmwError, SessmwError } from '../errors.js'
import { editHeaders } from './edit-headers.js'
import type { HeaderEdit, HoldHooks } from './hold.js'
import { retryLater, setCookie, varyByCookie } from './session-headers.js'

/** Continues with the next middleware, or with an error. */
export type Next = (error?: unknown) => void

/** What the end of a response means for the session. */
export class ResponseHooks implements HoldHooks {
  /** `writeHead` as the hold has put it there. */
  heldWriteHead: ServerResponse['writeHead'] | undefined

  constructor(
    private readonly active: ActiveSession,
    private readonly response: ServerResponse,
    private readonly next: Next | undefined,
  ) {}

  commit(ending: boolean): Promise<HeaderEdit | undefined> | HeaderEdit | undefined {
    const replaced = this.takeAssignment()
    if (replaced !== undefined) return Promise.reject(replaced)
    if (this.response.statusCode >= 500) dropUnsaved(this.active, this.response.statusCode)
    const committed = commit(this.active)
    // What a handler changes after `end()` is not saved, so there is nothing to look for at the close.
    if (ending) this.active.ended = true
    return committed instanceof Promise
      ? committed.then((edit) => this.headerEdit(edit))
      : this.headerEdit(committed)
  }

  /** An ended response gets the app's own error page; one that was streaming cannot. */
  failed(error: unknown, ended: boolean): boolean {
    const { active } = this
    const message = error instanceof Error ? error.message : String(error)
    active.detail ??= message
    if (!ended || this.next === undefined) {
      // Nobody else hears of it: the plain 503 says nothing, and there is no error handler to ask.
      warnOnce(
        `unsaved:${isSessmwError(error) ? error.code : 'error'}`,
        `sessmw: the session was not saved, so the response was replaced by a 503: ${message}`,
        active.core.options.logger,
      )
      return false
    }
    retryLater(this.response, error)
    this.next(error)
    return true
  }

  /** The response has finished, or the client has gone away. */
  closed(): void {
    this.takeAssignment()
    const finished = finish(this.active)
    if (finished === undefined) publishRequest(this.active)
    else finished.then(() => publishRequest(this.active))
  }

  private headerEdit(edit: CookieEdit | undefined): HeaderEdit | undefined {
    const { wasRead } = this.active.fields
    if (edit === undefined && !wasRead) return undefined
    return () => editHeaders(this.response, this.heldWriteHead, () => this.applyEdit(edit, wasRead))
  }

  private applyEdit(edit: CookieEdit | undefined, wasRead: boolean): void {
    if (edit !== undefined) setCookie(this.response, this.active.core.options.cookieName, edit)
    if (wasRead) varyByCookie(this.response)
  }

  /** `req.session = null` destroys; any other value would lose data silently, so it fails the request. */
  private takeAssignment(): SessmwError | undefined {
    const { active } = this
    const { holder, core } = active
    const assigned = holder?.[core.options.sessionObject]
    if (holder === undefined || assigned === active.bag || active.ended) return undefined
    if (assigned === undefined) return undefined
    if (assigned !== null) {
      active.show()
      dropChanges(active)
      return new SessmwError(
        'session-replaced',
        `req.${core.options.sessionObject} was replaced by another object. Assign its keys instead; null destroys the session.`,
      )
    }
    // Its failure fails the commit, which waits for it.
    destroy(active)
    return undefined
  }
}

/** Routers of Express and connect cut `url`, and keep the whole in `originalUrl`. */
function originalOf(request: (IncomingMessage & { originalUrl?: unknown }) | undefined) {
  const { method, url, originalUrl } = request ?? {}
  return { method, url: typeof originalUrl === 'string' ? originalUrl : url }
}

/** Tells what became of the session of a request that has finished; nothing is put together when nobody listens. */
export function publishRequest(active: ActiveSession): void {
  const { core, context } = active
  const { logger } = core.options
  if (logger === undefined && !core.events.hasAudience('request')) return
  const { verdict } = active
  core.debug(`${verdict.load}, ${verdict.save}, cookie ${verdict.cookie}`, verdict.handle)
  const { method, url } = originalOf(context.request)
  const event: RequestEvent = {
    at: core.now(),
    ...verdict,
    ...(method !== undefined && { method }),
    ...(url !== undefined && { path: url.split('?', 1)[0] ?? '' }),
  }
  if (context.request !== undefined) noteRequest(event, context.request)
  core.events.publish('request', event)
}
