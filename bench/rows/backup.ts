/** Backup and restore of the whole database beside plain COPY, in megabytes of rows a second. */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Client } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { pino } from 'pino';
import { openBackup } from '#kernel/backup/read-backup';
import { restoreBackup } from '#kernel/backup/restore-backup';
import type { Manifest } from '#kernel/backup/manifest';
import { writeBackup } from '#kernel/backup/write-backup';
import { openDatabase } from '#kernel/db/open-database';
import type { Bench, Row, RowResult } from '../row';

const BYTES_A_MB = 1_000_000;
const RESTORED = 'bench_restored';

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1_000;
}

async function withClient<Result>(url: string, work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client(url);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** COPY of each table to nowhere. */
function copyOut(url: string, { tables }: Manifest): Promise<void> {
  return withClient(url, async (client) => {
    for (const { name } of tables) {
      const nowhere = new Writable({ write: (_data, _encoding, done) => done() });
      await pipeline(client.query(copyTo(`copy (select * from ${name}) to stdout`)), nowhere);
    }
  });
}

/** COPY of each table into a table without indexes, keys and triggers, in one transaction. */
function copyIn(from: string, into: string, { tables }: Manifest): Promise<void> {
  return withClient(from, (source) =>
    withClient(into, async (target) => {
      await target.query('create schema bare; begin');
      for (const { name } of tables) {
        await target.query(`create table bare.${name} (like ${name})`);
        await pipeline(
          source.query(copyTo(`copy (select * from ${name}) to stdout`)),
          new PassThrough(),
          target.query(copyFrom(`copy bare.${name} from stdin`)),
        );
      }
      await target.query('commit');
    }),
  );
}

function restoredUrl(url: string): string {
  const restored = new URL(url);
  restored.pathname = `/${RESTORED}`;
  return restored.href;
}

async function recreate(url: string): Promise<void> {
  await withClient(url, async (client) => {
    await client.query(`drop database if exists ${RESTORED} with (force)`);
    await client.query(`create database ${RESTORED}`);
  });
}

function resultOf(
  name: string,
  title: string,
  { megabytes, ours, bare }: { megabytes: number; ours: number; bare: number },
): RowResult {
  return {
    name,
    title,
    clients: 1,
    unit: 'MB',
    ours: { perSecond: megabytes / ours },
    bare: { perSecond: megabytes / bare },
    ratio: bare / ours,
    targets: [],
  };
}

async function measure({ databaseUrl, dataDir }: Bench): Promise<RowResult[]> {
  const file = path.join(dataDir, 'bench-backup.zip');
  const url = restoredUrl(databaseUrl);
  const database = await openDatabase({ url: databaseUrl, poolSize: 2, log: pino({ level: 'warn' }) });
  const write = () =>
    database.snapshot((client) => writeBackup(client, { version: 'bench', file, key: undefined }));
  try {
    // The first one also warms the server's memory, so that neither side reads from the disk.
    const { manifest, size } = await write();
    const megabytes = manifest.tables.reduce((sum, { bytes }) => sum + bytes, 0) / BYTES_A_MB;
    const backup = { megabytes, ours: await secondsOf(write), bare: 0 };
    backup.bare = await secondsOf(() => copyOut(databaseUrl, manifest));
    await recreate(databaseUrl);
    const opened = await openBackup(file, undefined);
    const afterData = () => Promise.resolve();
    const restore = {
      megabytes,
      ours: await secondsOf(() => restoreBackup({ url, backup: opened, afterData })),
      bare: 0,
    };
    await opened.close();
    restore.bare = await secondsOf(() => copyIn(databaseUrl, url, manifest));
    const title = `of ${megabytes.toFixed(0)} MB of rows`;
    return [
      {
        ...resultOf('backup', `backup ${title}, beside COPY to nowhere`, backup),
        more: { 'file, MB': size / BYTES_A_MB },
      },
      resultOf('restore', `restore ${title}, beside COPY into tables without indexes`, restore),
    ];
  } finally {
    await database.close();
    await withClient(databaseUrl, (client) =>
      client.query(`drop database if exists ${RESTORED} with (force)`),
    );
    await rm(file, { force: true });
  }
}

export const backupAndRestore: Row = { name: 'backup', measure };
