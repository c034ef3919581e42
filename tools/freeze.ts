/**
 * `npm run db:freeze`: freezes the version of package.json, before its tag. Runs all tests and records their statements, makes a demo
 * shop, and writes both into prisma/releases. Test files may be named to record those alone. Exits with 2 for an error.
 */
import '#gateway/environment';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { startPlatform } from '#gateway/platform';
import { seedDemo } from '#demo/index';
import { readConfig } from '#kernel/config';
import type { Database } from '#kernel/db/database';
import { startEmbedded } from '#kernel/db/embedded/index';
import { subgraphs } from '#subgraphs/list';
import { version } from '../package.json';
import { freezeRelease, readRecorded } from './migrations/freeze-release';
import { RELEASES_FOLDER, type RecordedStatements } from './migrations/releases';
import { runTool, say } from './run-tool';

const ROOT = path.resolve(__dirname, '..');

function recordTests(folder: string, patterns: readonly string[]): RecordedStatements {
  mkdirSync(folder);
  const jest = path.join(ROOT, 'node_modules/jest/bin/jest.js');
  const { status } = spawnSync(process.execPath, [jest, ...patterns], {
    cwd: ROOT,
    env: { ...process.env, RECORD_STATEMENTS: folder },
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('A release is frozen when its tests are green.');
  return readRecorded(folder);
}

/** Runs work with the database of a new demo shop. */
async function withDemoShop(
  dataDir: string,
  work: (database: Database, url: string) => Promise<void>,
): Promise<void> {
  const log = pino({ level: 'warn' });
  const server = await startEmbedded({ dataDir, log, fast: true });
  const { url } = server;
  try {
    const env = { DATABASE_URL: url, DATA_DIR: dataDir, DEMO: 'true', JWT_SECRET: 'freeze'.repeat(8) };
    const platform = await startPlatform({ config: readConfig(env), subgraphs, seedDemo, log });
    try {
      await work(platform.services.database, url);
    } finally {
      await platform.stop();
    }
  } finally {
    await server.stop();
  }
}

async function main(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'pospro-freeze-'));
  try {
    const recorded = recordTests(path.join(folder, 'statements'), process.argv.slice(2));
    say('Making the demo shop.');
    await withDemoShop(path.join(folder, 'data'), async (database, url) => {
      const release = { version, folder: RELEASES_FOLDER, recorded, database, url };
      const { recorded: all, kept } = await freezeRelease(release);
      say(
        `${version} is frozen with ${kept} of ${all} recorded statements: commit prisma/releases/${version}.`,
      );
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

runTool(main);
