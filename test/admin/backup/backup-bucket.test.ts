/** Backups in a bucket: stored, listed, verified, downloaded by a signed link, deleted, and restored by the command. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import S3rver from 's3rver';
import { SettableClock } from '#kernel/clock';
import { verifyBackupFile } from '#kernel/backup/read-backup';
import { sql } from '#kernel/db/database';
import { backupBucket, withBackupFile } from '#subgraphs/admin/index';
import { signedInOwner } from '#test/harness/actors';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';

interface Backup {
  readonly id: string;
  readonly status: string;
  readonly location: string;
  readonly file_name: string;
  readonly size_bytes: number;
  readonly sha256: string;
}

const START = new Date();
const clock = new SettableClock(START);
const folder = mkdtempSync(path.join(os.tmpdir(), 'pospro-bucket-'));
let server: S3rver;
let platform: TestPlatform;
let token: string;
beforeAll(async () => {
  const buckets = [{ name: 'safe', configs: [] }];
  server = new S3rver({
    port: 0,
    address: '127.0.0.1',
    silent: true,
    directory: folder,
    configureBuckets: buckets,
  });
  const { port } = await server.run();
  const endpoint = encodeURIComponent(`http://127.0.0.1:${port}`);
  platform = await startTestPlatform({
    clock,
    env: { BACKUP_URL: `s3://S3RVER:S3RVER@safe/nightly?endpoint=${endpoint}` },
  });
  ({ token } = await signedInOwner(platform.services));
}, 300_000);
afterAll(async () => {
  await platform.stop();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(() => clock.set(START));

const ask = (method: string, at: string, body?: object) =>
  platform.rest(method, `/api/v1/admin${at}`, { token, ...(body && { body }) });

/** Makes a backup, and waits for its end. The one before may hold its lock for a moment after it has ended. */
async function makeBackup(): Promise<Backup> {
  let answer = await ask('POST', '/backup/database');
  for (; answer.status === 409; answer = await ask('POST', '/backup/database')) await sleep(100);
  while ((answer.body as Backup).status === 'running') {
    await sleep(100);
    answer = await ask('GET', `/backups/${(answer.body as Backup).id}`);
  }
  expect(answer.body).toMatchObject({ status: 'completed', error: null });
  return answer.body;
}

/** The link without the address of the platform. */
async function linkTo(id: string, body?: object): Promise<string> {
  const { url } = (await ask('POST', `/backups/${id}/download`, body)).body as { url: string };
  return url.slice(url.indexOf('/api/'));
}
const download = (link: string) => fetch(`${platform.url}${link}`);
const outcomeOf = async (link: string) => {
  const answer = await download(link);
  return [answer.status, ((await answer.json()) as { code: string }).code];
};
const namesInBucket = async () => {
  const names: string[] = [];
  const bucket = await backupBucket(platform.services.config);
  for await (const { key } of bucket!.list('')) names.push(key);
  return names;
};

it('is moved to the bucket, listed, verified there, and deleted', async () => {
  const backup = await makeBackup();
  expect(backup).toMatchObject({ status: 'completed', location: 's3', sha256: expect.any(String) as string });
  expect(await namesInBucket()).toEqual([backup.file_name]);
  const { dataDir } = platform.services.config;
  expect(readdirSync(path.join(dataDir, 'backups'))).toEqual([]);
  expect((await ask('GET', '/backups')).body).toMatchObject({ items: [{ id: backup.id, location: 's3' }] });
  expect((await ask('POST', `/backups/${backup.id}/verify`)).body).toMatchObject({
    valid: true,
    error: null,
  });
  await (await backupBucket(platform.services.config))!.remove([backup.file_name]);
  expect((await ask('POST', `/backups/${backup.id}/verify`)).body).toMatchObject({
    valid: false,
    error: 'The file is not in the bucket of BACKUP_URL.',
  });
  expect((await ask('DELETE', `/backups/${backup.id}`)).body).toMatchObject({ deleted: true });
  const { id, file_name } = await makeBackup();
  expect(await namesInBucket()).toEqual([file_name]);
  await ask('DELETE', `/backups/${id}`);
  expect(await namesInBucket()).toEqual([]);
}, 120_000);

it('X7: is downloaded whole by a signed link alone, until the link expires', async () => {
  const backup = await makeBackup();
  const link = await linkTo(backup.id, { minutes: 5 });
  for (let time = 0; time < 2; time += 1) {
    const answer = await download(link);
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect([answer.status, bytes.length, createHash('sha256').update(bytes).digest('hex')]).toEqual([
      ...[200, backup.size_bytes, backup.sha256],
    ]);
    expect(['cache-control', 'content-disposition'].map((name) => answer.headers.get(name))).toEqual([
      'no-store',
      `attachment; filename="${backup.file_name}"`,
    ]);
  }
  const other = await makeBackup();
  for (const wrong of [
    link.replace(/expires=\d+/, (text) => `${text}0`),
    link.replace(backup.id, other.id),
    link.replace(/signature=.*/, 'signature=AAAA'),
    link.replace(/\?.*/, ''),
  ])
    expect(await outcomeOf(wrong)).toEqual([403, 'FORBIDDEN']);
  clock.set(new Date(START.getTime() + 299_000));
  expect((await download(link)).status).toBe(200);
  clock.set(new Date(START.getTime() + 301_000));
  expect(await outcomeOf(link)).toEqual([403, 'FORBIDDEN']);
  clock.set(START);
  await ask('DELETE', `/backups/${backup.id}`);
  expect(await outcomeOf(link)).toEqual([404, 'NOT_FOUND']);
  const entries = await platform.services.database.system.many<{ operation: string }>(
    sql`select operation from audit_entries where operation = 'createBackupDownload'`,
  );
  expect(entries).toHaveLength(1);
}, 120_000);

it('rejects minutes out of range, a backup that is not completed, and other organizations', async () => {
  const { id } = await makeBackup();
  for (const minutes of [0, 61])
    expect((await ask('POST', `/backups/${id}/download`, { minutes })).body).toMatchObject({ status: 422 });
  await platform.services.database.system.run(sql`update backups set status = 'failed' where id = ${id}`);
  expect((await ask('POST', `/backups/${id}/download`)).body).toMatchObject({
    status: 409,
    code: 'ILLEGAL_STATE',
  });
  // The first organization operates the platform, and the clock of this file stands still.
  clock.set(new Date(START.getTime() + 1000));
  const { token: stranger } = await signedInOwner(platform.services);
  const at = `/api/v1/admin/backups/${id}/download`;
  expect((await platform.rest('POST', at, { token: stranger })).status).toBe(404);
}, 120_000);

it('is read back from the bucket by the name of its file, for the command that restores it', async () => {
  const backup = await makeBackup();
  const { config } = platform.services;
  const stored = { fileName: backup.file_name, location: 's3' } as const;
  const manifest = await withBackupFile(config, stored, (file) => verifyBackupFile(file, undefined));
  expect(manifest.tables.length).toBeGreaterThan(100);
  await expect(
    withBackupFile(config, { ...stored, fileName: 'pospro-none.zip' }, () => Promise.resolve()),
  ).rejects.toThrow('not in the bucket');
}, 120_000);
