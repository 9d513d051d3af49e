import { spawnSync } from 'node:child_process'

/** What git says about a project. */
export interface GitState {
  /** `none`: not in a repository, or there is no git here. */
  readonly tree: 'clean' | 'dirty' | 'none'
  /** Whether the file with the secret is ignored; undefined without git. */
  readonly ignored: boolean | undefined
  /** Whether it is in the repository already, so that the next commit would publish the secret. */
  readonly tracked: boolean
}

/** Asks git; `secretFile` is relative to the folder, and may be untracked without making the tree dirty. */
export function readGit(folder: string, secretFile: string): GitState {
  if (git(folder, 'rev-parse', '--is-inside-work-tree').trim() !== 'true') {
    return { tree: 'none', ignored: undefined, tracked: false }
  }
  const changes = git(folder, 'status', '--porcelain', '-z', '--', '.', `:(exclude)${secretFile}`)
  return {
    tree: changes === '' ? 'clean' : 'dirty',
    ignored: git(folder, 'check-ignore', '--', secretFile) !== '',
    tracked: git(folder, 'ls-files', '--', secretFile) !== '',
  }
}

/** What git prints; empty when it says no or is not there. */
function git(folder: string, ...args: string[]): string {
  // A repository may configure a program as its file system monitor, which would then run here.
  const { stdout, status } = spawnSync('git', ['-c', 'core.fsmonitor=false', ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, GIT_OPTIONAL_LOCKS: '0' },
  })
  return status === 0 ? stdout : ''
}
