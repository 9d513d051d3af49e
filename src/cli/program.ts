import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { Command, CommanderError } from 'commander'
import { isSessmwError, SessmwError } from '../errors.js'
import { addSecret, addSign, addVerify, withSecrets } from './cookie-commands.js'
import { withHandleLast } from './dashed-handle.js'
import { EXIT } from './exit-code.js'
import type { Io } from './io.js'

const VERSION_ASKED = 'commander.version'

/** Adds one command to the program; `run` loads the code of the command only when it is chosen. */
export type Add = (
  usage: string,
  summary: string,
  examples: readonly [string, string, string],
  run: (options: Record<string, unknown>, io: Io) => Promise<number>,
) => Command

/** Parses the command line and runs one command; rejects with `SessmwError`. `--help` reads neither disk nor network. */
export async function runProgram(argv: readonly string[], io: Io): Promise<number> {
  let exit: number = EXIT.ok
  let chosen: string | undefined
  const program = createProgram(io, argv[0] ?? '', (code) => {
    exit = code
  }).hook('preSubcommand', (_program, command) => {
    chosen = command.name()
  })
  try {
    await program.parseAsync(withHandleLast(argv), { from: 'user' })
    return exit
  } catch (error) {
    if (error instanceof CommanderError && error.code === VERSION_ASKED) {
      const { ownVersion } = await import('../scaffold/own-package.js')
      io.stdout.write(`${ownVersion()}\n`)
    }
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok
    throw helpful(error, chosen)
  }
}

/** A command that was called in a wrong way points to its own help. */
function helpful(error: unknown, command: string | undefined): unknown {
  const isUsage = isSessmwError(error) && error.code === 'usage'
  if (!(error instanceof CommanderError) && !isUsage) return error
  const message = error instanceof CommanderError ? usageMessage(error) : error.message
  const fix = `See \`sessmw ${command === undefined || command === 'help' ? '' : `${command} `}--help\`.`
  return new SessmwError('usage', message, { fix, cause: error })
}

const COMMANDS: Readonly<Record<string, (add: Add) => void>> = {
  init: addInit,
  sign: addSign,
  verify: addVerify,
  secret: addSecret,
  serve: addServe,
  doctor: addDoctor,
  sessions: addSessions,
}

/** @param first The first word of the command line. */
function createProgram(io: Io, first: string, done: (exit: number) => void): Command {
  const program = settings(new Command('sessmw'), io)
    .description('Server-side sessions for Express: set up, sign and check cookies, look at sessions.')
    .option('--cwd <dir>', 'run in this folder')
    .option('--json', 'answer as JSON, errors too')
    .option('-q, --quiet', 'no notes on stderr')
    .option('--no-color', 'no colours')
    .option('--no-input', 'ask nothing')
    .option('--verbose', 'show where an error came from')
    .option('-V, --version', 'print the version')
    .addHelpText('before', examplesText(['sessmw init', 'pbpaste | sessmw verify -', 'sessmw serve']))
    .on('option:version', stopForVersion)
  const add: Add = (usage, summary, examples, run) =>
    settings(program.command(usage), io)
      .description(summary)
      .addHelpText('before', examplesText(examples))
      .action(async (...parameters: unknown[]) => {
        const command = parameters.at(-1) as Command
        const options = command.optsWithGlobals()
        const { loadColors } = await import('./output.js')
        await loadColors(io, options)
        done(await run({ ...options, operand: command.args[0], operands: command.args }, ioFor(options, io)))
      })
  const chosen = Object.hasOwn(COMMANDS, first) ? COMMANDS[first] : undefined
  // Commander takes a noticeable part of the start for the options of each command, so a chosen one comes alone.
  if (chosen === undefined) for (const addOne of Object.values(COMMANDS)) addOne(add)
  else chosen(add)
  if (chosen === undefined) addHelp(add, program)
  return program
}

function addHelp(add: Add, program: Command): void {
  add(
    'help [command|code]',
    'Explain a command, or a code of a verdict, a finding or an error.',
    ['sessmw help verify', 'sessmw help withheld-insecure', 'sessmw help store-timeout'],
    async (options, io) => {
      const { operand } = options
      if (typeof operand === 'string') {
        const command = program.commands.find((each) => each.name() === operand)
        if (command === undefined)
          return (await import('./commands/explain.js')).explain({ ...options, operand }, io)
        command.outputHelp()
      } else program.outputHelp()
      return EXIT.ok
    },
  )
}

function addInit(add: Add): void {
  add(
    'init',
    'Set up sessions in this Express app.',
    ['sessmw init', 'sessmw init --dry-run', 'sessmw init --yes --store redis --proxy 1'],
    async (options, io) => (await import('./commands/init.js')).init(options, io),
  )
    .option('--entry <file>', 'the file that has `app = express()`')
    .option('--dotenv <file>', 'where the secret goes', '.env')
    .option('--store <kind>', 'memory, sqlite, redis or postgres')
    .option('--proxy <count>', 'reverse proxies in front of the app in production')
    .option('--frontend <place>', 'where the pages come from: same-site, subdomain or cross-site')
    .option('--name <cookie>', 'name of the cookie')
    .option('-n, --dry-run', 'show the plan and stop')
    .option('--diff [file]', 'show every line that would change and stop')
    .option('--check', 'exit 1 if something would change, and change nothing')
    .option('-y, --yes', 'apply the plan without asking')
    .option('--allow-dirty', 'also with uncommitted changes in git')
    .option('--snippet-only', 'print what belongs into the entry instead of editing it')
    .option('--migrate', 'move an app on express-session to sessmw/express-session')
    .option('--undo', 'take back what init changed')
}

