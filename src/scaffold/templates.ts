import { readOwnFile } from './own-package.js'
import { STORES, type Templates } from './session-module.js'

/** Reads what `init` writes. */
export function readTemplates(): Templates {
  const stores = STORES.map((store) => [store, readOwnFile(`templates/stores/${store}.ts`)])
  return { session: readOwnFile('templates/session.ts'), stores: Object.fromEntries(stores) }
}
