/** How far behind the work is that follows a commit, told by health, status and metrics; with a relay and a sealer that really stall. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { MAX_COUNTED } from '#kernel/worker-lag';
import { sql } from '#kernel/db/database';
import { waitingAfter } from '#kernel/events/outbox';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';

let platform: TestPlatform;
let owner: Client;

beforeAll(async () => {
  platform = await startTestPlatform({ env: { LAG_LIMIT_SECONDS: '0.2' } });
  owner = new Client(platform.services.config.databaseUrl);
  await owner.connect();
});
afterAll(async () => {
  await owner.end();
  await platform.stop();
});

interface BacklogCheck {
  status: string;
  waiting: number | null;
  oldest_seconds: number | null;
  last_error: { at: string; code: string } | null;
}

interface Health {
  code: number;
  status: string;
  checks: Record<'outbox_relay' | 'audit_sealer', BacklogCheck>;
}

async function health(): Promise<Health> {
  const { status: code, body } = await platform.rest('GET', '/health');
  return { ...(body as Health), code };
}

async function until(holds: (seen: Health) => boolean): Promise<Health> {
  for (let look = 0; look < 300; look += 1) {
    const seen = await health();
    if (holds(seen)) return seen;
    await sleep(50);
  }
  throw new Error(`health never came to it: ${JSON.stringify(await health())}`);
}

/** Writes two events, of the new user and of the branch, and an audit entry. */
async function write(): Promise<void> {
  const body = {
    email: `${randomUUID()}@shop.test`,
    password: 'a long enough secret',
    name: 'Olga',
    organization_name: 'Shop',
  };
  expect((await platform.rest('POST', '/api/v1/auth/register', { body })).status).toBe(201);
}

async function metric(name: string, worker: string): Promise<number> {
  const { text } = await platform.rest('GET', '/metrics');
  const value = new RegExp(`^${name}\\{worker="${worker}"\\} (\\S+)$`, 'm').exec(text)?.[1];
  return Number(value ?? Number.NaN);
}

const STATUS =
  '{ status { status backlogs { name condition waiting oldestSeconds failures lastError { code } } } }';

it('tells of nothing where nothing waits', async () => {
  const seen = await until(({ status }) => status === 'ok');
  const idle = { status: 'ok', waiting: 0, oldest_seconds: null, last_error: null };
  expect(seen).toMatchObject({ code: 200, checks: { outbox_relay: idle, audit_sealer: idle } });
  const { data } = await platform.graphql(STATUS);
  const none = { condition: 'ok', waiting: 0, oldestSeconds: null, failures: 0, lastError: null };
  expect(data).toEqual({
    status: {
      status: 'ok',
      backlogs: [
        { name: 'outbox_relay', ...none },
        { name: 'audit_sealer', ...none },
        { name: 'order_totals', ...none },
      ],
    },
  });
  expect(await metric('pospro_backlog_oldest_seconds', 'outbox_relay')).toBe(0);
});

it('is degraded and stays ready while a transaction holds back the relay and the sealer', async () => {
  await owner.query('begin');
  await owner.query('select pg_current_xact_id()');
  await write();
  const stalled = ({ checks }: Health) =>
    checks.outbox_relay.status === 'degraded' && checks.audit_sealer.status === 'degraded';
  const seen = await until(stalled);
  expect([seen.code, seen.status]).toEqual([200, 'degraded']);
  expect(seen.checks.outbox_relay).toMatchObject({ waiting: 2, last_error: null });
  expect(seen.checks.audit_sealer.waiting).toBeGreaterThanOrEqual(1);
  expect(seen.checks.outbox_relay.oldest_seconds).toBeGreaterThan(0.2);
  const ready = await platform.rest('GET', '/health/ready');
  expect([ready.status, ready.body]).toEqual([200, { status: 'degraded' }]);
  const status = await platform.rest('GET', '/api/v1/status');
  expect(status.body).toMatchObject({
    status: 'degraded',
    backlogs: [
      {
        name: 'outbox_relay',
        condition: 'degraded',
        waiting: 2,
        oldest_seconds: expect.stringMatching(/^\d+(\.\d)?$/) as string,
      },
      { name: 'audit_sealer', condition: 'degraded' },
      { name: 'order_totals', condition: 'ok' },
    ],
  });
  expect(await metric('pospro_backlog_entries', 'outbox_relay')).toBe(2);
  expect(await metric('pospro_backlog_oldest_seconds', 'audit_sealer')).toBeGreaterThan(0.2);
  await owner.query('rollback');
  const after = await until(({ status: now, checks }) => now === 'ok' && checks.outbox_relay.waiting === 0);
  expect(after.code).toBe(200);
});

it('tells when a sealer failed last and with which code, and nothing of why', async () => {
  await owner.query('alter function pospro_seal_audit(integer) rename to pospro_seal_away');
  await write();
  const seen = await until(
    ({ checks }) => checks.audit_sealer.status === 'degraded' && checks.audit_sealer.last_error !== null,
  );
  expect(seen.checks.audit_sealer.last_error).toEqual({ at: expect.any(String) as string, code: 'INTERNAL' });
  expect(seen.checks.outbox_relay).toMatchObject({ status: 'ok', last_error: null });
  expect(await metric('pospro_backlog_failures_total', 'audit_sealer')).toBeGreaterThanOrEqual(1);
  const { data } = await platform.graphql(STATUS);
  expect(JSON.stringify([data, seen])).not.toContain('pospro_seal');
  await owner.query('alter function pospro_seal_away(integer) rename to pospro_seal_audit');
  const after = await until(({ status }) => status === 'ok');
  expect(after.checks.audit_sealer.last_error).toMatchObject({ code: 'INTERNAL' });
});

it('tells when a relay failed last', async () => {
  await owner.query('alter function pospro_outbox_horizon() rename to pospro_outbox_away');
  await until(({ checks }) => checks.outbox_relay.last_error !== null);
  await owner.query('alter function pospro_outbox_away() rename to pospro_outbox_horizon');
  await until(({ status }) => status === 'ok');
  expect(await metric('pospro_backlog_failures_total', 'outbox_relay')).toBeGreaterThanOrEqual(1);
});

it('counts no further than it must', async () => {
  const { system } = platform.services.database;
  const organizationId = randomUUID();
  await owner.query('alter table outbox_events disable trigger user');
  await owner.query(
    `insert into outbox_events (id, organization_id, type, key, payload, at)
     select gen_random_uuid(), $1, 'test.happened', n::text, '{}', now() - interval '1 hour' from generate_series(1, $2::int) n`,
    [organizationId, MAX_COUNTED + 50],
  );
  const { waiting, oldestSeconds } = await waitingAfter(system, { xid: '0', sequence: 0 });
  expect(waiting).toBe(MAX_COUNTED);
  expect(oldestSeconds).toBeGreaterThanOrEqual(3600);
  const plan = await system.many<{ queryPlan: string }>(sql`
    explain select at from outbox_events where (xid, sequence) > ('0'::xid8, 0::bigint) order by xid, sequence limit 10`);
  expect(plan.map((line) => line['QUERY PLAN' as never] ?? line.queryPlan).join('\n')).toContain(
    'outbox_events_xid_sequence_idx',
  );
});
