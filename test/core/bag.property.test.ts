// Random changes of the bag, over several requests, against a plain object: never a missed change, never a false one.
import { inspect, isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Browser, setup } from './harness.js'

type Data = Record<string, unknown>

const NUM_RUNS = Number(process.env.FC_RUNS ?? 400)

const keys = fc.constantFrom('a', 'b', 'c', 'flash', 'user', 'toString', 'then', 'length', '0', 'ключ')

const scalars = fc.oneof(
  fc.string({ maxLength: 6 }),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constantFrom(null, undefined, 0n, -0, Number.NaN),
  fc.bigInt(),
  // Not invalid ones: for isDeepStrictEqual() of Node 20, two of them differ. test/core/field-codec.test.ts has them.
  fc.date({ noInvalidDate: true }),
  fc.uint8Array({ maxLength: 4 }),
)

const { value: values } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalars,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(keys, tie('value'), { maxKeys: 3 }),
    fc.array(fc.tuple(scalars, tie('value')), { maxLength: 3 }).map((pairs) => new Map(pairs)),
    fc.array(scalars, { maxLength: 3 }).map((items) => new Set(items)),
  ),
}))

interface Step {
  readonly name: string
  readonly run: (data: Data) => unknown
}

/** Containers within a value, itself included, in an order that two equal values share. */
function containers(value: unknown, found: object[] = []): object[] {
  if (typeof value !== 'object' || value === null) return found
  found.push(value)
  const parts = value instanceof Map || value instanceof Set ? [...value.values()] : Object.values(value)
  for (const part of parts) containers(part, found)
  return found
}

/** Changes one container in place, in the way of its class. */
function mutate(data: Data, at: number, key: string, value: unknown, n: number): void {
  const all = Object.keys(data)
    .sort()
    .flatMap((name) => containers(data[name]))
  const target = all[at % Math.max(1, all.length)]
  if (target === undefined) return
  if (Array.isArray(target)) {
    if (n % 4 === 0) target.push(value)
    else if (n % 4 === 1) target.splice(n % (target.length + 1), 1)
    else if (n % 4 === 2) target.reverse()
    else if (target.length > 0) target[n % target.length] = value
  } else if (target instanceof Map) {
    if (n % 3 === 0) target.delete([...target.keys()][0])
    else target.set(key, value)
  } else if (target instanceof Set) {
    if (n % 3 === 0) target.delete([...target][0])
    else target.add(key)
  } else if (target instanceof Date) target.setTime(n * 1000)
  else if (target instanceof Uint8Array) target.fill(n % 256)
  else if (n % 3 === 0) delete (target as Data)[key]
  else (target as Data)[key] = value
}

const copy = (value: unknown) => structuredClone(value)

const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(keys, values).map(
    ([key, value]): Step => ({
      name: `set ${key}`,
      run: (data) => {
        data[key] = copy(value)
      },
    }),
  ),
  keys.map((key): Step => ({ name: `delete ${key}`, run: (data) => delete data[key] })),
  keys.map(
    (key): Step => ({
      name: `read ${key}`,
      run: (data) => (Object.hasOwn(data, key) ? data[key] : undefined),
    }),
  ),
  keys.map(
    (key): Step => ({
      name: `rewrite ${key}`,
      run: (data) => {
        if (Object.hasOwn(data, key)) data[key] = copy(data[key])
      },
    }),
  ),
  fc.tuple(fc.nat(20), keys, values, fc.nat(300)).map(
    ([at, key, value, n]): Step => ({
      name: `mutate ${at} ${key} ${n}`,
      run: (data) => mutate(data, at, key, copy(value), n),
    }),
  ),
  fc.dictionary(keys, values, { maxKeys: 3 }).map(
    (more): Step => ({
      name: 'assign',
      run: (data) => Object.assign(data, copy(more)),
    }),
  ),
  fc.tuple(keys, values).map(
    ([key, value]): Step => ({
      name: `define ${key}`,
      run: (data) =>
        Object.defineProperty(data, key, {
          value: copy(value),
          writable: true,
          enumerable: true,
          configurable: true,
        }),
    }),
  ),
  fc.constantFrom<Step>(
    { name: 'spread', run: (data) => ({ ...data }) },
    { name: 'entries', run: (data) => Object.entries(data) },
    {
      name: 'for in',
      run: (data) => {
        const seen: string[] = []
        for (const key in data) seen.push(key)
        return seen.sort()
      },
    },
    { name: 'in', run: (data) => ['a', 'b', 'toString', 'nothing'].map((key) => key in data) },
    {
      name: 'clear',
      run: (data) => {
        if (typeof data.clearSession === 'function') data.clearSession()
        else for (const key of Object.keys(data)) delete data[key]
      },
    },
  ),
)

/** What is stored of a plain object: keys that are undefined are not. */
const stored = (data: Data): Data =>
  Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined))

/** As text: unlike deep equality, it tells apart what only differs in the order of keys or entries. */
const textOf = (data: Data) =>
  Object.keys(data)
    .sort()
    .map(
      (key) => `${key}: ${inspect(data[key], { depth: null, maxArrayLength: null, maxStringLength: null })}`,
    )
    .join()

