import { posix } from 'node:path'
import { inStyle, type TextStyle } from './text-style.js'

/** Where sessions can live. */
export const STORES = ['memory', 'sqlite', 'redis', 'postgres'] as const
/** Where the pages come from that use the session: this site, a host beside it, or another site. */
export const FRONTENDS = ['same-site', 'subdomain', 'cross-site'] as const

/** The answers that decide what the generated module says. */
export interface SessionChoices {
  readonly store: (typeof STORES)[number]
  readonly frontend: (typeof FRONTENDS)[number]
  /** Name of the cookie, without `__Host-`. */
  readonly name: string
  /** How many reverse proxies stand in front of the app. */
  readonly proxy: number
}

/** What the module has to fit. */
export interface ModuleForm {
  /** `.ts`, `.mts`, `.cts`, `.js`, `.mjs` or `.cjs`. */
  readonly extension: string
  /** False only for JavaScript with `require`. */
  readonly esm: boolean
  readonly style: TextStyle
  /** The file that holds the secret, relative to where the app starts. */
  readonly dotenv: string
}

/** The texts of `templates/`, which are TypeScript with ES modules. */
export interface Templates {
  readonly session: string
  readonly stores: Readonly<Record<SessionChoices['store'], string>>
}

/** Names for the generated module, in order; the second is for projects that have a `session` of their own. */
export const MODULE_NAMES = ['session', 'session-middleware'] as const

/** Whether a file is a module that `init` wrote, however much it was changed since. */
export function isOurModule(text: string): boolean {
  return /\bsessionMiddleware\b/.test(text) && /['"]sessmw['"]/.test(text)
}

/** Makes the module from the templates. */
export function renderModule(templates: Templates, choices: SessionChoices, form: ModuleForm): string {
  let code = withStore(templates.session, templates.stores[choices.store])
    .replace(/ *\/\/ <([\w|-]+)>\n([\s\S]*?) *\/\/ <\/\1>\n/g, (_, frontends: string, lines: string) =>
      frontends.split('|').includes(choices.frontend) ? lines : '',
    )
    .replace("'__Host-sid' : 'sid'", () => `'__Host-${choices.name}' : '${choices.name}'`)
    .replaceAll("'.env'", `'${form.dotenv}'`)
  if (!form.extension.endsWith('ts')) code = code.replace("import 'sessmw/augment'\n", '')
  if (!form.esm) code = asCommonJs(code)
  return inStyle(code, form.style)
}

/**
 * Puts a file of `templates/stores/`, which has an import, a comment, a variable or none, and a value, where the session
 * template imports it.
 */
function withStore(session: string, store: string): string {
  const parts =
    /^import \{ (.*) \} from '(.*)'\n\n(\/\/.*)\n(const .* = process\.env\n)?export const store = (.*)\n$/.exec(
      store,
    )
  if (parts === null) throw new TypeError('A template of a store is not of the form that is read here.')
  const [, name, module, comment, variable = '', value] = parts
  const fromMain = module === 'sessmw'
  return session
    .replace("import { session } from 'sessmw'", (own) => (fromMain ? own.replace('{', `{ ${name},`) : own))
    .replace(/^import \{ store \}.*\n/m, fromMain ? '' : `import { ${name} } from '${module}'\n`)
    .replace(/^const \{ NODE_ENV.*\n/m, (own) => `${own}${variable}`)
    .replace(/^ {2}store,\n/m, () => `  ${comment}\n  store: ${value},\n`)
}

function asCommonJs(code: string): string {
  return code
    .replace(/^import (\{.*\}) from ('.*')$/gm, 'const $1 = require($2)')
    .replace(/^export const (\w+)([\s\S]*)$/m, 'const $1$2\nmodule.exports = { $1 }\n')
}

/** How the entry names the module; `sample` is a relative import that the entry has, whose form is then followed. */
export function specifierOf(
  name: string,
  { extension, esm }: ModuleForm,
  sample: string | undefined,
  config: { readonly nodeResolution: boolean; readonly tsImports: boolean },
): string {
  const isTs = extension.endsWith('ts')
  const compiled = extension.replace('ts', 'js')
  if (/^\.[mc]/.test(extension)) return `./${name}${config.tsImports ? extension : compiled}`
  if (sample !== undefined) {
    const written = posix.extname(sample)
    const known = written === '.js' || written === '.ts'
    // Without an extension: CommonJS, or a bundler. Node itself needs one for ES modules.
    return `./${name}${known ? (isTs ? written : '.js') : isTs || !esm ? '' : '.js'}`
  }
  if (isTs && config.tsImports) return `./${name}.ts`
  return `./${name}${(isTs ? config.nodeResolution : esm) ? '.js' : ''}`
}
