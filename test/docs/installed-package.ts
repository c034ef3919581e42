/** PosPro as npm installs it into an empty folder, and its command as an operator runs it there. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '#test/harness/free-port';
import { eventually } from '#test/harness/patience';

const run = promisify(execFile);
const ROOT = path.resolve(__dirname, '../..');
const MODULES = path.join(ROOT, 'node_modules');
const READY_WITHIN_MS = 240_000;

export interface InstalledPackage {
  /** Makes another empty folder, with a data folder and a port of its own. */
  place(): Promise<Place>;
  /** Ends the servers that still run, and deletes all folders. */
  remove(): Promise<void>;
}

export interface Place {
  readonly folder: string;
  readonly url: string;
  /** Runs `pospro` to its end. @returns its standard output. @throws Error with its output if it fails. */
  pospro(...words: string[]): Promise<string>;
  /** `pospro start`; returns when the server is ready. */
  start(): Promise<void>;
  /** Sends SIGTERM. @returns the exit code. */
  stop(): Promise<number | null>;
}

/**
 * Packs the project, and unpacks it where an installation would have it. The packages that it depends on are those of the project, and of the
 * scripts of the installation only that of the database's client runs: the pages are in the package.
 */
export async function installPackage(): Promise<InstalledPackage> {
  const folder = mkdtempSync(path.join(tmpdir(), 'pospro-newcomer-'));
  // For root the database runs as another user, whose data would otherwise be outside of the folder.
  chmodSync(folder, 0o755);
  await run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], { cwd: ROOT });
  await run('bash', ['-c', 'tar -xzf pospro-*.tgz && rm pospro-*.tgz'], { cwd: folder });
  const installed = path.join(folder, 'node_modules/pospro');
  mkdirSync(path.dirname(installed));
  renameSync(path.join(folder, 'package'), installed);
  symlinkSync(MODULES, path.join(installed, 'node_modules'));
  const prisma = path.join(MODULES, 'prisma/build/index.js');
  await run(process.execPath, [prisma, 'generate', '--generator', 'client'], { cwd: installed });
  const children: ChildProcess[] = [];
  let count = 0;
  return {
    async place() {
      count += 1;
      const home = path.join(folder, `place-${count}`);
      mkdirSync(home);
      return placeIn(home, path.join(installed, 'tools/cli/pospro.mjs'), await freePort(), children);
    },
    async remove() {
      const running = children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
      // In order, or their databases would go on.
      await Promise.all(running.map((child) => (child.kill('SIGTERM'), once(child, 'exit'))));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function placeIn(cwd: string, program: string, port: number, children: ChildProcess[]): Place {
  const { PATH = '' } = process.env;
  const env = { PATH, HOME: cwd, DEMO: 'false', HOST: '127.0.0.1', PORT: String(port) };
  let server: ChildProcess | undefined;
  return {
    folder: cwd,
    url: `http://127.0.0.1:${port}`,
    async pospro(...words) {
      const { stdout } = await run(process.execPath, [program, ...words], { cwd, env });
      return stdout;
    },
    async start() {
      const child = spawn(process.execPath, [program, 'start'], { cwd, env });
      children.push((server = child));
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (part) => (output += String(part)));
      await eventually(
        () => output.includes('PosPro is ready') || child.exitCode !== null,
        () => output,
        { limitMs: READY_WITHIN_MS, pauseMs: 50 },
      );
      if (child.exitCode !== null) throw new Error(output);
    },
    async stop() {
      const ended = once(server!, 'exit') as Promise<[number | null]>;
      server!.kill('SIGTERM');
      return (await ended)[0];
    },
  };
}
