/** Scheduled backups: when one is due, how many stay, and a server that stops. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '#kernel/clock';
import { sql } from '#kernel/db/database';
import type { Services } from '#kernel/context';
import { scheduleBackup, startScheduledBackups } from '#subgraphs/admin/backup/scheduled-backups.worker';
import { startBackup, stopBackups } from '#subgraphs/admin/backup/backups';
import { BACKUP_LOCK } from '#subgraphs/admin/backup/backups.queries';
import { createOwner, type TestOwner } from '../../harness/actors';
import { startTestPlatform, type TestPlatform } from '../../harness/platform';

const HOUR_MS = 3_600_000;
let now = Date.parse('2026-03-01T03:00:00Z');
const clock: Clock = { now: () => new Date(now) };

let platform: TestPlatform;
let operator: TestOwner;
beforeAll(async () => {
  const env = { BACKUP_KEEP: '2', BACKUP_KEY: 'ab'.repeat(32) };
  platform = await startTestPlatform({ clock, env });
  operator = await createOwner(platform);
});
afterAll(() => platform.stop());

/** The platform's own schedule is off, because it would look on its own between two steps of a test. */
function daily(): Services {
  const { services } = platform;
  return {
    ...services,
    config: { ...services.config, backup: { ...services.config.backup, everyHours: 24 } },
  };
}

interface Row {
  readonly id: string;
  readonly status: string;
  readonly origin: string;
  readonly fileName: string;
  readonly error: string | null;
}

const rows = () =>
  platform.services.database.system.many<Row>(
    sql`select id, status, origin, file_name, error from backups order by created_at, id`,
  );

/** Lets the schedule look once, and waits until no backup runs. */
async function look(): Promise<string[]> {
  await scheduleBackup(daily());
  return settled();
}

/** Waits until no backup runs, and until the last one lets the next begin. */
async function settled(): Promise<string[]> {
  for (;;) {
    const list = await rows();
    if (list.every(({ status }) => status !== 'running')) {
      await platform.services.database.system.run(sql`select pg_advisory_xact_lock(${BACKUP_LOCK})`);
      return list.map(({ status, origin }) => `${origin} ${status}`);
    }
    await sleep(30);
  }
}

const files = () =>
  readdirSync(path.join(platform.services.config.dataDir, 'backups')).filter(
    (name) => !name.endsWith('.part'),
  );

it('makes one a day, keeps the last two of its own, and leaves those of people', async () => {
  expect(await look()).toEqual(['scheduled completed']);
  now += 23 * HOUR_MS;
  expect(await look()).toEqual(['scheduled completed']);
  now += 2 * HOUR_MS;
  expect(await look()).toEqual(['scheduled completed', 'scheduled completed']);
  await startBackup(operator.ctx, { origin: 'manual', label: 'Mine' });
  await settled();
  now += 25 * HOUR_MS;
  expect(await look()).toEqual([
    'scheduled completed',
    'scheduled completed',
    'manual completed',
    'scheduled completed',
  ]);
  now += HOUR_MS;
  expect(await look()).toEqual(['scheduled completed', 'manual completed', 'scheduled completed']);
  expect(files().sort()).toEqual((await rows()).map(({ fileName }) => fileName).sort());
  expect(files().every((name) => name.endsWith('.zip.enc'))).toBe(true);
});

it('two processes that look at the same moment make one', async () => {
  now += 30 * HOUR_MS;
  const before = (await rows()).length;
  await Promise.all([scheduleBackup(daily()), scheduleBackup(daily())]);
  await settled();
  expect((await rows()).length).toBe(before + 1);
});

it('tries a failed one again after an hour', async () => {
  now += 30 * HOUR_MS;
  await platform.services.database.system.run(sql`
    insert into backups (id, organization_id, status, origin, file_name, encrypted, platform_version, created_at)
    values (${platform.services.ids.next()}, ${operator.organizationId}, 'running', 'scheduled', 'gone.zip', true, '1', ${clock.now()})`);
  const before = (await look()).length;
  expect((await rows()).at(-1)).toMatchObject({
    status: 'failed',
    error: 'The process ended during the backup.',
  });
  now += 0.5 * HOUR_MS;
  expect(await look()).toHaveLength(before);
  now += 0.6 * HOUR_MS;
  expect((await look()).at(-1)).toBe('scheduled completed');
});

it('a server that stops ends its backup, which has failed and leaves no file', async () => {
  const before = files();
  const id = await startBackup(operator.ctx, { origin: 'manual' });
  await stopBackups();
  const row = (await rows()).find((one) => one.id === id)!;
  expect(row).toMatchObject({ status: 'failed', error: 'The server was stopped during the backup.' });
  expect(files()).toEqual(before);
});

it('without BACKUP_EVERY_HOURS nothing runs', async () => {
  now += 100 * HOUR_MS;
  const before = (await rows()).length;
  const stop = startScheduledBackups(platform.services, 10);
  await sleep(100);
  await stop();
  expect(await rows()).toHaveLength(before);
});
