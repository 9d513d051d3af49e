import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { SessionRecord } from '../../src/core/record.js'
import { isEnumerable } from '../../src/core/store.js'
import { MemoryStore } from '../../src/stores/memory.js'
import { fakeClock, faultyStore } from '../../src/testing.js'

const RECORD: SessionRecord = { version: 1, createdAt: 1, lastSeenAt: 1, expiresAt: 2, fields: { n: '1' } }

describe('faultyStore', () => {
  it('is the store that it wraps until it is told otherwise', async () => {
    const store = faultyStore(new MemoryStore())
    await store.create('key', RECORD)
    expect(await store.read('key')).toEqual(RECORD)
    expect(isEnumerable(store)).toBe(true)
    const keys: string[] = []
    for await (const [key] of store.entries()) keys.push(key)
    expect(keys).toEqual(['key'])
    expect(await store.sweep()).toBe(1)
  })

  it('fails calls of one method until it heals', async () => {
    const store = faultyStore(new MemoryStore())
    const error = new Error('ECONNREFUSED')
    store.faults.fail('read', error)
    store.faults.fail('entries')
    await expect(store.read('key')).rejects.toBe(error)
    await expect(store.entries()[Symbol.asyncIterator]().next()).rejects.toThrow('The store is down.')
    expect(await store.delete('key')).toBe(false)
    store.faults.heal()
    expect(await store.read('key')).toBeNull()
  })

  it('drops writes but answers as if it had done them', async () => {
    const memory = new MemoryStore()
    const store = faultyStore(memory)
    for (const method of ['create', 'update', 'touch', 'delete'] as const) store.faults.drop(method)
    await store.create('key', RECORD)
    expect(await store.update('key', { set: {} })).toBe('saved')
    expect(await store.touch('key', RECORD)).toBe(true)
    expect(await store.delete('key')).toBe(true)
    expect(await memory.count()).toBe(0)
  })

  it('leaves a call hanging', async () => {
    const store = faultyStore(new MemoryStore())
    store.faults.hang('read')
    const first = await Promise.race([store.read('key').then(() => 'read'), nextTurn()])
    expect(first).toBeUndefined()
  })

  it('holds calls at a barrier until it is released', async () => {
    const memory = new MemoryStore()
    const store = faultyStore(memory)
    const gate = store.faults.barrier('create', 2)
    const creates = [store.create('one', RECORD)]
    const order: string[] = []
    const arrived = gate.arrived.then(() => order.push('arrived'))
    await nextTurn()
    expect(order).toEqual([])
    creates.push(store.create('two', RECORD))
    await arrived
    expect(await memory.count()).toBe(0)
    gate.release()
    await Promise.all(creates)
    await store.create('three', RECORD)
    expect(await memory.count()).toBe(3)
  })

  it('opens its barriers when it heals', async () => {
    const store = faultyStore(new MemoryStore())
    store.faults.barrier('read')
    const read = store.read('key')
    store.faults.heal()
    expect(await read).toBeNull()
  })

  it('counts calls by method', async () => {
    const store = faultyStore(new MemoryStore())
    store.faults.fail('touch')
    await store.read('a')
    await store.read('b')
    await store.touch('a', RECORD).catch(() => undefined)
    expect([store.faults.calls('read'), store.faults.calls('touch'), store.faults.calls()]).toEqual([2, 1, 3])
  })
})

describe('fakeClock', () => {
  it('moves only when it is told to, by milliseconds or by text', () => {
    const clock = fakeClock(1000)
    expect([clock(), clock.advance(500), clock.advance('30m'), clock.advance(-500)]).toEqual([
      1000, 1500, 1_801_500, 1_801_000,
    ])
    clock.set(7)
    expect(clock()).toBe(7)
    expect(() => clock.advance('soon')).toThrow(expect.objectContaining({ code: 'bad-option' }))
  })
})
