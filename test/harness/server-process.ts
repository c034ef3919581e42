/** A server in a process of its own, from the build: it can be killed, paused, and started again on the same data. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DIST } from '#tools/build/build-dist';

const START_WITHIN_MS = 180_000;

export interface ServerProcess {
  readonly pid: number;
  /** Its standard output and errors. */
  output(): string;
  /** Resolves when `/health/ready` answers 200. @throws Error with the output if the process ends, or not in time. */
  ready(): Promise<void>;
  signal(signal: NodeJS.Signals): void;
  /** Sends a signal, and waits for the end. */
  end(signal: NodeJS.Signals): Promise<void>;
}

export interface ServerOptions {
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
  /** A module that is loaded first. */
  readonly preload?: string;
}

/** Starts `node dist/main.js`, which `builtDist` has made. */
export function startServer({ port, env, preload }: ServerOptions): ServerProcess {
  const modules = preload === undefined ? [] : ['--require', preload];
  const child = spawn(process.execPath, [...modules, 'main.js'], {
    cwd: DIST,
    env: {
      NODE_ENV: 'test',
      PATH: process.env.PATH,
      JWT_SECRET: 'x'.repeat(32),
      HOST: '127.0.0.1',
      PORT: String(port),
      DEMO: 'false',
      LOG_LEVEL: 'warn',
      RATE_LIMIT_PER_MINUTE: '0',
      RATE_LIMIT_LOGINS_PER_MINUTE: '0',
      // On a busy machine it may be late; test/faults/overload.test.ts is about overload.
      OVERLOAD_WAIT_MS: '0',
      OVERLOAD_LOOP_DELAY_MS: '0',
      ...env,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (output += String(part)));
  let hasEnded = false;
  const ended = once(child, 'exit').then(() => void (hasEnded = true));
  return {
    pid: child.pid!,
    output: () => output,
    async ready() {
      for (const end = performance.now() + START_WITHIN_MS; ;) {
        const answer = await fetch(`http://127.0.0.1:${port}/health/ready`).catch(() => undefined);
        if (answer?.ok) return;
        if (hasEnded || performance.now() > end) throw new Error(`the server did not start:\n${output}`);
        await sleep(50);
      }
    },
    signal: (signal) => void child.kill(signal),
    end(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

/** The address of the embedded PostgreSQL that runs on a data folder. */
export function embeddedUrl(dataDir: string): string {
  const { databasePort } = JSON.parse(readFileSync(path.join(dataDir, 'pospro.json'), 'utf8')) as {
    databasePort: number;
  };
  const password = readFileSync(path.join(dataDir, 'password'), 'utf8').trim();
  return `postgresql://postgres:${password}@127.0.0.1:${databasePort}/pospro`;
}

/** Kills all processes of the embedded PostgreSQL of a data folder together, so that what they only had in memory is lost. */
export function killEmbedded(dataDir: string): void {
  const [postmaster] = readFileSync(path.join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n');
  const children = execFileSync('ps', ['-o', 'pid=', '--ppid', postmaster!], { encoding: 'utf8' });
  for (const pid of [postmaster!, ...children.trim().split(/\s+/)]) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch (error) {
      // A child may have ended by itself in between.
      if ((error as { code?: string }).code !== 'ESRCH') throw error;
    }
  }
}
