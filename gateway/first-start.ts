/** What the first start leaves in the data folder so that later ones go on from there: the secret of tokens, and a half-made demo shop. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Client, escapeIdentifier } from 'pg';
import type { Services } from '#kernel/context';

type Environment = Record<string, string | undefined>;

/**
 * Outside of production a secret that is not configured is made once and kept, so that a restart signs nobody out. Production asks
 * for a configured one.
 */
export function withKeptSecret(env: Environment): Environment {
  if (env.JWT_SECRET || env.NODE_ENV === 'production') return env;
  const folder = path.resolve(env.DATA_DIR ?? '.pospro');
  const file = path.join(folder, 'jwt-secret');
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, randomBytes(32).toString('base64url'), { mode: 0o600 });
  }
  return { ...env, JWT_SECRET: readFileSync(file, 'utf8').trim() };
}

const markerOf = (dataDir: string) => path.join(dataDir, 'demo-shop-unfinished');

/** Whether an earlier start was ended while it made the demo shop. */
export function isDemoUnfinished(dataDir: string): boolean {
  return existsSync(markerOf(dataDir));
}

/** Makes the demo shop under a marker that only a finished one removes. */
export async function makeDemo(
  services: Services,
  make: (services: Services) => Promise<unknown>,
): Promise<void> {
  const marker = markerOf(services.config.dataDir);
  mkdirSync(path.dirname(marker), { recursive: true });
  writeFileSync(
    marker,
    'The demo shop is being made. Where this file is found at a start, it is made anew.\n',
  );
  await make(services);
  rmSync(marker);
}

/** Throws a database away and makes it anew, empty: nothing but a half-made demo shop is in it. */
export async function recreateDatabase(url: string): Promise<void> {
  const server = new URL(url);
  const name = escapeIdentifier(decodeURIComponent(server.pathname.slice(1)));
  server.pathname = '/postgres';
  const client = new Client({ connectionString: server.toString() });
  await client.connect();
  try {
    await client.query(`drop database if exists ${name} with (force)`);
    await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
}
