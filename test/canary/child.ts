// A process that runs every path with a logger on the console; its parent reads all that it prints.
import { runPaths, signatures } from './paths.js'

const logger = process.argv.includes('--no-logger') ? undefined : console
const { events, errors } = await runPaths(logger, () => {})
process.send?.({ signatures, events: events.length, errors: errors.length })
process.disconnect?.()
