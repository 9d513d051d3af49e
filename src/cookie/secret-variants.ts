import { PLACEHOLDERS } from './secret-strength.js'

/** A secret as another program may have read it, and how that came about. */
export interface SecretVariant {
  /** What was done to the secret. */
  readonly change: SecretChange
  /** Which of the given secrets it was made from. */
  readonly index: number
}

interface Variant {
  /** Completes "it would match if ...". */
  readonly words: string
  readonly fix: string
  /** The key or keys that the other program may have used. */
  readonly apply: (secret: string) => readonly (string | Buffer)[]
}

const ENV_FIX =
  'Read the variable the same way everywhere; a secret of `npx sessmw secret` has no such characters.'
const FILE_FIX = 'Remove the newline where the secret is read from its file: .trim().'
const CODE_FIX = 'Use the text itself as the secret everywhere, or the decoded bytes everywhere.'
const UNSET_FIX = 'Set the variable where that process runs, and stop it when the secret is missing.'

const plus =
  (before: string, after: string): Variant['apply'] =>
  (secret) => [`${before}${secret}${after}`]
/** A constant: what a program gets that has no secret at all. */
const always =
  (...secrets: string[]): Variant['apply'] =>
  () =>
    secrets

/**
 * What happens to secrets between a `.env` file and the program, in both directions: the signer's may have had something
 * that ours lacks, or the other way round. Docker keeps quotes and comments of `--env-file` lines (docker/cli#3630).
 */
