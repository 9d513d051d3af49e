import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const README = createRequire(import.meta.url).resolve('express-session/README.md')

/** The headings of the installed README with the sentences below each, examples, badges and link targets left out. */
export function readmeSentences(): Map<string, string[]> {
  const text = readFileSync(README, 'utf8')
    .replaceAll(/^```.*?^```$/gms, '')
    .replaceAll(/^\[.*\]: .*$/gm, '')
    .replaceAll(/\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])/g, '$1')
  const sections = new Map<string, string[]>()
  for (const section of text.split(/^(?=#+ )/m)) {
    const [heading = '', ...lines] = section.split('\n')
    const items = lines.join('\n').split(/\n\s*\n|\n(?= *- )/)
    const sentences = items.flatMap((item) =>
      item
        .replaceAll(/\s+/g, ' ')
        .trim()
        .split(/(?<=\w[`)*_]*\.[*_]?|[?:]) (?=[A-Z*_`])/),
    )
    sections.set(
      heading.replace(/^#+ /, ''),
      sentences.filter((sentence) => sentence !== ''),
    )
  }
  return sections
}
