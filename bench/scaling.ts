// `npm run bench:scaling -- [--rounds 15]`: how the cost of a request grows with sizes and numbers. Processor time of whole
// requests, above a bare response; the exponent is the slope of a least-squares line through log(cost) over log(point):
// 0 = it stays, 1 = it grows in proportion. `at the end` is that of the last two points alone.
import { parseArgs } from 'node:util'
import { processorClock, time } from './measure.js'
import { median, print } from './report.js'
import { DIMENSIONS, type Point, SUBJECTS } from './scaling-points.js'
import { BARE } from './subjects/mounted.js'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '15' } } })
const rounds = Number(values.rounds)
const WARM_UP = 5
const REQUESTS = 256

interface Row {
  readonly name: string
  readonly subject: string
  readonly points: readonly number[]
  readonly costs: readonly number[]
}

const rows: Row[] = []
for (const { name, points, prepare } of DIMENSIONS)
  for (const [subject, make] of Object.entries(SUBJECTS)) {
    const ready: Point[] = []
    for (const point of points) ready.push(await prepare(make(), point))
    rows.push({ name, subject, points, costs: await costsOf(ready) })
  }

print(
  `${rounds} interleaved rounds; processor time of one request above a bare one, in microseconds`,
  ['what grows', 'subject', 'cost at each', 'exponent', 'at the end'],
  rows.map(({ name, subject, points, costs }) => [
    name,
    subject,
    points.map((point, index) => `${point}: ${costs[index]?.toFixed(1)}`).join(', '),
    slope(points, costs).toFixed(2),
    slope(points.slice(-2), costs.slice(-2)).toFixed(2),
  ]),
)
process.exit()

/** The median cost at each point. */
async function costsOf(points: readonly Point[]): Promise<number[]> {
  const costs = points.map((): number[] => [])
  for (let round = -WARM_UP; round < rounds; round++)
    for (const [index, { subject, cookies, use }] of points.entries()) {
      const bare = await time(BARE, cookies, () => {}, REQUESTS, processorClock)
      const cost = (await time(subject, cookies, use, REQUESTS, processorClock)) - bare
      if (round >= 0) costs[index]?.push(cost)
    }
  return costs.map(median)
}

/** Of the least-squares line through the logarithms; costs below a tenth of a microsecond count as that. */
function slope(points: readonly number[], costs: readonly number[]): number {
  const xs = points.map(Math.log)
  const ys = costs.map((cost) => Math.log(Math.max(cost, 0.1)))
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, one) => sum + one, 0) / values.length
  const [x, y] = [mean(xs), mean(ys)]
  const above = xs.reduce((sum, one, index) => sum + (one - x) * ((ys[index] ?? 0) - y), 0)
  return above / xs.reduce((sum, one) => sum + (one - x) ** 2, 0)
}
