/** Real Redis servers of a test: Debian's own, on free ports, with their files in a temporary folder. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { findProgram } from '../docs/programs';
import { freePort } from './free-port';

const program = findProgram('redis-server');

/** `describe`, or `describe.skip` where there is no redis-server and CI is not set. */
export const describeWithRedis = program === undefined ? describe.skip : describe;

export interface RedisServer {
  /** For REDIS_URL. */
  readonly url: string;
  readonly port: number;
  /** Starts it again on the same port, empty. */
  start(): Promise<void>;
  /** Ends it as a crash does. */
  kill(): Promise<void>;
  /** Lets it hang: connections stay open, and nothing is answered. */
  pause(): void;
  resume(): void;
  /** Ends it, and removes its files. */
  stop(): Promise<void>;
}

/** Starts a server. @param settings of its command line, for example `['--maxmemory', '1mb']`. */
export async function startRedis(settings: readonly string[] = []): Promise<RedisServer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'pospro-redis-'));
  const port = await freePort();
  const own = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', ...settings];
  let server: ChildProcess | undefined;
  const kill = async (): Promise<void> => {
    if (!server) return;
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
    server = undefined;
  };
  const start = async (): Promise<void> => {
    server = spawn(program!, own, { stdio: 'ignore' });
    await asked(port, (client) => client.ping());
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    start,
    kill,
    pause: () => void server!.kill('SIGSTOP'),
    resume: () => void server!.kill('SIGCONT'),
    async stop() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export interface RedisCluster {
  readonly url: string;
  readonly masters: readonly RedisServer[];
  stop(): Promise<void>;
}

const SLOTS = 16_384;

/** Starts a cluster of three masters without replicas. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const masters: RedisServer[] = [];
  for (let number = 0; number < 3; number += 1) {
    // The bus of a cluster has a port of its own, by default above those that there are.
    const bus = String(await freePort());
    masters.push(
      await startRedis(['--cluster-enabled', 'yes', '--cluster-port', bus, '--cluster-node-timeout', '1000']),
    );
    const [first, last] = [number, number + 1].map((part) => Math.floor((part * SLOTS) / 3));
    await asked(masters[number]!.port, async (client) => {
      await client.cluster('ADDSLOTSRANGE', first!, last! - 1);
      if (number > 0)
        await client.call('CLUSTER', 'MEET', '127.0.0.1', masters[0]!.port, await busPortOf(masters[0]!));
    });
  }
  for (const { port } of masters) await asked(port, requireWholeCluster);
  return {
    url: `redis+cluster://${masters.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    masters,
    async stop() {
      for (const master of masters) await master.stop();
    },
  };
}

async function busPortOf({ port }: RedisServer): Promise<string> {
  const nodes = await asked(port, (client) => client.cluster('NODES') as Promise<string>);
  return /@(\d+)/.exec(nodes)![1]!;
}

async function requireWholeCluster(client: Redis): Promise<void> {
  const info = await client.cluster('INFO');
  if (!info.includes('cluster_state:ok') || !info.includes('cluster_known_nodes:3')) throw new Error(info);
}

/** Asks a server until it answers. @throws Error after ten seconds. */
async function asked<Answer>(port: number, ask: (client: Redis) => Promise<Answer>): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    const client = new Redis({ port, host: '127.0.0.1', lazyConnect: true, retryStrategy: () => null });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return await ask(client);
    } catch (error) {
      if (attempt === 200) throw error;
      await sleep(50);
    } finally {
      client.disconnect();
    }
  }
}
