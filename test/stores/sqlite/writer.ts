// A process that writes sessions: `writer MODE FILE ...`. It says on stdout what was acknowledged.
import { existsSync, readFileSync, writeSync } from 'node:fs'
import { createSessions } from '../../../src/index.js'
import { SqliteStore } from '../../../src/sqlite.js'
import { newRecord, versionedRecord } from './records.js'

const [mode = '', file = '', ...args] = process.argv.slice(2)
const store = new SqliteStore({ path: file })
const say = (text: string): void => void writeSync(1, `${text}\n`)

/** Waits until the parent says go, so that all writers begin at once. */
const go = (): Promise<unknown> => new Promise((resolve) => process.stdin.once('data', resolve))

/** Adds to one number, by compare-and-set, and writes a field of its own each time. */
async function increment(key: string, name: string, times: number): Promise<void> {
  for (let n = 0; n < times; ) {
    const record = await store.read(key)
    if (record === null || record === 'corrupt') throw new Error(`read ${record}`)
    const set = { n: `${Number(record.fields['n']) + 1}`, [name]: `${n + 1}` }
    if ((await store.update(key, { set, ifVersion: record.version })) === 'saved') n += 1
  }
}

/** Writes the next version of one record, and a new record, for ever; says the number once both are acknowledged. */
async function write(key: string, from: number): Promise<void> {
  for (let n = from; ; n++) {
    const { fields } = versionedRecord(n)
    if ((await store.update(key, { set: fields })) !== 'saved') throw new Error('the record is gone')
    say(`updated ${n}`)
    await store.create(`new-${n}`, versionedRecord(n))
    say(`created ${n}`)
  }
}

async function logOut(handle: string): Promise<void> {
  const sessions = createSessions({ secretKey: 'a secret of more than 32 characters, for tests', store })
  say(String(await sessions.revoke(handle)))
}

function dump(): void {
  const files = ['', '-wal', '-shm'].map((end) => `${file}${end}`).filter(existsSync)
  say(Buffer.concat(files.map((name) => readFileSync(name))).toString('base64'))
}

async function main(): Promise<void> {
  const [key = '', name = '', times = ''] = args
  if (mode === 'increment') {
    say('up')
    await go()
    await increment(key, name, Number(times))
  }
  if (mode === 'open') {
    say('up')
    await go()
    await store.create(key, newRecord())
  }
  if (mode === 'write') await write(key, Number(name))
  if (mode === 'revoke') await logOut(key)
  if (mode === 'dump') dump()
  if (mode === 'leave') return store.ready().then(() => say('left'))
  await store.close()
  process.exit()
}

void main()
