import { createRequire } from 'node:module'
import { basename } from 'node:path'
import { pathToFileURL } from 'node:url'
import { SessmwError } from '../errors.js'

/** What Node says of itself. */
interface Runtime {
  /** `typescript` in it: false, `strip` or `transform`; absent in older versions. */
  readonly features: object
  readonly allowedNodeEnvironmentFlags: ReadonlySet<string>
  readonly versions: { readonly node: string }
}

const STRIP_TYPES = '--experimental-strip-types'

/**
 * What Node needs to run this file: nothing for JavaScript; for TypeScript the project's own tsx, or Node itself where
 * it can.
 *
 * @throws SessmwError `no-typescript`
 */
export function typescriptFlags(entry: string, runtime: Runtime = process): string[] {
  if (!/\.[cm]?tsx?$/.test(entry)) return []
  const loader = tsxOf(entry)
  if (loader !== undefined) return ['--import', pathToFileURL(loader).href]
  const isPlain = !entry.endsWith('x')
  if (isPlain && Reflect.get(runtime.features, 'typescript')) return []
  if (isPlain && runtime.allowedNodeEnvironmentFlags.has(STRIP_TYPES)) return [STRIP_TYPES]
  const message = `${basename(entry)} is TypeScript, which Node ${runtime.versions.node} cannot run alone.`
  throw new SessmwError('no-typescript', message)
}

function tsxOf(entry: string): string | undefined {
  try {
    return createRequire(entry).resolve('tsx')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}
