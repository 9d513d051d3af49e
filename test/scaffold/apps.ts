import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

/** Files by path. */
export type Files = Readonly<Record<string, string>>

/** A temporary project that is removed after the test. */
export class App {
  readonly root = mkdtempSync(join(tmpdir(), 'sessmw-app-'))

  constructor(files: Files) {
    onTestFinished(() => rmSync(this.root, { recursive: true, force: true }))
    for (const [path, text] of Object.entries(files)) this.write(path, text)
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true })
    writeFileSync(join(this.root, path), text)
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8')
  }

  mode(path: string): string {
    return (lstatSync(join(this.root, path)).mode & 0o777).toString(8)
  }

  git(...args: string[]): void {
    const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.org']
    const { status, stderr } = spawnSync('git', [...identity, ...args], { cwd: this.root, encoding: 'utf8' })
    if (status !== 0) throw new Error(stderr)
  }

  commit(): void {
    this.git('init', '-q')
    this.git('add', '-A')
    this.git('commit', '-q', '-m', 'x')
  }

  /** Path and hash of every file outside of node_modules and .git. */
  snapshot(): string[] {
    const paths = readdirSync(this.root, { recursive: true, encoding: 'utf8' })
    return paths
      .filter(
        (path) => !/^(?:node_modules|\.git)(?:\/|$)/.test(path) && lstatSync(join(this.root, path)).isFile(),
      )
      .map(
        (path) =>
          `${path} ${createHash('sha256')
            .update(readFileSync(join(this.root, path)))
            .digest('hex')}`,
      )
      .sort()
  }
}

/** A package.json with Express and sessmw. */
export function packageJson(extra: object = {}, dependencies: object = {}): string {
  return JSON.stringify({
    name: 'app',
    ...extra,
    dependencies: { express: '^5.1.0', sessmw: '*', ...dependencies },
  })
}

/** A CommonJS app for Express 4, as the generator wrote them. */
export const CJS_ENTRY = `'use strict';

var express = require('express');
var path = require('path');
var logger = require('morgan');

var app = express();

// view engine setup
app.set('views', path.join(__dirname, 'views'));
app.use(logger('dev'));
app.use(express.json()); // bodies
app.use(express.urlencoded({ extended: false }));
app.use(express.static(path.join(__dirname, 'public')));

app.use('/', require('./routes/index'));

module.exports = app;
`

/** An ES module app. */
export const ESM_ENTRY = `import express from 'express'
import { api } from './api.js'

const app = express()
const port = 3000
app.use(express.json())
app.get('/', (req, res) => res.send(\`it's \${req.path} "here" // no comment\`))
app.use('/api', api)
app.listen(port)
`

/** A TypeScript app with tabs, double quotes, CRLF and no newline at the end. */
export const TS_ENTRY = [
  'import express, { type Express } from "express";',
  'import helmet from "helmet";',
  '',
  'export const app: Express = express();',
  'app.use(',
  '\thelmet({',
  '\t\tcontentSecurityPolicy: false,',
  '\t}),',
  ');',
  "app.get(/^\\/it's\\/(\\d+)$/, (_req, res) => {",
  '\tres.send("ok");',
  '});',
].join('\r\n')

/** A complete project around an entry. */
export function project(path: string, entry: string, extra: object = {}, files: Files = {}): Files {
  return { 'package.json': packageJson(extra), [path]: entry, ...files }
}
