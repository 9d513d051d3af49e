/** How somebody writes code, so that what is added looks like theirs. */
export interface TextStyle {
  readonly eol: '\n' | '\r\n'
  readonly quote: "'" | '"'
  readonly semicolons: boolean
  /** One step of indentation. */
  readonly indent: string
}

/** The style that most of the lines have. */
export function styleOf(text: string): TextStyle {
  // Comments are prose, and what stands before one ends its line.
  const code = text.replace(/^[ \t]*(?:\/\/|\/?\*).*|[ \t]+\/[/*].*$/gm, '')
  const count = (pattern: RegExp) => (code.match(pattern) ?? []).length
  const ended = count(/;[ \t]*\r?$/gm)
  return {
    eol: eolOf(text),
    quote: count(/"/g) > count(/'/g) ? '"' : "'",
    semicolons: ended > 0 && ended * 2 >= count(/[)\w'"`;][ \t]*\r?$/gm),
    indent:
      count(/^\t/gm) > count(/^ {2}/gm)
        ? '\t'
        : count(/^ {2}\S/gm) === 0 && count(/^ {4}\S/gm) > 0
          ? '    '
          : '  ',
  }
}

/** The line ending that most of the lines have. */
export function eolOf(text: string): '\n' | '\r\n' {
  const crlf = (text.match(/\r\n/g) ?? []).length
  return crlf * 2 > (text.match(/\n/g) ?? []).length ? '\r\n' : '\n'
}

/**
 * Rewrites code that has single quotes, no semicolons, steps of two spaces and `\n`.
 *
 * It knows only what `templates/` and the snippets use: every line that ends neither in a comment nor in an opening
 * bracket or comma ends a statement.
 */
export function inStyle(code: string, style: TextStyle): string {
  let text = code
  text = text.replace(/^( {2})+/gm, (spaces) => style.indent.repeat(spaces.length / 2))
  if (style.quote === '"') text = text.replace(/'/g, '"')
  if (style.semicolons) text = text.replace(/^(?!\s*(?:\/\/|\/\*|\*)).*[^\s,([{:?]$/gm, '$&;')
  return style.eol === '\n' ? text : text.replace(/\n/g, style.eol)
}

/** Adds whole lines at the end of a text, whether or not its last line is ended. */
export function appendLines(text: string, lines: readonly string[]): string {
  const eol = eolOf(text)
  const start = text === '' || text.endsWith('\n') ? '' : eol
  return `${text}${start}${lines.map((line) => `${line}${eol}`).join('')}`
}
