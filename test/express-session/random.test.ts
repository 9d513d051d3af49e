import fc from 'fast-check'
import { expect, it } from 'vitest'
import { bothShow, modules, type Observation, observe, withoutFraming } from './harness.js'
import { type RandomScenario, randomScenario } from './random-scenario.js'

/** `SESSMW_DIFFERENTIAL_RUNS=10000` for the whole proof. */
const RUNS = Number(process.env.SESSMW_DIFFERENTIAL_RUNS ?? 150)

it(
  `of ${RUNS} random sequences of requests none can be told apart`,
  async () => {
    await fc.assert(
      fc.asyncProperty(randomScenario, async (scenario) => {
        if (scenario.streams) await streamsShow(scenario)
        else await bothShow(scenario)
      }),
      { numRuns: RUNS },
    )
  },
  RUNS * 1000,
)

/** The same but for when a stream is saved: see `explained-differences.ts`. */
async function streamsShow(scenario: RandomScenario): Promise<void> {
  const observed = await observe(modules.ours, scenario)
  const requests = splitByRequest(observed.log)
  const early = requests.filter(({ log }) => earlySave(log) !== undefined)
  fc.pre(!early.some(({ path }) => scenario.givingUp.includes(path)))
  const expected = await observe(modules.original, scenario)
  expect(savedAtEnd(observed)).toEqual(savedAtEnd(expected))
}

/** An observation in which every stream is saved at its end only, and nothing is known of when stores answer. */
function savedAtEnd(observation: Observation) {
  const requests = splitByRequest(observation.log).map(({ log }) => {
    const early = earlySave(log)
    if (early === undefined) return log
    const id = early.split(' ', 2).join(' ')
    const at = log.indexOf(early, log.indexOf('writes'))
    const rest = log.filter((_line, index) => index !== at)
    const isSavedAgain = rest.slice(at).some((line) => line.startsWith(`${id} `))
    return isSavedAgain ? rest : rest.flatMap((line) => (line === 'ends' ? [line, early] : [line]))
  })
  return { ...withoutFraming(observation), log: requests }
}

/** What was saved at the first byte of a stream. */
function earlySave(log: readonly string[]): string | undefined {
  return log
    .slice(log.indexOf('writes') + 1, log.indexOf('has written'))
    .find((line) => line.startsWith('set '))
}

function splitByRequest(log: readonly string[]) {
  const requests: { readonly path: string; readonly log: string[] }[] = [{ path: '', log: [] }]
  for (const line of log.filter((line) => !line.endsWith(' answered'))) {
    if (line.startsWith('request ')) requests.push({ path: line.slice('request '.length), log: [] })
    else requests.at(-1)?.log.push(line)
  }
  return requests
}
