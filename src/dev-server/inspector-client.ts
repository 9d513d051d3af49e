import { type ErrorCode, explainError, SessmwError } from '../errors.js'

/** An event of the inspector, as its API describes it. */
export interface InspectorEvent {
  readonly type: string
  readonly at: number
  readonly handle: string | null
  readonly [more: string]: unknown
}

/** Calls of the inspector over HTTP, as its page makes them. */
export class InspectorClient {
  /** @param url Of the inspector, without a slash at its end. */
  constructor(
    private readonly url: string,
    private readonly token: string | null,
  ) {}

  /**
   * The answer of a route below `api/v1/`.
   *
   * Rejects with the error that the inspector passed on from the store, with `inspector-refused` for a refusal of its own,
   * or with `io`.
   */
  async call(method: string, route: string, body?: object): Promise<unknown> {
    const response = await this.#fetch(method, route, body, undefined)
    return response.json()
  }

  /** Each event from when this resolves, until the server ends or the signal aborts. Rejects as `call`. */
  async events(signal: AbortSignal): Promise<AsyncGenerator<InspectorEvent>> {
    const response = await this.#fetch('GET', 'events', undefined, signal)
    const messages = messagesOf(response, signal)
    // The first message says that the stream has begun.
    await messages.next()
    return eventsOf(messages)
  }

  async #fetch(
    method: string,
    route: string,
    body: object | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Response> {
    const response = await fetch(`${this.url}/api/v1/${route}`, {
      method,
      headers: {
        ...(this.token !== null && { Authorization: `Bearer ${this.token}` }),
        ...(method !== 'GET' && { 'Content-Type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal !== undefined && { signal }),
    }).catch((error: unknown) => {
      throw new SessmwError('io', 'The inspector cannot be reached.', { cause: error })
    })
    if (!response.ok) throw await refusalOf(response)
    return response
  }
}

async function refusalOf(response: Response): Promise<SessmwError> {
  const text = await response.text()
  if (!response.headers.get('content-type')?.startsWith('application/json'))
    return new SessmwError('inspector-refused', text.trim())
  const { error } = JSON.parse(text) as { error: { code: string; message: string; fix?: string } }
  const { code, message, fix } = error
  return new SessmwError(
    isErrorCode(code) ? code : 'inspector-refused',
    message,
    fix === undefined ? {} : { fix },
  )
}

const isErrorCode = (code: string): code is ErrorCode => explainError(code) !== undefined

async function* eventsOf(messages: AsyncGenerator<string>): AsyncGenerator<InspectorEvent> {
  for await (const data of messages) {
    const { events, dropped } = JSON.parse(data) as { events: InspectorEvent[]; dropped: number }
    yield* events
    if (dropped > 0) yield { type: 'dropped', at: Date.now(), handle: null, count: dropped }
  }
}

/** The data of each message of a `text/event-stream`. */
async function* messagesOf(response: Response, signal: AbortSignal): AsyncGenerator<string> {
  let text = ''
  const decoder = new TextDecoder()
  try {
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true })
      const messages = text.split('\n\n')
      text = messages.pop() ?? ''
      for (const message of messages) {
        const data = /^data: (.*)$/m.exec(message)?.[1]
        if (data !== undefined) yield data
      }
    }
  } catch (error) {
    // The server went away in the middle of the stream; that is how it ends.
    if (!signal.aborted && !(error instanceof TypeError)) throw error
  }
}
