/** Backups over REST: each status that OpenAPI documents, and what callers of other organizations get. */
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { sql } from '#kernel/db/database';
import { signedInOwner } from '../../harness/actors';
import {
  commonStatuses,
  fieldsOf,
  operationsAt,
  outcomeOf,
  startStatusTrial,
  type StatusTrial,
  type ValidRequest,
} from '../../harness/documented-statuses';
import { startTestPlatform } from '../../harness/platform';

const OPERATIONS = operationsAt(/^\/admin\/backup/);
const START = 'POST /admin/backup/database';

interface Backup {
  readonly id: string;
  readonly status: string;
  readonly [field: string]: unknown;
}

let trial: StatusTrial;
let backup: Backup;
beforeAll(async () => {
  trial = await startStatusTrial(OPERATIONS);
  const { body } = await trial.send(START, ['/admin/backup/database', { label: 'First' }]);
  backup = await ended((body as Backup).id);
}, 120_000);
afterAll(() => trial.stop());
afterEach(() => jest.restoreAllMocks());

/** Waits for the end of a backup. */
async function ended(id: string): Promise<Backup> {
  for (let look = 0; look < 600; look += 1) {
    const { body } = await trial.send('GET /admin/backups/{id}', [`/admin/backups/${id}`]);
    if ((body as Backup).status !== 'running') return body;
    await sleep(50);
  }
  throw new Error('the backup does not end');
}

const requests = (): Record<string, ValidRequest> => ({
  [START]: ['/admin/backup/database', { label: 'Another' }],
  'GET /admin/backups': ['/admin/backups'],
  'GET /admin/backups/{id}': [`/admin/backups/${backup.id}`],
  'POST /admin/backups/{id}/verify': [`/admin/backups/${backup.id}/verify`],
  'POST /admin/backups/{id}/download': [`/admin/backups/${backup.id}/download`, { minutes: 5 }],
  'DELETE /admin/backups/{id}': [`/admin/backups/${backup.id}`],
});

const folder = () => path.join(trial.platform.services.config.dataDir, 'backups');

/** Runs work while a backup is running: another process holds its lock. */
async function whileRunning<Result>(work: (id: string) => Promise<Result>): Promise<Result> {
  const { services } = trial.platform;
  const id = services.ids.next();
  const client = new Client(services.config.databaseUrl);
  await client.connect();
  try {
    await client.query(`begin`);
    await client.query(`select pg_advisory_xact_lock(hashtext('pospro_backup'))`);
    await services.database.system.run(sql`
      insert into backups (id, organization_id, status, origin, file_name, encrypted, platform_version, created_at)
      values (${id}, ${trial.owner.organizationId}, 'running', 'manual', 'other.zip', false, '1', now())`);
    return await work(id);
  } finally {
    await client.end();
  }
}

it.each(OPERATIONS)('%s answers each status that does not depend on the operation', async (operation) => {
  expect(await trial.vary(operation, requests()[operation]!)).toEqual(commonStatuses(operation));
});

it('X7: answers 202 at once, and shows size, SHA-256, snapshot and tables once the backup is completed', () => {
  const { tables, ...shown } = backup as unknown as Backup & { tables: { name: string; rows: number }[] };
  const file = path.join(folder(), shown.file_name as string);
  expect(shown).toMatchObject({
    ...{ status: 'completed', origin: 'manual', label: 'First', encrypted: false, error: null },
    size_bytes: statSync(file).size,
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    snapshot: expect.stringMatching(/^\d+:\d+:/) as string,
    tables_done: tables.length,
    tables_total: tables.length,
  });
  expect(tables).toContainEqual({ name: 'organizations', rows: 1 });
  expect(tables.length).toBeGreaterThan(100);
  // Only the platform's own user reads the file.
  expect(statSync(file).mode & 0o077).toBe(0);
});

it('lists, verifies and deletes, and answers 304 if a backup is unchanged', async () => {
  const list = await trial.send('GET /admin/backups', ['/admin/backups?status=completed']);
  expect((list.body as { items: Backup[] }).items.map(({ id }) => id)).toContain(backup.id);
  const check = await trial.send(
    'POST /admin/backups/{id}/verify',
    requests()['POST /admin/backups/{id}/verify']!,
  );
  expect([check.status, check.body]).toEqual([
    200,
    { valid: true, error: null, tables: (backup.tables as []).length, rows: expect.any(Number) as number },
  ]);
  const get: [string, ValidRequest] = ['GET /admin/backups/{id}', [`/admin/backups/${backup.id}`]];
  const { headers, body } = await trial.send(...get);
  expect((body as Backup).verified_at).toEqual(expect.any(String));
  const unchanged = await trial.send(...get, { headers: { 'if-none-match': headers.get('etag')! } });
  expect(unchanged.status).toBe(304);
  const download = 'POST /admin/backups/{id}/download';
  expect((await trial.send(download, requests()[download]!)).status).toBe(201);
  const second = (await trial.send(START, requests()[START]!)).body as Backup;
  const { file_name: name } = await ended(second.id);
  const deleted = await trial.send('DELETE /admin/backups/{id}', [`/admin/backups/${second.id}`]);
  expect([deleted.status, deleted.body]).toEqual([200, { id: second.id, deleted: true }]);
  expect(existsSync(path.join(folder(), name as string))).toBe(false);
});

