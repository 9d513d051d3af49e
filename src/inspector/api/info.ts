import { COOKIE_CODES, LOAD_CODES, SAVE_CODES } from '../../core/verdict-table.js'
import { type Answer, answerJson } from '../answer.js'
import { VERSION } from '../version.js'
import type { Call } from './call.js'
import { clockOf } from './clock.js'

/** `GET api/v1/info` */
export async function getInfo(call: Call): Promise<Answer> {
  const codes = { load: LOAD_CODES, save: SAVE_CODES, cookie: COOKIE_CODES }
  return answerJson(JSON.stringify({ ...(await infoOf(call)), codes }))
}

/** What is known of the app, without any secret. */
export async function infoOf(call: Call) {
  const { recorder, readOnly } = call
  const { subject } = recorder
  const { capabilities } = subject
  const isProduction = process.env.NODE_ENV === 'production'
  const mayWrite = !readOnly
  return {
    version: VERSION,
    kind: subject.kind,
    environment: process.env.NODE_ENV ?? 'development',
    now: subject.now(),
    startedAt: recorder.startedAt,
    run: recorder.feed.run,
    readOnly,
    store: { name: subject.storeName, count: await subject.count() },
    capabilities: {
      ...capabilities,
      edit: capabilities.edit && mayWrite,
      expire: capabilities.expire && mayWrite,
      destroy: capabilities.destroy && mayWrite,
      clock: capabilities.clock && mayWrite,
      cookie: capabilities.cookie && mayWrite && !isProduction,
      seed: capabilities.seed && mayWrite && !isProduction,
      reveal: true,
    },
    clock: clockOf(call),
    options: subject.options,
  }
}
