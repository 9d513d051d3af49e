import { networkInterfaces } from 'node:os'
import { isLoopback } from '../inspector/guards.js'

/** Where a server is reached. */
export interface Addresses {
  readonly url: string
  /** The page of the inspector, with the token in its fragment. */
  readonly inspectorUrl: string
  readonly dumpUrl: string
  /** The inspector by the address that it listens on, for calls from this machine; without a slash at its end. */
  readonly localUrl: string
}

/** What addresses are made of. */
export interface AddressParts {
  readonly host: string
  readonly port: number
  /** The mount path of the inspector. */
  readonly base: string
  readonly token: string | null
}

/** The addresses of a server that listens on `host`. */
export function addressesOf({ host, port, base, token }: AddressParts): Addresses {
  const origin = `http://${isLoopbackHost(host) || isAnyAddress(host) ? 'localhost' : inUrl(host)}:${port}`
  const own = host === '::' ? '[::1]' : host === '0.0.0.0' ? '127.0.0.1' : inUrl(host)
  return {
    url: `${origin}/`,
    inspectorUrl: `${origin}${base}/${token === null ? '' : `#t=${token}`}`,
    dumpUrl: `${origin}${base}/sessions.json`,
    localUrl: `http://${own}:${port}${base}`,
  }
}

/** Whether only this machine can connect to this address. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || isLoopback(host)
}

/** The Host values under which it can be reached: addresses and the named host, which no page elsewhere can take on. */
export function namesOf(host: string): string[] {
  if (!isAnyAddress(host)) return [inUrl(host)]
  return Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => inUrl(address)))
}

const isAnyAddress = (host: string): boolean => host === '0.0.0.0' || host === '::'

const inUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host)
