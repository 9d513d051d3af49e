import { processIo } from '../../src/cli/io.js'
import { runCli } from '../../src/cli/run-cli.js'

/** `bin/sessmw.js` from source, as a process of its own: signals and ports are what `serve` is about. */
process.exitCode = await runCli(process.argv.slice(2), processIo())
