/** Runs `pospro` as an operator does: a process of its own, with the settings in its environment. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

const FILE = path.resolve(__dirname, '../../../tools/cli/pospro.mjs');

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param input sent as the standard input. */
export async function pospro(
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input = '',
): Promise<Ran> {
  const child = startPospro(words, env);
  child.stdin.end(input);
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].on('data', (part) => (output[name] += String(part)));
  const [code] = (await once(child, 'close')) as [number];
  return { code, ...output };
}

/** Starts a command that runs until it is ended. */
export function startPospro(words: readonly string[], env: Readonly<Record<string, string>>) {
  return spawn(process.execPath, [FILE, ...words], {
    env: { PATH: process.env.PATH, NODE_ENV: 'test', JWT_SECRET: 'x'.repeat(32), ...env },
  });
}
