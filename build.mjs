// Two plain `tsc` passes: ESM for everything, CommonJS for what the library entries reach. The parser of `sessmw init` is
// bundled into the one file that loads it, with its license, so that it is no dependency of who installs the package.
// The page of the inspector is bundled before, into a module that both passes and the tests take it from;
// `node build.mjs page` does only that.
import { execFileSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { buildSync } from 'esbuild'

const root = import.meta.dirname
const { resolve } = createRequire(import.meta.url)
const tsc = join(dirname(resolve('typescript/package.json')), 'bin', 'tsc')

bundlePage(join(root, 'src', 'inspector', 'ui'))
if (process.argv[2] === 'page') process.exit()
rmSync(join(root, 'dist'), { recursive: true, force: true })
for (const project of ['src/tsconfig.json', 'src/tsconfig.cjs.json']) {
  execFileSync(process.execPath, [tsc, '-p', project], { cwd: root, stdio: 'inherit' })
}
writeFileSync(join(root, 'dist', 'cjs', 'package.json'), '{ "type": "commonjs" }\n')
bundle(join(root, 'dist', 'esm', 'scaffold', 'parse-source.js'), '@babel/parser')

/** The names hold hashes of the contents, so that browsers may keep the files for ever. */
function bundlePage(ui) {
  execFileSync(process.execPath, [tsc, '-p', join(ui, 'page')], { cwd: root, stdio: 'inherit' })
  const { outputFiles } = buildSync({
    entryPoints: [join(ui, 'page', 'inspector.tsx'), join(ui, 'page', 'inspector.css')],
    entryNames: '[name]-[hash]',
    outdir: ui,
    write: false,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    banner: { js: licenseOf('preact') },
  })
  const lines = outputFiles.map(({ path, text }) => {
    const name = path.endsWith('.css') ? 'STYLE' : 'SCRIPT'
    return `export const ${name} = ${JSON.stringify({ name: basename(path), text })}\n`
  })
  writeFileSync(join(ui, 'built-page.ts'), `// Made by build.mjs from the folder page.\n${lines.join('')}`)
}

function licenseOf(name) {
  const folder = dirname(resolve(`${name}/package.json`))
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const license = readFileSync(join(folder, 'LICENSE'), 'utf8').trim()
  return `/*!\nContains ${name} ${version}:\n\n${license}\n*/`
}

function bundle(file, name) {
  buildSync({
    entryPoints: [file],
    outfile: file,
    allowOverwrite: true,
    bundle: true,
    minify: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    banner: { js: licenseOf(name) },
  })
}
