import type { RequestEvent, SessionEvent } from '../core/events.js'
import { requestOf } from '../core/events.js'
import type { Owner } from '../core/owner.js'
import type { RecordTimes, SessionRecord } from '../core/record.js'
import type { SessionsCore } from '../core/sessions-core.js'
import type { RecordChange } from '../core/store.js'
import { itemOf } from './core-item.js'
import { CoreSubject } from './core-subject.js'
import { afterChange, diffOf } from './field-diff.js'
import type { Change } from './history.js'
import { KnownRecords } from './known-records.js'
import { Recorder } from './recorder.js'
import { type StoreWatcher, watchStore } from './watched-store.js'

/** One for the app, however many inspectors it mounts. */
const recorders = new WeakMap<SessionsCore, Recorder>()

/** Follows the sessions of an app from now on. */
export function followCore(core: SessionsCore): Recorder {
  const present = recorders.get(core)
  if (present !== undefined) return present
  const known = new KnownRecords()
  const recorder = new Recorder(new CoreSubject(core, core.store, () => known.entries()))
  recorders.set(core, recorder)
  core.store = watchStore(core.store, new CoreWatcher(core, recorder, known))
  followEvents(core, recorder, known)
  return recorder
}

/** Tells the recorder what the calls of the store mean. */
class CoreWatcher implements StoreWatcher {
  constructor(
    private readonly core: SessionsCore,
    private readonly recorder: Recorder,
    private readonly known: KnownRecords,
  ) {}

  read(key: string, record: SessionRecord): void {
    if (this.known.get(key) !== record) this.known.set(key, record)
  }

  created(key: string, record: SessionRecord): void {
    this.#changed('created', key, record, diffOf({}, { set: record.fields }))
  }

  updated(key: string, change: RecordChange): void {
    const old = this.known.get(key)
    const diff = diffOf(old?.fields, change)
    const handle = this.core.handleOfKey(key)
    if (old !== undefined) this.#changed('updated', key, applied(old, change), diff, change.owner)
    else {
      this.recorder.index.forget()
      this.#remember(handle, { kind: 'updated', version: null, diff, ...ownerOf(change.owner) })
    }
    const now = this.known.get(key)
    const names = diff.map(({ name }) => name)
    this.#publish('changed', handle, now, {
      version: now === undefined ? null : String(now.version),
      names,
    })
  }

  touched(key: string, times: RecordTimes): void {
    const old = this.known.get(key)
    const handle = this.core.handleOfKey(key)
    if (old === undefined) this.recorder.index.forget()
    else {
      const record = { ...old, ...times }
      this.known.set(key, record)
      this.recorder.index.put(itemOf(key, handle, record))
    }
    this.#publish('touched', handle, old)
  }

  deleted(key: string): void {
    const handle = this.core.handleOfKey(key)
    this.recorder.index.delete(handle)
    const old = this.known.get(key)
    if (old === undefined) return
    this.known.delete(key)
    this.#remember(handle, { kind: 'ended', version: String(old.version), diff: [] })
  }

  cleared(): void {
    this.recorder.index.forget()
    for (const [key] of [...this.known.entries()]) this.deleted(key)
  }

  #changed(
    kind: Change['kind'],
    key: string,
    record: SessionRecord,
    diff: Change['diff'],
    owner: Owner | null | undefined = record.owner,
  ): void {
    const handle = this.core.handleOfKey(key)
    this.known.set(key, record)
    this.recorder.index.put(itemOf(key, handle, record))
    this.#remember(handle, { kind, version: String(record.version), diff, ...ownerOf(owner) })
  }

  #remember(handle: string, change: Pick<Change, 'kind' | 'version' | 'owner' | 'diff'>): void {
    this.recorder.history.add(handle, { at: this.core.now(), by: 'app', request: null, ...change })
  }

  #publish(type: string, handle: string, record: SessionRecord | undefined, more: object = {}): void {
    this.recorder.feed.publish({ type, at: this.core.now(), handle, owner: record?.owner ?? null, ...more })
  }
}

const ownerOf = (owner: Owner | null | undefined): { owner?: Owner | null } =>
  owner === undefined ? {} : { owner }

/** The record after an update by the app; what other processes changed meanwhile shows at the next read. */
function applied(old: SessionRecord, change: RecordChange): SessionRecord {
  const { owner, cookie, ...header } = old
  const newOwner = change.owner === undefined ? owner : change.owner
  const newCookie = change.cookie === undefined ? cookie : change.cookie
  return {
    ...header,
    version: old.version + 1,
    lastSeenAt: change.lastSeenAt ?? old.lastSeenAt,
    expiresAt: change.expiresAt ?? old.expiresAt,
    ...(newOwner && { owner: newOwner }),
    ...(newCookie && { cookie: newCookie }),
    fields: afterChange(old.fields, change),
  }
}

function followEvents(core: SessionsCore, recorder: Recorder, known: KnownRecords): void {
  const { events } = core
  const tell = (type: string, { at, handle, owner }: SessionEvent, more: object = {}): void => {
    const ofKnown = handle === undefined ? undefined : known.get(handle)?.owner
    recorder.feed.publish({ type, at, handle: handle ?? null, owner: owner ?? ofKnown ?? null, ...more })
  }
  events.on('request', (event) => recorder.request(factsOf(event)))
  events.on('created', (event) => tell('created', event))
  events.on('destroyed', (event) => tell('destroyed', event))
  events.on('regenerated', (event) => tell('regenerated', event, { previousHandle: event.previousHandle }))
  events.on('revoked', (event) => {
    // Of `deleteByOwner`, which no call of a single key tells of.
    if (event.handle !== undefined) recorder.index.delete(event.handle)
    tell('revoked', event)
  })
  events.on('expired', (event) => tell('expired', event, { code: event.code }))
  events.on('rejected', (event) => tell('rejected', event, { code: event.code }))
  events.on('conflict', (event) => tell('conflict', event, { key: event.key }))
  events.on('corrupt', (event) => tell('corrupt', event, { detail: event.detail }))
  events.on('store-error', (event) => {
    const { code, message, fix } = event.error
    tell('store-error', event, { code, message, fix })
  })
}

function factsOf(event: RequestEvent): Parameters<Recorder['request']>[0] {
  const { at, method = '', path = '', handle = null, owner = null, load, save, cookie, detail = null } = event
  const cookieHeader = requestOf(event)?.headers.cookie
  return { at, method, path, handle, owner, load, save, cookie, detail, cookieHeader }
}
