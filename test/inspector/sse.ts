import { expectShape } from './api-helpers.js'
import { BEARER } from './inspector-helpers.js'

/** A message of a stream of events. */
export interface Message {
  readonly type: string
  readonly id: string
  readonly data: {
    readonly run?: string
    readonly seq?: number
    readonly resumed?: boolean
    readonly events?: { readonly type: string; readonly seq: number; readonly [more: string]: unknown }[]
    readonly dropped?: number
  }
}

/** A client of `api/v1/events`. */
export class EventClient implements AsyncDisposable {
  readonly #leaving = new AbortController()
  #reader: ReadableStreamDefaultReader<string> | undefined
  #text = ''
  response: Response | undefined
  /** Comments that came so far. */
  pings = 0
  /** Characters that came so far. */
  received = 0

  static async connect(base: string, headers: Record<string, string> = {}): Promise<EventClient> {
    const client = new EventClient()
    const signal = client.#leaving.signal
    client.response = await fetch(`${base}/api/v1/events`, { headers: { ...BEARER, ...headers }, signal })
    client.#reader = client.response.body?.pipeThrough(new TextDecoderStream()).getReader()
    return client
  }

  /** The next message, held against the schema. Rejects when the stream has ended. */
  async next(): Promise<Message> {
    for (;;) {
      const end = this.#text.indexOf('\n\n')
      if (end === -1) {
        const part = await this.#reader?.read()
        if (part?.value === undefined) throw new Error('The stream has ended.')
        this.#text += part.value
        this.received += part.value.length
        continue
      }
      const block = this.#text.slice(0, end)
      this.#text = this.#text.slice(end + 2)
      if (block.startsWith(':')) this.pings += 1
      else return parse(block)
    }
  }

  /** The next event of a type. */
  async event(type: string): Promise<Record<string, unknown>> {
    for (;;) {
      const { data } = await this.next()
      const found = data.events?.find((event) => event.type === type)
      if (found !== undefined) return found
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#leaving.abort()
    await this.#reader?.cancel().catch(() => undefined)
  }
}

function parse(block: string): Message {
  const fields = new Map(block.split('\n').map((line) => line.split(/: (.*)/s, 2) as [string, string]))
  const type = fields.get('event') ?? ''
  const data = JSON.parse(fields.get('data') ?? '')
  expectShape(type === 'ready' ? 'Ready' : 'Events', data)
  return { type, id: fields.get('id') ?? '', data }
}
