import type { Io } from './io.js'

type Terminal = Io['stdin'] & { setRawMode(mode: boolean): unknown }

/** Whether somebody sits at a terminal whose single keys can be read. */
export function hasKeys(io: Io): boolean {
  return io.canAsk !== false && io.stdout.isTTY === true && isTerminal(io.stdin)
}

function isTerminal(stdin: Io['stdin']): stdin is Terminal {
  return stdin.isTTY === true && 'setRawMode' in stdin
}

/**
 * Calls `press` with each key. Ctrl-C is a key here, for a terminal in raw mode sends no signals.
 *
 * @returns what puts the terminal back, which Node does too when the process ends in any other way.
 */
export function listenToKeys({ stdin }: Io, press: (key: string) => void): () => void {
  if (!isTerminal(stdin)) return () => undefined
  const pressed = (data: Buffer): void => {
    const text = data.toString('utf8')
    // Arrows and the like.
    if (!text.startsWith('\u001b')) for (const key of text) press(key)
  }
  const restore = (): void => {
    stdin.removeListener('data', pressed)
    stdin.setRawMode(false)
    stdin.pause()
  }
  stdin.setRawMode(true)
  stdin.on('data', pressed)
  return restore
}
