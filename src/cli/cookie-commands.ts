import type { Command } from 'commander'
import type { Add } from './program.js'

const several = (value: string, before: string[] = []) => [...before, value]

/** Adds `sign`. */
export function addSign(add: Add): void {
  const command = add(
    'sign [value]',
    'Make a signed cookie value on one line. `-` reads the value from stdin.',
    ['sessmw sign abc', 'curl -H "Cookie: sid=$(sessmw sign abc)" localhost:3000', 'sessmw sign - --as curl'],
    async (options, io) => (await import('./commands/sign.js')).sign(options, io),
  )
  choice(command, '--as <form>', 'what to print', ['value', 'cookie', 'header', 'set-cookie', 'curl'])
  choice(command, '--style <library>', 'whose cookie', ['express-session', 'cookie-session'])
  command
    .option('--name <cookie>', 'name of the cookie', 'sid')
    .option('--no-encode', 'do not percent-encode')
    .option('--max-age <duration>', 'with --as set-cookie: seconds, or text such as 1d; left out: no expiry')
    .option('--path <path>', 'with --as set-cookie; left out: /')
    .addOption(
      command
        .createOption('--same-site <mode>', 'with --as set-cookie; left out: lax')
        .choices(['lax', 'strict', 'none']),
    )
    .option('--secure', 'with --as set-cookie; the default')
    .option('--no-secure', 'with --as set-cookie: also over plain HTTP')
  withSecrets(command)
}

/** Adds `verify`. */
export function addVerify(add: Add): void {
  const command = add(
    'verify [cookie]',
    'Check a cookie and say why it fails. `-` reads it from stdin: a value, a header, a curl command, JSON, a HAR file.',
    ['sessmw verify s%3Aabc.Xk...', 'pbpaste | sessmw verify -', 'sessmw verify - --decode-only'],
    async (options, io) => (await import('./commands/verify.js')).verify(options, io),
  )
    .option('--name <cookie>', 'the cookie to look for, when there are several')
    .option('--strict', 'repair nothing')
    .option('--decode-only', 'look at the structure, without a secret')
    .option('--show-id', 'show the whole session id and all data, which are credentials')
    .option('--salt <text>', 'of itsdangerous, when the app has its own; repeatable', several)
    .option(
      '--url <address>',
      'where the cookie is to be sent, to judge a Set-Cookie line by; nothing is requested',
    )
  const styles = ['auto', 'express-session', 'cookie-session', 'itsdangerous']
  withSecrets(choice(command, '--style <library>', 'whose cookie it is', styles))
}

/** Adds `secret`. */
export function addSecret(add: Add): void {
  const command = add(
    'secret',
    'Make a secret, write it into .env, check or rotate the ones in use.',
    ['sessmw secret --write', 'sessmw secret --check', 'sessmw secret --rotate'],
    async (options, io) => (await import('./commands/secret.js')).secret(options, io),
  )
    .option('--bytes <count>', 'random bytes', '32')
    .option('--write [file]', 'add SESSION_SECRET to this file (.env) if it has none')
    .option('--check', 'exit 1 if a secret is weak')
    .option('--rotate', 'put a new secret first in .env and keep the old one for verification')
  withSecrets(choice(command, '--format <format>', 'how to write the bytes', ['base64url', 'hex']))
}

/** An option with a few possible values; the first is the default. */
function choice(command: Command, flags: string, summary: string, choices: readonly string[]): Command {
  return command.addOption(command.createOption(flags, summary).choices(choices).default(choices[0]))
}

/** Where secrets come from, the first that applies. */
export function withSecrets(command: Command): Command {
  return command
    .option('--secret-file <path>', 'read the secret from a file')
    .option('--secret-stdin', 'read the secret from stdin')
    .option('--secret <value>', 'the secret itself; visible in `ps` and in the shell history', several)
    .option('--secret-env <name>', 'read it from this variable; repeatable', several)
    .option('--dotenv <file>', 'read variables from this file instead of .env')
}
