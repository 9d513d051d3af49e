import type { RequestListener } from 'node:http'
import { SessmwError } from '../errors.js'
import type { InspectorAuth } from '../inspector/access.js'
import { isLoopback } from '../inspector/guards.js'
import type { Inspector } from '../inspector/inspector.js'
import type { InspectorOptions } from '../inspector/options.js'
import { newToken } from '../inspector/token.js'
import { isLoopbackHost, namesOf } from './addresses.js'

/** What the user says about the inspector. */
export interface InspectorWishes {
  /** The address to listen on. Default `127.0.0.1`; other machines reach only another one. */
  readonly host?: string | undefined
  /** Its mount path. Default `/__sessmw`. */
  readonly base?: string | undefined
  /** What calls of it must carry. Default: a new token. False: nothing, on this machine only. */
  readonly token?: string | false | undefined
  /** Whether it shows masked values. Default false. */
  readonly reveal?: boolean | undefined
  /** Whether it refuses to write. Default false. */
  readonly readOnly?: boolean | undefined
  /** Values of the Host header to answer to besides those of the address. */
  readonly allowedHosts?: readonly string[] | undefined
}

/** The inspector of a server; plain JSON, to be handed to another process. */
export interface InspectorPlan {
  readonly host: string
  readonly base: string
  /** null: none is needed. */
  readonly token: string | null
  readonly reveal: boolean
  readonly readOnly: boolean
  readonly allowedHosts: readonly string[]
}

/**
 * Fills in the defaults.
 *
 * @throws SessmwError `inspector-in-production`; `usage` when other machines could read sessions without a token, and
 *   for a mount path that is none.
 */
export function planInspector(wishes: InspectorWishes): InspectorPlan {
  const { host = '127.0.0.1', base = '/__sessmw', reveal = false, readOnly = false } = wishes
  if (process.env.NODE_ENV === 'production') {
    const message =
      '`sessmw serve` shows the data of every session, so it does not run with NODE_ENV=production.'
    const fix = 'Run it with NODE_ENV=development, or without NODE_ENV.'
    throw new SessmwError('inspector-in-production', message, { fix })
  }
  if (host === '') throw new SessmwError('usage', 'The host to listen on is empty.')
  if (!/^(?:\/[\w.~-]+)+$/.test(base)) {
    throw new SessmwError('usage', '--base takes a path such as /__sessmw, without a slash at its end.')
  }
  if (wishes.token === false && !isLoopbackHost(host)) {
    throw new SessmwError('usage', `Without a token, ${host} would show all sessions to other machines.`)
  }
  const token = wishes.token === false ? null : (wishes.token ?? newToken())
  const allowedHosts = [...namesOf(host), ...(wishes.allowedHosts ?? [])]
  return { host, base, token, reveal, readOnly, allowedHosts }
}

/** The same as `inspector()` takes it. */
export function inspectorOptions({ token, reveal, readOnly, allowedHosts }: InspectorPlan): InspectorOptions {
  const auth: InspectorAuth = token ?? (({ socket }) => isLoopback(socket.remoteAddress))
  return { auth, reveal, readOnly, allowedHosts }
}

/** Answers requests below `base` by the inspector, if there is one; true when it did. */
export function answerBelow(
  base: string,
  inspect: Inspector,
  ...[request, response]: Parameters<RequestListener>
): boolean {
  const target = request.url ?? ''
  const rest = target.slice(base.length)
  if (!target.startsWith(base) || !/^(?:$|[/?])/.test(rest)) return false
  // As Express and connect hand a request to what is mounted at a path.
  Object.assign(request, { originalUrl: target, url: rest.startsWith('/') ? rest : `/${rest}` })
  inspect(request, response)
  return true
}