function addServe(add: Add): void {
  add(
    'serve [entry]',
    'Run this app, or a demo, with the session inspector in front, on this machine. The app starts anew when a file changes.',
    ['sessmw serve', 'sessmw serve src/server.ts --open', 'sessmw serve --store redis://localhost:6379'],
    async (options, io) => (await import('./commands/serve.js')).serve(options, io),
  )
    .option(
      '--store <url>',
      'look at this store, without an app: redis://, postgres:// or sqlite: and a path',
    )
    .option('--prefix <text>', 'with --store: of keys in Redis')
    .option('--table <name>', 'with --store: in SQLite and PostgreSQL')
    .option('--seed <what>', 'sessions to begin with: how many, or a JSON file such as the dump')
    .option('--clock <time>', 'time of the memory store: now, +2h, -30m or a date')
    .option('--read-only', 'the inspector changes nothing; with --store unless --no-read-only')
    .option('--no-read-only', 'the inspector may change the sessions of --store')
    .option('--reveal', 'show masked values too')
    .option('--port <number>', 'port to listen on; left out: 4000, or the next free one')
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--base <path>', 'where the inspector is', '/__sessmw')
    .option('--allowed-hosts <names>', 'further values of the Host header, with commas between')
    .option('--no-token', 'let the inspector show sessions without a token')
    .option('--open', 'open the inspector in the browser')
    .option('--no-open', 'do not (as when left out)')
}

function addSessions(add: Add): void {
  add(
    'sessions <action> [handle]',
    'List, show, revoke and prune the sessions of a store. The action is one of: list, show, revoke, prune.',
    [
      'sessmw sessions list --store redis://localhost:6379',
      'sessmw sessions revoke --owner ada --store postgres://localhost/app',
      'sessmw sessions prune --store sqlite:sessions.db',
    ],
    async (options, io) => (await import('./commands/sessions.js')).sessions(options, io),
  )
    .option('--store <url>', 'redis://, postgres:// or sqlite: and a path; also SESSMW_STORE')
    .option('--prefix <text>', 'of keys in Redis')
    .option('--table <name>', 'in SQLite and PostgreSQL')
    .option('--owner <owner>', 'only sessions of this owner')
    .option('--except <handle>', 'with revoke --owner: this one stays')
    .option('--limit <count>', 'sessions of one page, 1 to 1000; left out: 100')
    .option('--cursor <cursor>', 'go on where the page before ended')
    .option('--reveal', 'show masked values too')
}

function addDoctor(add: Add): void {
  const command = add(
    'doctor [url]',
    'Find out why sessions do not stick: ask a server (at most four GETs), read what was recorded, and the source in this folder.',
    [
      'sessmw doctor http://localhost:3000/login',
      'sessmw doctor https://api.example.com --origin https://app.example.com',
      'pbpaste | sessmw doctor -',
    ],
    async (options, io) => (await import('./commands/doctor.js')).doctor(options, io),
  )
  withSecrets(command)
    .option('--name <cookie>', 'name of the session cookie; left out: told by its looks')
    .option('--origin <url>', 'where the page of the front end comes from')
    .option('--har <file>', 'requests that the browser recorded')
    .option('--headers <file>', 'headers of requests and responses, such as `curl -v` prints')
    .option('--log <file>', 'what an app on express-session logs with DEBUG=express-session')
    .option('--timeout <seconds>', 'for each request', '10')
}

function settings(command: Command, io: Io): Command {
  return command
    .exitOverride()
    .showSuggestionAfterError(true)
    .helpCommand(false)
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      outputError: () => undefined,
      getOutHelpWidth: () => io.stdout.columns ?? 80,
      getErrHelpWidth: () => 80,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
}

function ioFor(options: Record<string, unknown>, io: Io): Io {
  const cwd = typeof options.cwd === 'string' ? folder(resolve(io.cwd, options.cwd)) : io.cwd
  return options.input === false ? { ...io, cwd, canAsk: false } : { ...io, cwd }
}

function folder(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return path
  throw new SessmwError('usage', `--cwd: there is no folder ${path}.`)
}

function stopForVersion(): never {
  throw new CommanderError(0, VERSION_ASKED, '')
}

const examplesText = (examples: readonly string[]): string =>
  `Examples:\n${examples.map((line) => `  $ ${line}`).join('\n')}\n`

function usageMessage(error: CommanderError): string {
  if (error.code === 'commander.help') return 'No command was given.'
  const message = error.message.replace(/^error: /, '').replace(/'([^']*)'/g, (_, text) => `'${brief(text)}'`)
  if (error.code !== 'commander.unknownOption') return message
  return `${message}\nA value that begins with - goes behind --: sessmw sign -- -value`
}

/** What was mistyped may be a pasted cookie or hold a secret, so it is not repeated whole. */
function brief(text: string): string {
  const name = text.replace(/=.*/s, '=…')
  return /^-{0,2}[a-z][a-z-]{0,20}(?:=…| [<[]\w+[>\]])?$/.test(name) ? name : '…'
}
