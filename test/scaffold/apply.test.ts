import { describe, expect, it } from 'vitest'
import { applyChanges } from '../../src/scaffold/apply.js'
import { App } from './apps.js'

describe('applyChanges', () => {
  it('takes everything back when a later step fails', () => {
    const app = new App({ 'edited.txt': 'old', 'gone.txt': 'x' })
    const before = app.snapshot()
    const changes = [
      { path: 'edited.txt', before: 'old', after: 'new' },
      { path: 'gone.txt', before: 'x', after: undefined },
      { path: 'deep/new.txt', before: undefined, after: 'a' },
      // The second creation of the same file fails once the first is in place.
      { path: 'deep/new.txt', before: undefined, after: 'b' },
    ]
    expect(() => applyChanges(app.root, changes)).toThrow(expect.objectContaining({ code: 'io' }))
    expect(app.snapshot()).toEqual(before)
  })

  it('refuses a file that changed since it was read', () => {
    const app = new App({ 'a.txt': 'theirs' })
    const change = { path: 'a.txt', before: 'mine', after: 'new' }
    expect(() => applyChanges(app.root, [change])).toThrow(/changed while/)
    expect(app.read('a.txt')).toBe('theirs')
  })

  it('S66: makes a secret file for its owner only, whatever the umask', () => {
    const app = new App({})
    const umask = process.umask(0)
    try {
      applyChanges(app.root, [{ path: '.env', before: undefined, after: 'A=1', mode: 0o600 }])
    } finally {
      process.umask(umask)
    }
    expect(app.mode('.env')).toBe('600')
  })
})
