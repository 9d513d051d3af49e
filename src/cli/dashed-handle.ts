/** One handle in 64 begins with a dash, as an option does. */
const DASHED_HANDLE = /^-[\w-]{42}$/
/** Options that such a handle may be the value of. */
const TAKES_HANDLE = new Set(['--except', '--cursor'])

/** Puts a handle that looks like an option where none can be. */
export function withHandleLast(argv: readonly string[]): readonly string[] {
  const at = argv.findIndex((word, n) => DASHED_HANDLE.test(word) && !TAKES_HANDLE.has(argv[n - 1] ?? ''))
  if (argv[0] !== 'sessions' || at === -1 || argv.includes('--')) return argv
  return [...argv.slice(0, at), ...argv.slice(at + 1), '--', argv[at] as string]
}
