/** A database for a benchmark: the server of TEST_DATABASE_URL, or an embedded PostgreSQL of its own with the settings of `npm start`. */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { startEmbedded } from '#kernel/db/embedded/index';
import { applyMigrations } from '#kernel/db/migrate';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { announceTemplate, asOwner, withDatabase } from '#test/harness/server';

/**
 * Gives a fresh, migrated database to the work, and takes it away again when the work has ended.
 * @param poolSize how many connections it may use; as many as a test where left out.
 */
export async function withBenchDatabase(
  work: (db: TestDatabase) => Promise<void>,
  poolSize?: number,
): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'pospro-bench-'));
  // The embedded server runs under a user of its own, who must be able to get there.
  chmodSync(folder, 0o755);
  const given = process.env.TEST_DATABASE_URL;
  const server = given ? undefined : await startEmbedded({ dataDir: folder, log: pino({ level: 'warn' }) });
  const serverUrl = given ?? server!.url;
  const template = `pospro_bench_${randomBytes(4).toString('hex')}`;
  try {
    await asOwner(serverUrl, `create database ${template}`);
    await applyMigrations(withDatabase(serverUrl, template));
    announceTemplate({ serverUrl, name: template });
    const db = await testDatabase(poolSize === undefined ? {} : { poolSize });
    try {
      await work(db);
    } finally {
      await db.close();
    }
  } finally {
    await asOwner(serverUrl, `drop database if exists ${template} with (force)`);
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a benchmark; a failure ends the process with 1. */
export function runBench(work: (db: TestDatabase) => Promise<void>, poolSize?: number): void {
  withBenchDatabase(work, poolSize).catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
}
