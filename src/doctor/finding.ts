import { FINDINGS, type FindingCode } from './finding-table.js'

/** `error`: the session cannot work; `warning`: it may not; `ok`: looked at, and fine. */
export type Level = 'error' | 'warning' | 'ok'

/** Something that was found, with what shows it. */
export interface Finding {
  readonly code: FindingCode
  readonly level: Level
  /** `low`: something else would look the same. */
  readonly confidence: 'high' | 'low'
  /** What shows it, in words or as the line itself; holds no cookie value, id or secret. */
  readonly evidence: readonly string[]
}

const RANK: Readonly<Record<Level, number>> = { error: 0, warning: 1, ok: 2 }
const MAX_EVIDENCE = 5
const CODES = Object.keys(FINDINGS)

export const error = (code: FindingCode, ...evidence: string[]): Finding => ({
  code,
  level: 'error',
  confidence: 'high',
  evidence,
})

export const warning = (code: FindingCode, ...evidence: string[]): Finding => ({
  ...error(code, ...evidence),
  level: 'warning',
})

export const ok = (code: FindingCode, ...evidence: string[]): Finding => ({
  ...error(code, ...evidence),
  level: 'ok',
})

/** Something that is only one of several explanations. */
export const guess = (code: FindingCode, ...evidence: string[]): Finding => ({
  ...warning(code, ...evidence),
  confidence: 'low',
})

/** One finding per code: the worst level, the evidence of all (five pieces of it at most); the worst and the most frequent first. */
export function mergeFindings(findings: readonly Finding[]): Finding[] {
  const merged = new Map<FindingCode, Finding>()
  const sorted = [...findings].sort((one, other) => RANK[one.level] - RANK[other.level])
  for (const finding of sorted) {
    const present = merged.get(finding.code)
    if (finding.level === 'ok' && present !== undefined && present.level !== 'ok') continue
    const evidence = [...new Set([...(present?.evidence ?? []), ...finding.evidence])]
    merged.set(finding.code, {
      code: finding.code,
      level: present?.level ?? finding.level,
      confidence: present?.confidence === 'high' ? 'high' : finding.confidence,
      evidence: evidence.slice(0, MAX_EVIDENCE),
    })
  }
  const place = ({ code, level, confidence }: Finding): number =>
    RANK[level] * 1000 + (confidence === 'low' ? 500 : 0) + CODES.indexOf(code)
  return [...merged.values()].sort((one, other) => place(one) - place(other))
}
