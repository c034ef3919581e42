/** Runs once before all tests: starts a server in a temporary folder and prepares the template that test databases come from. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { startEmbedded } from '#kernel/db/embedded/index';
import { applyMigrations } from '#kernel/db/migrate';
import { madeTemplates } from './demo-template';
import { announceTemplate, asOwner, withDatabase } from './server';

/** What global-teardown.ts undoes. */
declare global {
  var stopTestServer: (() => Promise<void>) | undefined;
}

const TEMPLATE = `pospro_template_${process.pid}`;

export default async function setUp(): Promise<void> {
  const serverUrl = process.env.TEST_DATABASE_URL ?? (await startTemporaryServer());
  await asOwner(serverUrl, `create database ${TEMPLATE}`);
  await applyMigrations(withDatabase(serverUrl, TEMPLATE));
  announceTemplate({ serverUrl, name: TEMPLATE });
  const stopServer = globalThis.stopTestServer;
  globalThis.stopTestServer = async () => {
    for (const { name, dataDir } of await madeTemplates({ serverUrl, name: TEMPLATE })) {
      await asOwner(serverUrl, `drop database if exists ${name} with (force)`);
      if (dataDir) rmSync(dataDir, { recursive: true, force: true });
    }
    await stopServer?.();
  };
}

async function startTemporaryServer(): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'pospro-test-'));
  // As root the server runs as another user, who must be able to enter.
  chmodSync(folder, 0o755);
  const server = await startEmbedded({ dataDir: folder, log: pino({ level: 'warn' }), fast: true });
  globalThis.stopTestServer = async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return server.url;
}
