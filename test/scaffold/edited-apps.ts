/** An app of the corpus whose entry init edits. */
export interface EditedApp {
  readonly name: string
  /** The package in a workspace. */
  readonly folder?: string
  readonly args?: readonly string[]
  readonly entry: string
  /** The line that is added among the imports. */
  readonly load: string
  /** The lines that are added behind the app; `app.use(sessionMiddleware)` unless given. */
  readonly mount?: readonly string[]
  /** The line before them. */
  readonly behind: string
  /** The file that starts the app; the entry unless given. */
  readonly start?: string
}

const REQUIRE = "const { sessionMiddleware } = require('./session')"
const MOUNT = 'app.use(sessionMiddleware)'

export const JAVASCRIPT_APPS: readonly EditedApp[] = [
  {
    name: 'express4-generator',
    entry: 'app.js',
    load: `${REQUIRE};`,
    mount: [`${MOUNT};`],
    behind: "app.use(express.static(path.join(__dirname, 'public')));",
    start: 'bin/www',
  },
  {
    name: 'express5-esm',
    entry: 'index.js',
    load: "import { sessionMiddleware } from './session.js'",
    behind: 'app.use(express.json())',
  },
  {
    name: 'factory-esm',
    entry: 'src/app.js',
    load: "import { sessionMiddleware } from './session.js'",
    mount: [`  ${MOUNT}`],
    behind: '  app.use(cookieParser())',
    start: 'src/main.js',
  },
  {
    name: 'two-entries',
    args: ['--entry', 'web.js'],
    entry: 'web.js',
    load: REQUIRE,
    behind: 'const app = express()',
  },
  {
    name: 'sub-app',
    args: ['--proxy', '2'],
    entry: 'server.js',
    load: REQUIRE,
    mount: ["app.set('trust proxy', 2)", MOUNT],
    behind: 'const app = express()',
  },
  {
    name: 'workspace',
    folder: 'packages/api',
    entry: 'src/index.js',
    load: "import { sessionMiddleware } from './session.js';",
    mount: [`${MOUNT};`],
    behind: 'app.use(express.json());',
  },
  {
    name: 'client-and-server',
    entry: 'server/index.js',
    load: `${REQUIRE};`,
    mount: [`${MOUNT};`],
    behind: "app.use(express.static(path.join(__dirname, '../client/build')));",
  },
  {
    name: 'crlf',
    entry: 'server.js',
    load: 'const { sessionMiddleware } = require("./session");',
    mount: [`${MOUNT};`],
    behind: 'app.use(express.urlencoded({ extended: true })); // forms',
  },
  {
    name: 'tabs',
    entry: 'src/app.mjs',
    load: 'import { sessionMiddleware } from "./session.mjs"',
    behind: ')',
    start: 'src/main.mjs',
  },
  { name: 'no-semicolons', entry: 'server.js', load: REQUIRE, behind: 'app.use(express.json())' },
  {
    name: 'dynamic-import',
    entry: 'server.js',
    load: "import { sessionMiddleware } from './session.js'",
    behind: 'app.use(express.json())',
  },
  {
    name: 'comments-and-strings',
    entry: 'server.js',
    load: REQUIRE,
    mount: ['server.use(sessionMiddleware)'],
    behind: 'const server = express() // not "const app = express()"',
  },
  {
    name: 'helmet-static-order',
    args: ['--proxy', '1'],
    entry: 'app.js',
    load: `${REQUIRE};`,
    mount: ["app.set('trust proxy', 1);", `${MOUNT};`],
    behind: "app.use('/assets', express.static(path.join(__dirname, 'assets')));",
  },
  { name: 'bom', entry: 'app.js', load: REQUIRE, behind: "const app = require('express')()" },
  {
    name: 'shebang',
    entry: 'bin/serve.js',
    load: REQUIRE,
    behind: "app.use('/files', express.static(path.resolve(process.argv[2] || '.')))",
  },
  {
    name: 'module-exports-chain',
    entry: 'index.js',
    load: `${REQUIRE};`,
    mount: [`${MOUNT};`],
    behind: 'var app = module.exports = express();',
  },
  {
    name: 'passport',
    entry: 'app.js',
    load: `${REQUIRE};`,
    mount: [`${MOUNT};`],
    behind: 'app.use(express.urlencoded({ extended: false }));',
  },
  {
    name: 'async-main',
    entry: 'server.mjs',
    load: "import { sessionMiddleware } from './session.mjs'",
    mount: [`  ${MOUNT}`],
    behind: "  app.set('json spaces', 2)",
  },
  {
    name: 'trust-proxy',
    args: ['--proxy', '1'],
    entry: 'server.js',
    load: REQUIRE,
    behind: "app.set('trust proxy', 'loopback')",
  },
  {
    name: 'jsx-rendering',
    entry: 'src/server.jsx',
    load: "import { sessionMiddleware } from './session.js'",
    behind: 'const app = express()',
  },
]

export const TYPESCRIPT_APPS: readonly EditedApp[] = [
  {
    name: 'typescript-nodenext',
    entry: 'src/server.ts',
    load: "import { sessionMiddleware } from './session.js'",
    behind: "app.use(express.json({ limit: '100kb' }))",
  },
  {
    name: 'typescript-commonjs',
    entry: 'src/index.ts',
    load: 'import { sessionMiddleware } from "./session";',
    mount: [`${MOUNT};`],
    behind: 'app.use(express.json());',
  },
  {
    name: 'typescript-import-require',
    entry: 'src/app.ts',
    load: "import { sessionMiddleware } from './session';",
    mount: [`${MOUNT};`],
    behind: 'app.use(bodyParser.json());',
    start: 'src/main.ts',
  },
  {
    name: 'class-typescript',
    entry: 'src/app.ts',
    load: "import { sessionMiddleware } from './session.js'",
    mount: ['    this.app.use(sessionMiddleware)'],
    behind: '    this.app = express()',
    start: 'src/server.ts',
  },
  {
    name: 'own-session-module',
    entry: 'src/app.ts',
    load: "import { sessionMiddleware } from './session-middleware.ts'",
    behind: 'export const app = express()',
    start: 'src/main.ts',
  },
  {
    name: 'http-server-and-sockets',
    entry: 'server.ts',
    load: "import { sessionMiddleware } from './session.js'",
    behind: 'const app = express()',
  },
]
