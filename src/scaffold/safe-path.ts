import { lstatSync, realpathSync } from 'node:fs'
import { isAbsolute, join, relative, resolve, sep } from 'node:path'
import { SessmwError } from '../errors.js'

/**
 * The absolute path of a file in the project, after a check that neither it nor a folder on the way is a link
 * (CVE-2021-32804 and its kind). It need not exist.
 *
 * @throws SessmwError `unsafe-path`
 */
export function safePath(root: string, path: string): string {
  if (path === '' || path.includes('\0') || isAbsolute(path))
    throw unsafe(path, 'is no path inside the project')
  const target = resolve(root, path)
  const inside = relative(root, target)
  if (inside === '' || inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)) {
    throw unsafe(path, 'leads out of the project')
  }
  if (goesThroughLink(root, inside)) throw unsafe(path, 'goes through a link')
  return target
}

/** Whether a path inside the project, or a folder on the way to it, is a link. */
export function goesThroughLink(root: string, path: string): boolean {
  let part = realpathSync(root)
  for (const name of path.split(sep)) {
    part = join(part, name)
    const found = lstatSync(part, { throwIfNoEntry: false })
    if (found === undefined) return false
    if (found.isSymbolicLink()) return true
  }
  return false
}

function unsafe(path: string, why: string): SessmwError {
  return new SessmwError('unsafe-path', `${JSON.stringify(path)} ${why}.`)
}