const VARIANTS = {
  unquoted: {
    words: 'the quotes around the secret were not part of it',
    fix: 'Remove the quotes: `docker run --env-file` and some shells keep them.',
    apply: (secret) => (/^(["'`]).*\1$/s.test(secret) ? [secret.slice(1, -1)] : []),
  },
  trimmed: {
    words: 'the whitespace around the secret were not part of it',
    fix: 'Remove the whitespace or newline at the ends of the secret.',
    apply: (secret) => [secret.trim(), secret.replace(/^\ufeff/, ''), secret.trimEnd()],
  },
  'comment-cut': {
    words: 'what stands behind the # were not part of it',
    fix: 'Parsers of .env files take # for a comment. Make a secret without one: npx sessmw secret.',
    apply: (secret) =>
      [...secret.matchAll(/#/g)].slice(0, 4).map(({ index }) => secret.slice(0, index).trim()),
  },
  'list-split': {
    words: 'it were split at its commas',
    fix: 'Split the variable into a list in every process, or in none.',
    apply: (secret) =>
      secret.includes(',')
        ? secret
            .split(',')
            .slice(0, 8)
            .map((part) => part.trim())
        : [],
  },
  unescaped: {
    words: 'its backslashes and dollar signs were read as escapes',
    fix: ENV_FIX,
    apply: (secret) => [
      secret.replace(/\\n/g, '\n').replace(/\\r/g, '\r'),
      secret.replace(/\\(.)/gs, '$1'),
      secret.replaceAll('$$', '$'),
      secret.replace(/\$\{?\w+\}?/g, ''),
    ],
  },
  'percent-decoded': {
    words: 'it were percent-decoded',
    fix: ENV_FIX,
    apply: (secret) => percentDecode(secret),
  },
  'base64-decoded': {
    words: 'it were decoded from base64',
    fix: CODE_FIX,
    apply: (secret) => (/^[\w+/-]+={0,2}$/.test(secret) ? decoded(secret, 'base64') : []),
  },
  'hex-decoded': {
    words: 'it were decoded from hex',
    fix: CODE_FIX,
    apply: (secret) => (/^([0-9a-f]{2})+$/i.test(secret) ? decoded(secret, 'hex') : []),
  },
  'double-quoted': {
    words: 'double quotes around it were part of the secret',
    fix: 'The signer got them from its .env: `docker run --env-file` keeps quotes. Remove them there.',
    apply: plus('"', '"'),
  },
  'single-quoted': {
    words: 'single quotes around it were part of the secret',
    fix: 'The signer got them from its .env: `docker run --env-file` keeps quotes. Remove them there.',
    apply: plus("'", "'"),
  },
  'newline-added': {
    words: 'a newline at its end were part of the secret',
    fix: FILE_FIX,
    apply: (secret) => ['\n', '\r\n', '\r', '\n\n', '\\n'].map((end) => `${secret}${end}`),
  },
  'space-added': {
    words: 'a space beside it were part of the secret',
    fix: 'Remove the space beside the = or at the end of the line of .env.',
    apply: (secret) => [`${secret} `, ` ${secret}`, ` ${secret} `, `${secret}\t`, `\ufeff${secret}`],
  },
  'percent-encoded': {
    words: 'it were percent-encoded',
    fix: ENV_FIX,
    apply: (secret) => [encodeURIComponent(secret), encodeURIComponent(secret).replaceAll('%20', '+')],
  },
  'base64-encoded': {
    words: 'it were encoded as base64',
    fix: CODE_FIX,
    apply: (secret) => {
      const text = Buffer.from(secret).toString('base64')
      return [text, text.replace(/=+$/, ''), Buffer.from(secret).toString('base64url'), `${text}\n`]
    },
  },
  'hex-encoded': {
    words: 'it were encoded as hex',
    fix: CODE_FIX,
    apply: (secret) => [
      Buffer.from(secret).toString('hex'),
      Buffer.from(secret).toString('hex').toUpperCase(),
    ],
  },
  'case-changed': {
    words: 'its letters had another case',
    fix: 'Copy the secret as it is.',
    apply: (secret) => [secret.toLowerCase(), secret.toUpperCase()],
  },
  'latin1-encoded': {
    words: 'its characters were encoded as Latin-1, or composed in another way',
    fix: ENV_FIX,
    apply: (secret) => [Buffer.from(secret, 'latin1'), secret.normalize('NFC'), secret.normalize('NFD')],
  },
  'variable-name': {
    words: 'the name of the variable were the secret',
    fix: 'The signer uses the name instead of the value: write process.env.SESSION_SECRET, without quotes.',
    apply: always(
      ...['SESSION_SECRET', 'SECRET', 'SECRET_KEY', 'COOKIE_SECRET'].flatMap((name) => [
        name,
        `$${name}`,
        `\${${name}}`,
        `process.env.${name}`,
        `\${process.env.${name}}`,
      ]),
    ),
  },
  unset: {
    words: 'the secret were "undefined" or empty',
    fix: UNSET_FIX,
    apply: always('undefined', '', 'null', '[object Object]', 'NaN', 'false'),
  },
  placeholder: {
    words: 'the secret were a placeholder of a tutorial, which everybody can sign with',
    fix: 'Give the signer the real secret; its cookies can be forged.',
    apply: always(...PLACEHOLDERS),
  },
} satisfies Record<string, Variant>

/** What can have been done to a secret. */
export type SecretChange = keyof typeof VARIANTS | 'line-of-file' | 'joined'

const OF_SEVERAL: Readonly<Record<'line-of-file' | 'joined', Omit<Variant, 'apply'>>> = {
  'line-of-file': {
    words: 'the line of the file were taken as it is, with quotes and comment',
    fix: '`docker run --env-file` does that. Take quotes and comment away from the line.',
  },
  joined: {
    words: 'all secrets were one text, joined with commas',
    fix: 'The signer made text of the list. Pass it as an array.',
  },
}

/** What a change means, as the end of "it would match if ...", and what to do. */
export function explainChange(change: SecretChange): { readonly words: string; readonly fix: string } {
  return change in OF_SEVERAL
    ? OF_SEVERAL[change as keyof typeof OF_SEVERAL]
    : VARIANTS[change as keyof typeof VARIANTS]
}

/**
 * Looks for the damage with which a secret would match after all.
 *
 * @param lines For each secret, the text behind its `=` in the file it came from, as it stands there.
 */
export function findVariant(
  secrets: readonly string[],
  lines: readonly (string | undefined)[],
  matches: (key: string | Buffer) => boolean,
): SecretVariant | undefined {
  for (const [index, secret] of secrets.entries()) {
    const line = lines[index]
    if (line !== undefined && line !== secret && matches(line)) return { change: 'line-of-file', index }
    for (const [change, { apply }] of Object.entries(VARIANTS)) {
      if (apply(secret).some((key) => key !== secret && matches(key)))
        return { change: change as SecretChange, index }
    }
  }
  const isJoined = secrets.length > 1 && [secrets.join(','), secrets.join(', ')].some(matches)
  return isJoined ? { change: 'joined', index: 0 } : undefined
}

function percentDecode(secret: string): string[] {
  try {
    return [decodeURIComponent(secret), decodeURIComponent(secret.replaceAll('+', ' '))]
  } catch {
    return [secret]
  }
}

/** As bytes, and as the text of these bytes, with and without the newline that `echo` adds before encoding. */
function decoded(secret: string, encoding: 'base64' | 'hex'): (string | Buffer)[] {
  const bytes = Buffer.from(secret, encoding)
  const text = bytes.toString()
  return [bytes, text, text.trimEnd()]
}
