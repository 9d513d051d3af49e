import { statSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { SessmwError } from '../errors.js'
import { applyChanges } from '../scaffold/apply.js'
import { readSecretFiles } from '../scaffold/detect-project.js'
import { planSecret, type SecretFiles, secretWarnings } from '../scaffold/plan-secret.js'
import { rotateVariable } from './dotenv-text.js'
import { EXIT } from './exit-code.js'
import type { Io } from './io.js'
import type { Output } from './output.js'
import { DEFAULT_VARIABLES, describeSecret, fingerprintOf } from './secret-source.js'

const [CURRENT, OLD] = DEFAULT_VARIABLES

/** How long a session lives at most unless `absoluteLifetime` says otherwise: 7 days. */
const LIFETIME_MS = 604_800_000

/**
 * Adds a secret to a file of variables.
 *
 * @throws SessmwError `secret-exists` when the file has one
 */
export function writeSecret(file: string, value: string, json: boolean, io: Io, out: Output): number {
  const files = readSecretFiles(io.cwd, file)
  const [main, ...others] = planSecret(files, value, 'sessmw secret')
  if (main === undefined || typeof main === 'string') {
    const isEmpty = !parseEnv(files.texts.get(files.dotenv) ?? '')[CURRENT]
    const fix = isEmpty ? { fix: `Remove the empty ${CURRENT}= from ${files.dotenv}.` } : {}
    throw new SessmwError('secret-exists', `${files.dotenv} has ${CURRENT}; nothing was written.`, fix)
  }
  const changes = [main, ...others.filter((change) => typeof change !== 'string')]
  applyChanges(io.cwd, changes)
  warnOfReaders(files, io, out)
  const written = changes.map(({ path }) => path)
  if (json) out.json({ schema: 'sessmw/secret@1', written, fingerprint: fingerprintOf(value) })
  else out.answer(`${written.join(', ')}: ${describeSecret({ value, source: CURRENT, origin: '' })}`)
  return EXIT.ok
}

/**
 * Puts a new secret before the current one, which goes on verifying cookies under another name.
 *
 * @throws SessmwError `no-secret` when there is none to rotate, `secret-exists` while an older one is still kept
 */
export function rotateSecret(file: string, value: string, json: boolean, io: Io, out: Output): number {
  const files = readSecretFiles(io.cwd, file)
  const before = files.texts.get(files.dotenv) ?? ''
  const variables = parseEnv(before)
  if (!variables[CURRENT]) {
    const fix = `Make one: sessmw secret --write ${files.dotenv}`
    throw new SessmwError('no-secret', `${files.dotenv} has no ${CURRENT} to rotate.`, { fix })
  }
  if (variables[OLD] !== undefined) {
    const message = `${files.dotenv} still has ${OLD}, from the rotation before; nothing was written.`
    throw new SessmwError('secret-exists', message, {
      fix: `Remove ${OLD}: that ends the sessions it signed.`,
    })
  }
  const after = rotateVariable(before, CURRENT, OLD, value)
  if (after === undefined) {
    const fix = `Rename ${CURRENT} to ${OLD} by hand, then: sessmw secret --write ${files.dotenv}`
    throw new SessmwError('entry-not-editable', `${files.dotenv} cannot be edited safely.`, { fix })
  }
  applyChanges(io.cwd, [{ path: files.dotenv, before, after }])
  warnOfReaders(files, io, out)
  if (io.env[CURRENT]) out.warn(`${CURRENT} is set in the environment, too, which wins over ${files.dotenv}.`)
  const removeAfter = new Date(Date.now() + LIFETIME_MS).toISOString()
  const written = [files.dotenv]
  if (json) out.json({ schema: 'sessmw/secret@1', written, fingerprint: fingerprintOf(value), removeAfter })
  else {
    out.answer(
      `${files.dotenv}: ${describeSecret({ value, source: CURRENT, origin: '' })}; the one before is ${OLD}`,
    )
    out.answer(
      `In code: secretKey: [process.env.${CURRENT}, process.env.${OLD}].filter(Boolean); what init wrote has it.`,
    )
    out.answer(
      `Remove ${OLD} on ${removeAfter.slice(0, 10)}, 7 days after every process runs with both; later if absoluteLifetime or maxAge is longer.`,
    )
  }
  return EXIT.ok
}

/** Says who else may read the file. */
function warnOfReaders(files: SecretFiles, { cwd }: Io, out: Output): void {
  const { dotenv } = files
  for (const { message } of secretWarnings(files)) out.warn(message)
  const isOpen = process.platform !== 'win32' && (statSync(join(cwd, dotenv)).mode & 0o077) !== 0
  if (isOpen) out.warn(`${dotenv} can be read by other users: chmod 600 ${dotenv}`)
}
