import { Server } from 'node:http'
import { createRequire } from 'node:module'
import express from 'express'
import { describe, expect, it } from 'vitest'
import { appIn, exportsOf } from '../../src/dev-server/exported-app.js'

const app = express()
const express4 = createRequire(import.meta.url)('express4') as () => unknown
const handler = (_request: unknown, _response: unknown): undefined => undefined
const server = new Server()
class Application {}

/** What `import()` of a CommonJS module with these exports gives. */
const commonJs = (exported: object): Record<string, unknown> => ({ default: exported, ...exported })

describe('the app of a module', () => {
  it.each<[string, Record<string, unknown>, unknown]>([
    ['export default app', { default: app }, app],
    ['export const app', { app }, app],
    ['export const app beside a default that is none', { default: { port: 3000 }, app }, app],
    ['module.exports = app', { default: app }, app],
    ['module.exports = { app }', commonJs({ app }), app],
    ['exports.default of compiled TypeScript', commonJs({ __esModule: true, default: app }), app],
    ['a server', { server }, server],
    ['a handler of node:http', { default: handler }, handler],
    ['a function that makes it', { default: () => app }, app],
    ['createApp, which takes a while', { createApp: async () => app }, app],
  ])('is found in the form: %s', async (_form, exported, expected) => {
    expect(await appIn(exported)).toBe(expected)
  })

  it('is found in Express 4', async () => {
    const old = express4()
    expect(await appIn({ default: old })).toBe(old)
  })

  it.each<[string, Record<string, unknown>]>([
    ['nothing', {}],
    ['settings', { default: { port: 3000 }, other: 1 }],
    ['a class', { default: Application, app: Application }],
    ['a function that makes something else', { default: () => ({ port: 1 }) }],
    ['an app under another name', { website: app }],
    ['null', { default: null }],
  ])('is none in: %s', async (_form, exported) => {
    expect(await appIn(exported)).toBeUndefined()
  })

  it('rejects with what the function that makes it throws', async () => {
    const broken = (): never => {
      throw new Error('no database')
    }
    await expect(appIn({ createApp: broken })).rejects.toThrow('no database')
  })
})

it('what a module exports is told by its kind', () => {
  const exported = {
    default: { a: 1 },
    'module.exports': { a: 1 },
    none: {},
    port: 3000,
    name: 'shop',
    nothing: null,
    make: (options: object) => options,
    empty: () => undefined,
    Application,
  }
  expect(exportsOf(exported).map(({ name, kind }) => `${name}: ${kind}`)).toEqual([
    'default: an object',
    'none: an empty object',
    'port: a number',
    'name: a string',
    'nothing: null',
    'make: a function with a parameter',
    'empty: a function that makes no app',
    'Application: a class',
  ])
})
