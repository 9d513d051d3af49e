// `npm run bench -- [--rounds 15] [--in-flight 1,32] [--only b,d] [--processor-time]`: what a session adds to a request,
// beside other packages and beside floors. Rows are interleaved in one process; each is first checked to do what its
// workload says.
import { parseArgs } from 'node:util'
import { prepare, processorClock, round, type Trial, wallClock } from './measure.js'
import { median, print, spread } from './report.js'
import { makersFor } from './subjects/all.js'
import { WORKLOADS } from './workloads.js'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    'in-flight': { type: 'string', default: '1,32' },
    only: { type: 'string', default: 'a,b,c,d,e,f' },
    'processor-time': { type: 'boolean', default: false },
  },
})
const rounds = Number(values.rounds)
const numbers = values['in-flight'].split(',').map(Number)
const clock = values['processor-time'] ? processorClock : wallClock
const WARM_UP = 20

/** Rows of the table: the trials of one subject at one workload. */
const rows: Trial[][] = []
for (const workload of WORKLOADS.filter(({ id }) => values.only.split(',').includes(id)))
  for (const make of makersFor(workload)) rows.push(await prepare(workload, make, numbers))
for (let number = 0; number < rounds + WARM_UP; number++) await round(rows.flat(), number < WARM_UP, clock)

print(
  `${rounds} interleaved rounds; overhead of one request in microseconds${values['processor-time'] ? ' of processor time' : ''}, median (quartiles)`,
  ['workload', 'subject', ...numbers.flatMap(headOf)],
  rows.map((trials) => [titleOf(trials), trials[0]?.subject.name ?? '', ...trials.flatMap(cellsOf)]),
)
// Some peers keep timers.
process.exit()

function titleOf([trial]: readonly Trial[]): string {
  return trial === undefined
    ? ''
    : `${trial.workload.id} ${trial.workload.title}, ${trial.workload.bytes / 1024} KB`
}

function headOf(inFlight: number): string[] {
  return [`${inFlight} in flight`, 'express-session / it', 'it / floor']
}

function cellsOf(trial: Trial): string[] {
  return [
    spread(trial.overheads),
    ratio(find(trial, 'express-session'), trial),
    ratio(trial, find(trial, 'floor')),
  ]
}

function find({ workload, inFlight }: Trial, name: string): Trial | undefined {
  return rows
    .flat()
    .find((one) => one.workload === workload && one.inFlight === inFlight && one.subject.name === name)
}

/** No ratio to an overhead that is lost in the noise. */
function ratio(above: Trial | undefined, below: Trial | undefined): string {
  if (above === undefined || below === undefined || above === below) return '-'
  const divisor = median(below.overheads)
  return divisor < 0.2 ? '-' : `${(median(above.overheads) / divisor).toFixed(1)}x`
}