/** Equal, whatever the order of keys at the top. */
const isEqual = (one: Data, other: Data) => isDeepStrictEqual(one, other) && textOf(one) === textOf(other)

const requests = fc.array(fc.array(steps, { maxLength: 6 }), { minLength: 1, maxLength: 6 })

describe('random changes of the bag', () => {
  it('are all kept, show as on a plain object, and nothing else is written', async () => {
    await fc.assert(
      fc.asyncProperty(requests, async (visits) => {
        const { sessions, faults, memory } = setup()
        const browser = new Browser(sessions)
        let before: Data = {}
        for (const visit of visits) {
          const oracle = copy(before) as Data
          const isStored = (await memory.count()) > 0
          const [creates, updates] = [faults.calls('create'), faults.calls('update')]
          await browser.visit(({ data }) => {
            for (const { name, run } of visit) {
              const shown = run(data)
              const expected = run(oracle)
              if (
                typeof expected !== 'function' &&
                !['define', 'assign'].includes(name.split(' ', 1)[0] ?? '')
              )
                expect(isDeepStrictEqual(sorted(shown), sorted(expected)), `${name} answers the same`).toBe(
                  true,
                )
              expect(isEqual({ ...data }, { ...oracle }), `the bag after "${name}"`).toBe(true)
            }
          })
          const after = stored(oracle)
          const changed = !isEqual(before, after)
          const written = faults.calls('create') + faults.calls('update') - creates - updates
          if (isStored) expect(faults.calls('create')).toBe(creates)
          expect(written > 0, 'written if and only if changed').toBe(changed)
          expect(written).toBeLessThanOrEqual(1)
          expect(isEqual(await browser.data(), after), 'what the next request finds').toBe(true)
          before = after
        }
      }),
      { numRuns: NUM_RUNS },
    )
  }, 120_000)

  it('write exactly the keys that changed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(keys, values, { minKeys: 1, maxKeys: 6 }),
        fc.array(steps, { maxLength: 5 }),
        async (start, changes) => {
          const { sessions, memory } = setup()
          const browser = new Browser(sessions)
          const { session } = await browser.visit(({ data }) => void Object.assign(data, copy(start)))
          const texts = (await memory.read(session.handle))?.fields
          if (texts === undefined) return
          const spy: string[] = []
          const original = memory.update.bind(memory)
          memory.update = (key, change, context) => {
            spy.push(...Object.keys(change.set ?? {}), ...(change.unset ?? []))
            return original(key, change, context)
          }
          await browser.visit(({ data }) => {
            for (const { run } of changes) run(data)
          })
          const now = (await memory.read(session.handle))?.fields ?? {}
          const different = [...new Set([...Object.keys(texts), ...Object.keys(now)])].filter(
            (name) =>
              (Object.hasOwn(texts, name) ? texts[name] : undefined) !==
              (Object.hasOwn(now, name) ? now[name] : undefined),
          )
          expect(spy.sort()).toEqual(different.sort())
        },
      ),
      { numRuns: NUM_RUNS },
    )
  }, 120_000)

  it('survive saves that fail, also those that changes overtake', async () => {
    const phases = fc.array(
      fc.record({
        changes: fc.array(steps, { maxLength: 3 }),
        during: fc.array(steps, { maxLength: 2 }),
        fails: fc.boolean(),
      }),
      { minLength: 1, maxLength: 4 },
    )
    await fc.assert(
      fc.asyncProperty(fc.dictionary(keys, values, { maxKeys: 4 }), phases, async (start, plan) => {
        const { sessions, faults } = setup()
        const browser = new Browser(sessions)
        await browser.visit(({ data }) => void Object.assign(data, copy(start)))
        const oracle = stored(copy(start) as Data)
        await browser.visit(async (session) => {
          for (const { changes, during, fails } of plan) {
            for (const { run } of changes) run(session.data)
            for (const { run } of changes) run(oracle)
            if (fails) for (const method of ['create', 'update'] as const) faults.fail(method)
            const saved = session.save().catch(() => undefined)
            for (const { run } of during) run(session.data)
            for (const { run } of during) run(oracle)
            await saved
            faults.heal()
          }
        })
        expect(isEqual(await browser.data(), stored(oracle))).toBe(true)
      }),
      { numRuns: NUM_RUNS },
    )
  }, 120_000)

  it('show the same through JSON', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(keys, fc.jsonValue().filter(isStorable), { maxKeys: 5 }),
        async (data) => {
          const { sessions } = setup()
          const browser = new Browser(sessions)
          await browser.visit((session) => void Object.assign(session.data, data))
          const { session } = await browser.visit()
          // JSON has one zero.
          expect(JSON.parse(JSON.stringify({ ...session.data }))).toEqual(JSON.parse(JSON.stringify(data)))
        },
      ),
      { numRuns: NUM_RUNS },
    )
  }, 120_000)
})

/** Keys that reach a prototype are refused. */
const isStorable = (value: unknown) => !/"(?:__proto__|constructor|prototype)":/.test(JSON.stringify(value))

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const isEntries =
      value.length > 0 && value.every((part) => Array.isArray(part) && typeof part[0] === 'string')
    return isEntries ? [...value].sort((a, b) => (a[0] < b[0] ? -1 : 1)) : value
  }
  return value
}
