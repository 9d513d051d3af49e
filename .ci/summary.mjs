// Counts the tests in vitest's JSON report; fails unless all files were run, none failed and at least one passed.
import { readFileSync } from 'node:fs'

const report = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const passed = report.numPassedTests
const failed = report.numFailedTests
const skipped = report.numPendingTests + report.numTodoTests

console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exitCode = report.success && failed === 0 && passed > 0 ? 0 : 1
