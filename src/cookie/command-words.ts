const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' }

/** `$'...'`, `'...'`, `"..."`, an escaped character, or a run of plain ones. Open quotes end with the text. */
const PARTS = /\$'((?:[^'\\]|\\.)*)'?|'([^']*)'?|"((?:[^"\\]|\\.)*)"?|\\(\r?\n|.)|([^\s'"\\$]+|\$)/gsy

/**
 * The words of a command as it is copied for a shell, without their quotes: of Bash with `'...'` and `$'...'`, of the
 * Windows prompt with `^` before every special character. Linear in the length of the command.
 */
export function commandWords(command: string): string[] {
  return wordsOf(command.includes('^"') ? command.replace(/\^(\r?\n|.)/gs, unescapeCaret) : command)
}

const unescapeCaret = (_: string, character: string): string => (/[\r\n]/.test(character) ? ' ' : character)

function wordsOf(command: string): string[] {
  const words: string[] = []
  let word: string | undefined
  for (let at = 0; at < command.length; ) {
    PARTS.lastIndex = at
    const part = PARTS.exec(command)
    if (part === null) {
      if (word !== undefined) words.push(word)
      word = undefined
      at += 1
    } else {
      word = (word ?? '') + textOf(part)
      at = PARTS.lastIndex
    }
  }
  return word === undefined ? words : [...words, word]
}

function textOf([, ansi, single, double, escaped, plain]: RegExpExecArray): string {
  if (ansi !== undefined) return ansi.replace(/\\(u[0-9a-f]{4}|x[0-9a-f]{2}|.)/gis, unescapeAnsi)
  if (double !== undefined) return double.replace(/\\(\r?\n|.)/gs, unescapePlain)
  if (escaped !== undefined) return unescapePlain('', escaped)
  return single ?? plain ?? ''
}

/** A backslash at the end of a line joins it with the next one. */
const unescapePlain = (_: string, character: string): string => (/[\r\n]/.test(character) ? '' : character)

function unescapeAnsi(_: string, code: string): string {
  if (code.length > 1) return String.fromCharCode(Number.parseInt(code.slice(1), 16))
  return ESCAPES[code] ?? code
}
