import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/**
 * Runs a file of this folder in a Node process of its own, and resolves with the one message that it sends.
 * Rejects, with what it printed, when it sends none.
 */
export async function messageOf<Message>(file: string, flags: readonly string[] = []): Promise<Message> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), {
    execArgv: ['--import', 'tsx', '--no-warnings', ...flags],
    silent: true,
  })
  let printed = ''
  for (const output of [child.stdout, child.stderr]) output?.on('data', (part) => (printed += part))
  const ended = once(child, 'close').then(() => Promise.reject(new Error(`${file} ended: ${printed}`)))
  const [message] = await Promise.race([once(child, 'message'), ended])
  return message as Message
}
