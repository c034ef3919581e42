/**
 * Files of the first start in the data folder for later starts: the secret of tokens, and the marker of an
 * incomplete demo shop.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Client, escapeIdentifier } from 'pg';
import type { Services } from '#kernel/context';

type Environment = Record<string, string | undefined>;

/**
 * Outside production, a missing secret is created once and stored, so that a restart does not sign users out.
 * Production requires a configured one.
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

/** Whether an earlier start ended while it created the demo shop. */
export function isDemoUnfinished(dataDir: string): boolean {
  return existsSync(markerOf(dataDir));
}

/** Creates the demo shop under a marker that is removed on completion. */
export async function makeDemo(
  services: Services,
  make: (services: Services) => Promise<unknown>,
): Promise<void> {
  const marker = markerOf(services.config.dataDir);
  mkdirSync(path.dirname(marker), { recursive: true });
  writeFileSync(
    marker,
    'The demo shop is being created. If this file exists at a start, it is created again.\n',
  );
  await make(services);
  rmSync(marker);
}

/** Drops a database and creates it again, empty: it contains only an incomplete demo shop. */
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
