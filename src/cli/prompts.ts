import { SessmwError } from '../errors.js'
import type { Io } from './io.js'

/** One of several answers. */
export interface PromptChoice<T extends string> {
  readonly value: T
  /** What it is, in words. */
  readonly name: string
}

/** Questions to people. Each rejects with `interrupted` at Ctrl-C. */
export interface Prompts {
  /** Yes or no; Enter is yes. */
  confirm(message: string): Promise<boolean>
  /** A line that is not shown while it is typed. */
  hidden(message: string): Promise<string>
  /** One of several, chosen with the arrow keys; Enter is `selected`, or the first. */
  select<T extends string>(message: string, choices: readonly PromptChoice<T>[], selected?: T): Promise<T>
  /** A line; Enter is `initial`. Asks again for as long as `problemOf` says what is wrong. */
  text(message: string, initial: string, problemOf: (text: string) => string | undefined): Promise<string>
}

/**
 * Who asks people, on stderr, because stdout is for answers.
 *
 * Call it only when stdin is a terminal: inquirer rejects in the same way for Ctrl-C and for a closed stdin, so the two
 * cannot be told apart afterwards.
 */
export function promptsOf(io: Io): Prompts {
  return {
    confirm: async (message) => (await ask(io, { type: 'confirm', message, default: true })) === true,
    hidden: async (message) => String(await ask(io, { type: 'password', message })),
    select: async (message, choices, selected) => {
      const answer = await ask(io, { type: 'select', message, choices, default: selected })
      const chosen = choices.find(({ value }) => value === answer)
      if (chosen === undefined) throw new TypeError('inquirer answered with what it was not given')
      return chosen.value
    },
    text: async (message, initial, problemOf) => {
      const validate = (text: string) => problemOf(text) ?? true
      return String(await ask(io, { type: 'input', message, default: initial, validate }))
    },
    ...io.prompts,
  }
}

type Question =
  | { type: 'confirm'; message: string; default: boolean }
  | { type: 'password'; message: string }
  | { type: 'select'; message: string; choices: readonly PromptChoice<string>[]; default: string | undefined }
  | { type: 'input'; message: string; default: string; validate: (text: string) => string | true }

async function ask(io: Io, question: Question): Promise<unknown> {
  const { createPromptModule } = await import('inquirer')
  const prompt = createPromptModule({ input: io.stdin, output: io.stderr })
  try {
    const { answer } = await prompt([{ ...question, name: 'answer' }])
    return answer
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'ExitPromptError') throw error
    throw new SessmwError('interrupted', 'The question was left without an answer.', { cause: error })
  }
}
