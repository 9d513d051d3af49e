/** A part of a text and what it becomes; with `start` = `end` it is an insertion. */
export interface TextEdit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** A line to show of a change; lines count from 1, those with `-` in the old text. It never holds a secret. */
export interface DiffLine {
  readonly sign: '+' | '-'
  readonly line: number
  readonly text: string
}

/** Replaces parts of a text that do not overlap, given in order; everything else stays as it is, to the byte. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let after = ''
  let done = 0
  for (const edit of edits) {
    after += text.slice(done, edit.start) + edit.text
    done = edit.end
  }
  return after + text.slice(done)
}

/** Whole lines as they are shown when all of them are new. */
export function addedLines(lines: readonly string[], first: number): DiffLine[] {
  return lines.map((text, index) => ({ sign: '+', line: first + index, text }))
}

/** The number of the line that an offset lies in. */
export function lineNumber(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}
