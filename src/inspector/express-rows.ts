import type { Edit, FullItem } from './subject.js'

/** How the sessions of an app on `sessmw/express-session` are read and changed. */
export interface Rows {
  readonly canList: boolean
  items(): AsyncIterable<readonly FullItem[]>
  count(): Promise<number | null>
  find(handle: string): Promise<FullItem | 'corrupt' | undefined>
  edit(item: FullItem, edit: Edit): Promise<'saved' | 'missing' | 'conflict'>
  remove(item: FullItem): Promise<boolean>
  restore(item: FullItem): Promise<boolean>
}
