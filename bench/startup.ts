// `npx tsx bench/startup.ts [ROUNDS]`, after a build: how long the command takes to start, beside a program that only
// loads commander. Prints one table; wall-clock time and processor time, of which the latter holds on a busy machine.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const ROUNDS = Number(process.argv[2] ?? 21)
/** What requirements allow, as a multiple of the base. */
const LIMIT = 1.5

const root = fileURLToPath(new URL('..', import.meta.url))
const SECRET = 'a secret for the measurement, long enough'
const bin = `${root}bin/sessmw.js`
const sign = spawnSync(process.execPath, [bin, 'sign', 'x'.repeat(43)], { env: { SESSION_SECRET: SECRET } })

const PROGRAMS: Readonly<Record<string, string[]>> = {
  'node alone': ['-e', '0'],
  commander: ['-e', "import('commander')"],
  'sessmw --help': [bin, '--help'],
  'sessmw verify VALUE': [bin, 'verify', String(sign.stdout).trim()],
}

/** Processor time of the children that have ended, in ticks of 10 milliseconds (proc(5), cutime and cstime). */
function childTicks(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return Number(fields[13]) + Number(fields[14])
}

const found = Object.entries(PROGRAMS).map(([name, args]) => ({
  name,
  args,
  wall: [] as number[],
  processor: 0,
}))
for (let round = 0; round < ROUNDS; round += 1) {
  for (const program of found) {
    const ticks = childTicks()
    const start = performance.now()
    const { status, stderr } = spawnSync(process.execPath, program.args, {
      cwd: root,
      env: { SESSION_SECRET: SECRET },
    })
    program.wall.push(performance.now() - start)
    program.processor += childTicks() - ticks
    if (status !== 0) throw new Error(`${program.name}: ${stderr}`)
  }
}

const base = found[1]
const median = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[values.length >> 1] ?? Number.NaN

console.log(
  `Node ${process.version}, ${ROUNDS} interleaved rounds, milliseconds; at most ${LIMIT}x commander\n`,
)
console.log('| program | fastest | median | processor | wall / commander | processor / commander |')
console.log('| --- | --- | --- | --- | --- | --- |')
for (const { name, wall, processor } of found) {
  const ratios = [median(wall) / median(base?.wall ?? []), processor / (base?.processor ?? 1)]
  const cells = [Math.min(...wall), median(wall), (processor * 10) / ROUNDS].map((value) => value.toFixed(0))
  console.log(`| ${[name, ...cells, ...ratios.map((ratio) => `${ratio.toFixed(2)}x`)].join(' | ')} |`)
}
