/** Processes of docker-compose.yml without Docker: the commands and the environment of the file, with other addresses. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { DIST } from '#tools/build/build-dist';
import { composeServices, environmentOf } from './compose-file';
import { read } from './files';

const START_WITHIN_MS = 120_000;

export interface RunningService {
  /** Its standard output and errors. */
  output(): string;
  /** Ends it by SIGTERM, as Docker does. @returns its exit code. */
  stop(): Promise<number | null>;
}

export interface ServiceOptions {
  readonly name: string;
  /** The contents of .env. */
  readonly variables: Readonly<Record<string, string>>;
  /** Addresses by those in the file, for example `{ 'analytics:8000': '127.0.0.1:4001' }`. */
  readonly addresses: Readonly<Record<string, string>>;
  readonly dataDir: string;
  readonly port: number;
}

/** Starts the process of a service of the large size. */
export function spawnService({
  name,
  variables,
  addresses,
  dataDir,
  port,
}: ServiceOptions): RunningService & {
  ended: Promise<number | null>;
} {
  const service = composeServices('large', variables)[name]!;
  const command =
    service.command ?? (JSON.parse(/^CMD (.*)$/m.exec(read('deploy/Dockerfile'))![1]!) as string[]);
  const replaced = Object.entries(environmentOf(service, variables)).map(
    ([setting, value]): [string, string] => {
      let text = value;
      for (const [known, address] of Object.entries(addresses)) text = text.replaceAll(known, address);
      return [setting, text];
    },
  );
  const image = { NODE_ENV: 'production', PATH: process.env.PATH, DATA_DIR: dataDir };
  const env = { ...image, ...Object.fromEntries(replaced), HOST: '127.0.0.1', PORT: String(port) };
  const child = spawn(process.execPath, command.slice(1), { cwd: DIST, env });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => (output += String(part)));
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  return {
    output: () => output,
    ended,
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

/** Starts a service, and waits until it is healthy by the route that its image asks. @throws Error with its output. */
export async function startService(options: ServiceOptions): Promise<RunningService> {
  const service = spawnService(options);
  let hasEnded = false;
  void service.ended.then(() => (hasEnded = true));
  const address = `http://127.0.0.1:${options.port}/health/ready`;
  for (const end = performance.now() + START_WITHIN_MS; ;) {
    const answer = await fetch(address).catch(() => undefined);
    if (answer?.ok) return service;
    if (hasEnded || performance.now() > end)
      throw new Error(`${options.name} did not start:\n${service.output()}`);
    await sleep(100);
  }
}
