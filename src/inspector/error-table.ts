/** What an error of the API means, and what to do about it. */
export interface InspectorErrorText {
  readonly title: string
  readonly fix: string
}

const START = 'Take the address and the token from what the server printed when it started.'

/** Errors of the API by their stable codes, but for those of `errors.ts`, which it passes on. */
const ERRORS = {
  'bad-host': {
    title: 'The request has no Host header, or several',
    fix: 'Ask with a browser or with curl.',
  },
  'bad-target': {
    title: 'The request target is not a path',
    fix: 'Ask the server itself, not through a proxy.',
  },
  'bad-json': { title: 'The body is not a JSON object', fix: 'Send an object such as {"set":{"cart":[]}}.' },
  'bad-request': {
    title: 'A parameter cannot be used',
    fix: 'Correct the one that the message names; docs/inspector-api.md has them all.',
  },
  'bad-query': {
    title: 'The search cannot be understood',
    fix: 'Search for words, or for terms such as user:42, has:cart, is:expiring or age>1h.',
  },
  'token-required': { title: 'The call needs the token of the inspector', fix: START },
  'not-local': {
    title: 'The inspector answers this machine only',
    fix: 'Ask from the machine that it runs on, or pass { auth } to inspector().',
  },
  'host-not-allowed': {
    title: 'The inspector is not to be reached under this host name',
    fix: 'Use localhost with the port of the server; or --allowed-hosts of sessmw serve, { allowedHosts } of inspector().',
  },
  'cross-site': {
    title: 'The request comes from a page of another site',
    fix: 'Open the address of the inspector in a tab of its own.',
  },
  'development-only': {
    title: 'This is not possible in production',
    fix: 'Do it where NODE_ENV is not production.',
  },
  'not-found': {
    title: 'There is no such address or session',
    fix: 'The session may have ended. docs/inspector-api.md has the addresses.',
  },
  'method-not-allowed': {
    title: 'The address takes other methods',
    fix: 'Use one that the header Allow names.',
  },
  'read-only': {
    title: 'This inspector changes nothing',
    fix: 'Start it without readOnly; sessmw serve --store with --no-read-only.',
  },
  'clock-unsupported': {
    title: 'The clock of this app cannot be moved',
    fix: 'Pass one travelClock() as clock to createSessions() and to its MemoryStore.',
  },
  'session-exists': {
    title: 'There is a session in the place of the one to be restored',
    fix: 'Nothing to do.',
  },
  'undo-over': {
    title: 'The session cannot be restored any more',
    fix: 'Undo within ten seconds, where it was destroyed.',
  },
  'session-changed': {
    title: 'The session has changed since it was read',
    fix: 'Read it again, and repeat the change.',
  },
  'body-too-large': { title: 'The body is larger than any session', fix: 'Send less.' },
  'json-required': {
    title: 'The call needs JSON',
    fix: 'Send the header Content-Type: application/json.',
  },
  'masked-value': {
    title: 'The new value has parts that were masked when it was read',
    fix: 'Reveal the value before editing it.',
  },
  corrupt: {
    title: 'The stored session cannot be understood',
    fix: 'Another program or a newer version wrote it.',
  },
  'if-match-required': {
    title: 'The call does not say which version it changes',
    fix: 'Send the ETag that the session was read with as If-Match.',
  },
  'too-many-clients': { title: 'Too many pages listen to the inspector', fix: 'Close some of its tabs.' },
  failed: {
    title: 'The inspector failed',
    fix: 'See the log of the app: its auth function may have thrown.',
  },
  offline: { title: 'The server does not answer', fix: 'Start it again; the page connects by itself.' },
} as const

/** The closed set of these codes. */
export type InspectorCode = keyof typeof ERRORS
/** Each code of the API that is no code of `errors.ts`, explained; `sessmw help CODE` prints it. */
export const INSPECTOR_ERRORS: Readonly<Record<InspectorCode, InspectorErrorText>> = ERRORS