it('a retry under the same key starts no second backup', async () => {
  const headers = { 'idempotency-key': 'one backup' };
  const first = (await trial.send(START, requests()[START]!, { headers })).body as Backup;
  await ended(first.id);
  const again = await trial.send(START, requests()[START]!, { headers });
  expect([again.status, (again.body as Backup).id, again.headers.get('idempotency-replayed')]).toEqual([
    ...[202, first.id, 'true'],
  ]);
  expect(
    outcomeOf(await trial.send(START, ['/admin/backup/database', { label: 'Other' }], { headers })),
  ).toEqual([...[422, 'IDEMPOTENCY_KEY_REUSED']]);
});

it('answers 409 while a backup runs, and shows one whose process died as failed, never as completed', async () => {
  const id = await whileRunning(async (running) => {
    expect(await trial.outcome(START, requests()[START]!)).toEqual([409, 'CONFLICT']);
    for (const operation of [
      'POST /admin/backups/{id}/verify',
      'POST /admin/backups/{id}/download',
      'DELETE /admin/backups/{id}',
    ]) {
      const at = operation.replace(/^\w+ /, '').replace('{id}', running);
      expect(await trial.outcome(operation, [at])).toEqual([409, 'ILLEGAL_STATE']);
    }
    expect((await trial.send('GET /admin/backups/{id}', [`/admin/backups/${running}`])).body).toMatchObject({
      status: 'running',
    });
    return running;
  });
  // The other process is gone, and its lock with it.
  const { body } = await trial.send('GET /admin/backups/{id}', [`/admin/backups/${id}`]);
  expect(body).toMatchObject({
    status: 'failed',
    error: 'The process ended during the backup.',
    sha256: null,
  });
});

it('a file that was altered or is missing is not valid', async () => {
  const { id } = (await trial.send(START, requests()[START]!)).body as Backup;
  const file = path.join(folder(), (await ended(id)).file_name as string);
  const verify = async () =>
    (await trial.send('POST /admin/backups/{id}/verify', [`/admin/backups/${id}/verify`])).body as {
      valid: boolean;
      error: string;
    };
  writeFileSync(file, 'x', { flag: 'a' });
  expect(await verify()).toMatchObject({ valid: false, error: expect.stringContaining('SHA-256') as string });
  const { body } = await trial.send('GET /admin/backups/{id}', [`/admin/backups/${id}`]);
  expect((body as Backup).verified_at).toBeNull();
});

it('X1: a table of which the backup would not see every row fails it, and leaves no file', async () => {
  const { services } = trial.platform;
  const owner = new Client(services.config.databaseUrl);
  await owner.connect();
  try {
    await owner.query('drop policy system on brands');
    const { id } = (await trial.send(START, requests()[START]!)).body as Backup;
    expect(await ended(id)).toMatchObject({
      status: 'failed',
      error: 'Row-level security hides rows of brands from the backup.',
    });
  } finally {
    await owner.query('create policy system on brands to pospro_system using (true) with check (true)');
    await owner.end();
  }
  expect(readdirSync(folder()).filter((name) => name.endsWith('.part'))).toEqual([]);
});

it('X4: the administrator of another organization gets 403, and 404 for a backup by its id', async () => {
  const { token } = await signedInOwner(trial.platform.services);
  for (const operation of OPERATIONS)
    expect([operation, ...(await trial.outcome(operation, requests()[operation]!, { token }))]).toEqual([
      ...(operation.includes('{id}') ? [operation, 404, 'NOT_FOUND'] : [operation, 403, 'FORBIDDEN']),
    ]);
});

it('answers 422 for a label that is too long', async () => {
  const answer = await trial.send(START, ['/admin/backup/database', { label: 'x'.repeat(101) }]);
  expect([...outcomeOf(answer), ...fieldsOf(answer)]).toEqual([422, 'VALIDATION_FAILED', 'label TOO_LONG']);
});

it('X8: too little free space answers 503 before anything is written', async () => {
  const full = await startTestPlatform({ env: { BACKUP_MIN_FREE_PERCENT: '100' } });
  try {
    const { token } = await signedInOwner(full.services);
    const answer = await full.rest('POST', '/api/v1/admin/backup/database', { token });
    expect([...outcomeOf(answer), answer.headers.get('retry-after')]).toEqual([503, 'UNAVAILABLE', '600']);
    expect(existsSync(path.join(full.services.config.dataDir, 'backups'))).toBe(false);
    expect((await full.rest('GET', '/api/v1/admin/backups', { token })).body).toMatchObject({ total: 0 });
  } finally {
    await full.stop();
  }
});

it('has answered every status of the document', () => {
  // The document names 404 for all routes.
  expect(trial.missing()).toEqual({ [START]: ['404'], 'GET /admin/backups': ['404'] });
});
