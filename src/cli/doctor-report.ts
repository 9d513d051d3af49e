import type { Finding, Level } from '../doctor/finding.js'
import { FINDINGS } from '../doctor/finding-table.js'
import { shownUrl } from '../doctor/masking.js'
import type { Probe } from '../doctor/probe.js'
import type { ProjectSource } from '../doctor/project-source.js'
import type { Output } from './output.js'

/** What `sessmw doctor` found, and where it looked. */
export interface DoctorReport {
  readonly url: URL | undefined
  readonly probes: readonly Probe[]
  readonly findings: readonly Finding[]
  readonly project: ProjectSource | undefined
}

/** The answer of `--json`, as docs/cli-schemas/doctor.json has it. */
export function doctorJson({ url, probes, findings, project }: DoctorReport): object {
  return {
    schema: 'sessmw/doctor@1',
    target: url === undefined ? null : shownUrl(url),
    requests: probes.map((probe, index) => ({
      id: index + 1,
      purpose: probe.purpose,
      url: shownUrl(probe.url),
      status: probe.status ?? null,
      setCookie: probe.responseHeaders.some(([name]) => name.toLowerCase() === 'set-cookie'),
      failure: probe.failure ?? null,
    })),
    sources: project === undefined ? 0 : project.files.length,
    findings: findings.map((finding) => ({ ...finding, ...FINDINGS[finding.code] })),
    summary: { error: 0, warning: 0, ok: 0, ...countOf(findings) },
  }
}

/** The answer for people: first what is the case, then each finding with what shows it and what to do. */
export function printDoctor({ findings, project, probes }: DoctorReport, out: Output): void {
  const { paint } = out
  const { error = 0, warning = 0 } = countOf(findings)
  const [worst] = findings
  const counts = [countText(error, 'error'), countText(warning, 'warning')].filter((text) => text !== '')
  if (error > 0 && worst !== undefined)
    out.answer(`${paint.red('✖')} The session cannot work. ${paint.dim(counts.join(', '))}`)
  else if (warning > 0)
    out.answer(`${paint.yellow('!')} Nothing is surely wrong. ${paint.dim(counts.join(', '))}`)
  else out.answer(`${paint.green('✔')} Nothing is wrong${whereOf(probes, project)}.`)
  for (const finding of findings) printFinding(finding, out)
  const explained = findings.find(({ level }) => level !== 'ok')
  if (explained !== undefined) out.note(out.paintNote.dim(`Explain one: sessmw help ${explained.code}`))
}

function printFinding({ code, level, confidence, evidence }: Finding, { answer, paint }: Output): void {
  const marks: Readonly<Record<Level, string>> = {
    error: paint.red('✖'),
    warning: paint.yellow('!'),
    ok: paint.green('✔'),
  }
  const { title, fix } = FINDINGS[code]
  answer('')
  answer(`${marks[level]} ${title}${confidence === 'low' ? ' (perhaps)' : ''}  ${paint.dim(`[${code}]`)}`)
  for (const line of evidence) answer(`    ${line}`)
  if (level !== 'ok') answer(`  ${paint.green('→')} ${fix}`)
}

function countOf(findings: readonly Finding[]): Partial<Record<Level, number>> {
  const counts: Partial<Record<Level, number>> = {}
  for (const { level } of findings) counts[level] = (counts[level] ?? 0) + 1
  return counts
}

const countText = (count: number, word: string): string =>
  count === 0 ? '' : `${count} ${word}${count === 1 ? '' : 's'}`

function whereOf(probes: readonly Probe[], project: ProjectSource | undefined): string {
  const places = [
    countText(probes.length, 'request'),
    project === undefined ? '' : countText(project.files.length, 'source file'),
  ].filter((text) => text !== '')
  return places.length === 0 ? '' : ` in ${places.join(' and ')}`
}
