import { Server } from 'node:http'
import type { Export } from './entry-messages.js'

/** What answers requests. */
export type App = Server | ((...parameters: never[]) => unknown)

/** Under which names an entry exports its app, or a function without parameters that makes it. */
const NAMES = ['default', 'app', 'server', 'createApp']

/**
 * The app that a module exports, in any of the usual ways: `export default app`, `export const app`,
 * `module.exports = app`, `exports.app = app`, or a function without parameters that returns or resolves with the app.
 *
 * @returns undefined when there is none; rejects with what such a function throws.
 */
export async function appIn(exported: Readonly<Record<string, unknown>>): Promise<App | undefined> {
  // What CommonJS assigns to `module.exports` is the default of its import.
  const places = [exported, exported.default].filter((place) => isFunction(place) || isObject(place))
  const values = places.flatMap((place) => NAMES.map((name): unknown => Reflect.get(place, name)))
  const found = values.find(isApp)
  if (found !== undefined) return found
  const factory = values.find(isFunction)
  if (factory === undefined || factory.length > 0 || isClass(factory)) return undefined
  const made: unknown = await factory()
  return isApp(made) ? made : undefined
}

/** What a module exports, for people who wonder why none of it is an app. */
export function exportsOf(exported: Readonly<Record<string, unknown>>): Export[] {
  // Newer versions of Node give the default of a CommonJS module a second name.
  const names = Object.keys(exported).filter((name) => name !== 'module.exports')
  return names.map((name) => ({ name, kind: kindOf(exported[name]) }))
}

function kindOf(value: unknown): string {
  if (isFunction(value)) {
    if (isClass(value)) return 'a class'
    return value.length > 0 ? 'a function with a parameter' : 'a function that makes no app'
  }
  if (isObject(value)) return Object.keys(value).length === 0 ? 'an empty object' : 'an object'
  return value === undefined || value === null ? String(value) : `a ${typeof value}`
}

/** An app of Express or connect, a handler of `node:http`, or a server of it. */
function isApp(value: unknown): value is App {
  if (value instanceof Server) return true
  return isFunction(value) && !isClass(value) && ('handle' in value || value.length >= 2)
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function isFunction(value: unknown): value is (...parameters: unknown[]) => unknown {
  return typeof value === 'function'
}

const isClass = (value: (...parameters: unknown[]) => unknown): boolean =>
  /^class\b/.test(Function.prototype.toString.call(value))
