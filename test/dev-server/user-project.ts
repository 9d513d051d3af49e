import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

const ROOT = join(import.meta.dirname, '..', '..')

/** A project of a user, in a temporary folder. */
export class UserProject {
  readonly root = mkdtempSync(join(tmpdir(), 'sessmw-serve-'))

  constructor(files: Readonly<Record<string, string>>, packages: readonly string[] = ['express']) {
    onTestFinished(() => rmSync(this.root, { recursive: true, force: true }))
    mkdirSync(join(this.root, 'node_modules'))
    for (const name of packages) {
      const target = name === 'sessmw' ? ROOT : join(ROOT, 'node_modules', name)
      symlinkSync(target, join(this.root, 'node_modules', name), 'dir')
    }
    for (const [path, text] of Object.entries(files)) this.write(path, text)
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true })
    writeFileSync(join(this.root, path), text)
  }
}

/** Where apps of tests that run from source import the package from. */
export const SOURCE = join(ROOT, 'src', 'index.ts')

/** An app that counts, as an ES module. */
export function countingApp(answer: string, end = 'export default app'): string {
  return `import express from 'express'
import { session } from '${SOURCE}'
const app = express()
app.use(session({ secretKey: 'a secret of the serve tests, long enough' }))
app.get('/', (req, res) => {
  req.session.visits = (req.session.visits ?? 0) + 1
  res.json({ app: '${answer}', visits: req.session.visits })
})
${end}
`
}
