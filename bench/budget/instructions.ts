import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { nameOf, WORKLOADS } from '../workloads.js'
import { COUNTED } from './marks.js'

/** Whether instructions can be counted here. */
export const hasValgrind = spawnSync('valgrind', ['--version']).error === undefined

/**
 * No machine code is made at run time, one thread, no chance, and a young generation that all counted requests fit in:
 * a collection among them made up to 12 % of a request, and came or not from one machine to the next. What is left is
 * the same in each run.
 */
const NODE_FLAGS = [
  '--jitless',
  '--single-threaded',
  '--random-seed=1',
  '--hash-seed=1',
  '--min-semi-space-size=64',
  '--max-semi-space-size=64',
]

/**
 * Thousands of instructions per request, by workload, of Node with its interpreter alone, the bare response included.
 * They say whether more is done than before, not how long it takes.
 */
export function instructions(): Record<string, number> {
  const folder = mkdtempSync(join(tmpdir(), 'sessmw-bench-'))
  try {
    const program = join(folder, 'child.mjs')
    bundle(program)
    // getPriority of node:os, and nothing else, calls this function of libuv.
    const valgrind = ['-q', '--tool=callgrind', '--dump-before=uv_os_getpriority']
    const args = [
      ...valgrind,
      `--callgrind-out-file=${join(folder, 'count')}`,
      process.execPath,
      ...NODE_FLAGS,
    ]
    execFileSync('valgrind', [...args, program], { stdio: ['ignore', 'ignore', 'pipe'] })
    // The first dump is that of the start; from then on those of requests and of what lies between take turns.
    return Object.fromEntries(
      WORKLOADS.map((workload, index) => [nameOf(workload), totalOf(join(folder, `count.${2 * index + 2}`))]),
    )
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** One file, since loading TypeScript would take most of the time. */
function bundle(outfile: string): void {
  const here = new URL('../subjects/ours.ts', import.meta.url).href
  buildSync({
    entryPoints: [fileURLToPath(new URL('./instructions-child.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    define: { 'import.meta.url': JSON.stringify(here) },
  })
}

function totalOf(file: string): number {
  const total = /^totals: (\d+)$/m.exec(readFileSync(file, 'utf8'))?.[1]
  return Math.round(Number(total) / COUNTED / 1000)
}
