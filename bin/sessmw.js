#!/usr/bin/env node
import { processIo } from '../dist/esm/cli/io.js'
import { runCli } from '../dist/esm/cli/run-cli.js'

process.exitCode = await runCli(process.argv.slice(2), processIo())
