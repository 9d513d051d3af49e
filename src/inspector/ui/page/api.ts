/** Why a call did not do what it was asked; status 0: no server answered. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly fix?: string,
  ) {
    super(message)
  }
}

/** What a call carries besides its method and path. */
export interface CallOptions {
  readonly body?: unknown
  readonly ifMatch?: string
  readonly signal?: AbortSignal
}

const KEY = 'sessmw-token'

/** Calls of the API, each with the token. */
export class Api {
  /** Told when a call is refused for want of the right token. */
  onDenied: () => void = () => undefined

  get hasToken(): boolean {
    return sessionStorage.getItem(KEY) !== null
  }

  /** Keeps the token for this tab; it is sent as a header alone. */
  setToken(token: string): void {
    sessionStorage.setItem(KEY, token)
  }

  /**
   * The body of an answer.
   *
   * Rejects with ApiError, or an `AbortError` when the signal aborts.
   */
  async call<Body>(method: string, path: string, { body, ifMatch, signal }: CallOptions = {}): Promise<Body> {
    const headers: Record<string, string> = {}
    if (method !== 'GET') headers['Content-Type'] = 'application/json'
    if (ifMatch !== undefined) headers['If-Match'] = `"${ifMatch}"`
    const text = body === undefined ? null : JSON.stringify(body)
    const response = await this.#fetch(path, { method, headers, body: text, signal: signal ?? null })
    return (await response.json()) as Body
  }

  /** The stream of events, from where an earlier one ended. */
  async stream(path: string, lastId: string | undefined, signal: AbortSignal): Promise<ReadableStream> {
    const headers: Record<string, string> = lastId === undefined ? {} : { 'Last-Event-ID': lastId }
    const { body } = await this.#fetch(path, { headers, signal })
    if (body === null) throw unreachable()
    return body
  }

  async #fetch(path: string, init: RequestInit & { headers: Record<string, string> }): Promise<Response> {
    const token = sessionStorage.getItem(KEY)
    if (token !== null) init.headers['Authorization'] = `Bearer ${token}`
    const response = await fetch(path, { ...init, cache: 'no-store' }).catch((error: unknown) => {
      throw isAbort(error) ? error : unreachable()
    })
    if (response.ok) return response
    if (response.status === 401) this.onDenied()
    throw await errorOf(response)
  }
}

/** Whether somebody stopped waiting for an answer. */
export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
}

/** What a failed call is to a person. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  return new ApiError(0, 'failed', error instanceof Error ? error.message : String(error))
}

function unreachable(): ApiError {
  return new ApiError(
    0,
    'offline',
    'The server does not answer.',
    'Start it again; this page connects by itself.',
  )
}

async function errorOf(response: Response): Promise<ApiError> {
  const { status } = response
  // A proxy in between answers with a page of its own; the status says what there is to say.
  const body: unknown = await response.json().catch(() => undefined)
  const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined
  if (typeof error !== 'object' || error === null)
    return new ApiError(status, 'failed', `The server answered ${status}.`)
  const { code, message, fix } = error as Record<string, unknown>
  return new ApiError(status, String(code), String(message), typeof fix === 'string' ? fix : undefined)
}
