import { findSessionCalls, type SessionCall } from './session-calls.js'
import { type SourceText, withoutComments } from './source-text.js'

/** What a project says about itself. */
export interface ProjectInput {
  readonly files: readonly SourceText[]
  readonly scripts: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
  /** The `.env` file; its values are secrets. */
  readonly dotenv: SourceText | undefined
}

/** The same, with the session middlewares that were found in it; the files are without comments. */
export interface ProjectSource extends ProjectInput {
  readonly calls: readonly SessionCall[]
}

/** Looks for session middlewares. */
export function readProject(input: ProjectInput): ProjectSource {
  const files = input.files.map(withoutComments)
  return { ...input, files, calls: findSessionCalls(files) }
}
