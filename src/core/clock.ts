/** Milliseconds since 1970; `Date.now` in production, a fake in tests. */
export type Clock = () => number
