import { type ParserPlugin, parse } from '@babel/parser'
import type { File } from '@babel/types'

/**
 * The tree of a source file; undefined for syntax that is not ECMAScript, TypeScript, JSX or decorators.
 *
 * The only module that loads the parser: the build bundles it into this file, so that the parser travels in the package.
 */
export function parseSource(text: string, path: string): File | undefined {
  try {
    return parse(text, {
      sourceType: 'unambiguous',
      allowAwaitOutsideFunction: true,
      allowReturnOutsideFunction: true,
      attachComment: false,
      plugins: pluginsFor(path),
    })
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** In TypeScript without JSX, `<T>x` is a type assertion. */
function pluginsFor(path: string): ParserPlugin[] {
  const language: ParserPlugin[] = /\.[mc]?ts$/.test(path)
    ? ['typescript']
    : path.endsWith('.tsx')
      ? ['typescript', 'jsx']
      : ['jsx']
  return [...language, 'decorators-legacy', 'explicitResourceManagement']
}
