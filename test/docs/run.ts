/** Runs a page's code blocks as its reader would: one after the other, in one folder, against one server. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestPlatform } from '../harness/platform';
import type { Snippet } from './markdown';
import { findProgram } from './programs';

/** The programs that each language needs. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  bash: ['bash', 'curl', 'python3'],
  python: ['python3'],
};

/** What pages call the server. */
const SERVER = /localhost:8000/g;

const TIMEOUT_MS = 45_000;

/** Which of the programs that a block needs is not here. @throws Error in CI, where all must be. */
export function missingProgram({ language }: Snippet): string | undefined {
  return PROGRAMS[language]?.find((name) => findProgram(name) === undefined);
}

export interface PageRun {
  /** Writes what is a file, and runs what runs. @returns what it printed. @throws Error where it failed. */
  run(snippet: Snippet): Promise<string>;
  close(): void;
}

/** Blocks of GraphQL are sent by its functions; a page without them needs the address alone. */
export type Server = Pick<TestPlatform, 'url'> & Partial<Pick<TestPlatform, 'rest' | 'graphql'>>;

/** Makes a reader's folder: the packages of this repository are installed in it, and it speaks ES modules. */
export function startPage(platform: Server): PageRun {
  const folder = mkdtempSync(path.join(tmpdir(), 'pospro-page-'));
  symlinkSync(path.resolve(__dirname, '../../node_modules'), path.join(folder, 'node_modules'));
  writeFileSync(path.join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  const host = new URL(platform.url).host;
  let count = 0;
  return {
    async run(snippet) {
      const code = snippet.code.replace(SERVER, host);
      if (snippet.file !== undefined) writeFileSync(path.join(folder, snippet.file), `${code}\n`);
      if (!snippet.runs) return '';
      count += 1;
      return runBlock(platform, folder, snippet, code, `block-${count}`);
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function runBlock(
  platform: Server,
  folder: string,
  snippet: Snippet,
  code: string,
  name: string,
): Promise<string> {
  const file = (extension: string): string => {
    const given = snippet.file ?? `${name}.${extension}`;
    writeFileSync(path.join(folder, given), `${code}\n`);
    return given;
  };
  switch (snippet.language) {
    case 'bash':
    case 'sh':
      return start(folder, 'bash', ['-c', inSession(code)]);
    case 'python':
      return start(folder, 'python3', [file('py')]);
    case 'js':
      return start(folder, process.execPath, [file('mjs')]);
    case 'ts':
      return start(folder, process.execPath, ['--import', 'tsx', file('ts')]);
    case 'graphql':
      return askGraph(platform, code, snippet.as);
    default:
      throw new Error(`Nothing here runs ${snippet.language}.`);
  }
}

/** A page is one terminal: what a block sets, the next one sees. */
function inSession(code: string): string {
  return `set -euo pipefail\nif [ -f .session ]; then . ./.session; fi\nset -a\n${code}\nset +a\nexport -p > .session`;
}

async function askGraph({ rest, graphql }: Server, query: string, role: string | undefined): Promise<string> {
  if (!rest || !graphql) throw new Error('Nothing here sends GraphQL.');
  let token: string | undefined;
  if (role !== undefined) {
    const body = { email: `${role}@pospro.com`, password: 'secure123' };
    token = ((await rest('POST', '/api/v1/auth/login', { body })).body as { access_token: string })
      .access_token;
  }
  const { data, errors } = await graphql<unknown>(query, {}, token);
  return JSON.stringify(errors ? { data, errors } : { data });
}

function start(folder: string, program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: folder, env: environment(), timeout: TIMEOUT_MS });
    let printed = '';
    let complaints = '';
    child.stdout.on('data', (data: Buffer) => (printed += data.toString()));
    child.stderr.on('data', (data: Buffer) => (complaints += data.toString()));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve(printed);
      else reject(new Error(`It ended with ${code ?? signal}.\n${complaints}\n${printed}`));
    });
  });
}

/** The reader's environment, without what belongs to the test run. Programs of packages are found as `npx` finds them. */
function environment(): NodeJS.ProcessEnv {
  const programs = path.resolve(__dirname, '../../node_modules/.bin');
  const { PATH = '', HOME = tmpdir(), LANG = 'C.UTF-8' } = process.env;
  return { PATH: existsSync(programs) ? `${programs}${path.delimiter}${PATH}` : PATH, HOME, LANG };
}
