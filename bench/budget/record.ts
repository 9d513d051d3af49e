// `npm run bench:budget`: writes down what the last build takes now, in bench/budget.json, which a test compares with.
import { print } from '../report.js'
import { readBudget, record } from './figures.js'

await record()
const { node, store, allocatedBytes, thousandInstructions } = readBudget()
print(
  `recorded for Node ${node}, per request`,
  ['workload', 'store calls', 'bytes written', 'bytes allocated', 'thousand instructions'],
  Object.entries(store).map(([workload, { calls, bytesWritten }]) => [
    workload,
    Object.entries(calls)
      .map(([call, count]) => `${count} ${call}`)
      .join(', '),
    String(bytesWritten),
    String(allocatedBytes[workload]),
    String(thousandInstructions[workload]),
  ]),
)
