/** The chain of hashes: sealed in commit order without gaps, and broken by whatever is done to a row behind its back. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { startSealer } from '#kernel/audit/sealer.worker';
import { organizationsWithTrail, verifyTrail, type TrailCheck } from '#kernel/audit/verify';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { createOwner, type TestOwner } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { during, sealAll, tamper } from '#test/admin/audit-trail';

let db: TestDatabase;

beforeAll(async () => {
  db = await testDatabase({ poolSize: 24 });
});
afterAll(() => db.close());

const rename = (shop: TestOwner, name: string) =>
  transact(during(db, shop, 'updateBranch', { input: { name } }), (tx) =>
    tx.run(sql`update branches set name = ${name}`),
  );

const check = (shop: TestOwner): Promise<TrailCheck> => verifyTrail(shop.ctx.db, shop.organizationId);

/** Runs the command as an operator does. */
async function run(url: string): Promise<{ stdout: string; code: number }> {
  const file = path.join(__dirname, '../../../tools/cli/pospro.mjs');
  const env = { ...process.env, NODE_ENV: 'test', DATABASE_URL: url };
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [file, 'audit', 'verify'], { env });
    return { stdout, code: 0 };
  } catch (error) {
    const { stdout, code } = error as { stdout: string; code: number };
    return { stdout, code };
  }
}

/** A shop with five renamings after whatever its making left, sealed. */
async function shopWithTrail(): Promise<{ shop: TestOwner; ids: string[]; first: number }> {
  const shop = await createOwner(db);
  for (const name of ['One', 'Two', 'Three', 'Four', 'Five']) await rename(shop, name);
  await sealAll(db);
  const rows = await shop.ctx.db.many<{ id: string; sequence: number }>(sql`
    select e.id, s.sequence from audit_entries e join audit_seals s on s.organization_id = e.organization_id and s.entry_id = e.id
    where e.operation = 'updateBranch' order by s.sequence`);
  return { shop, ids: rows.map(({ id }) => id), first: rows[0]!.sequence };
}

describe('sealing', () => {
  it('numbers what 20 transactions at once write in the order in which they can be read, without gaps', async () => {
    const [shop, other] = [await createOwner(db), await createOwner(db)];
    const sealer = startSealer(db.services);
    await Promise.all(
      Array.from({ length: 20 }, (_, lane) =>
        (async () => {
          for (let round = 0; round < 5; round += 1) {
            const ctx = during(db, lane % 4 === 0 ? other : shop, 'concurrent', { lane, round });
            await transact(ctx, async (tx) => {
              await tx.run(sql`select pg_sleep(${Math.random() / 50})`);
              tx.emit({ type: 'test.sealed', key: `${lane}-${round}`, payload: {} });
            });
          }
        })(),
      ),
    );
    await sealer.stop();
    await sealAll(db);
    for (const { ctx, organizationId } of [shop, other]) {
      const sealed = await ctx.db.many<{ sequence: number; key: string }>(sql`
        select s.sequence, (e.input ->> 'lane') || '-' || (e.input ->> 'round') as key
        from audit_seals s join audit_entries e on e.organization_id = s.organization_id and e.id = s.entry_id
        where e.operation = 'concurrent' order by s.sequence`);
      const told = await ctx.db.many<{ key: string }>(sql`
        select key from outbox_events where type = 'test.sealed' order by xid, sequence`);
      expect(sealed.map(({ key }) => key)).toEqual(told.map(({ key }) => key));
      const start = sealed[0]!.sequence;
      expect(sealed.map(({ sequence }) => sequence)).toEqual(sealed.map((_, index) => start + index));
      expect(await verifyTrail(ctx.db, organizationId)).toMatchObject({
        valid: true,
        pending: 0,
        error: null,
      });
    }
  });

  it('waits for a transaction that began to write before, and two who seal at once do not disturb each other', async () => {
    const shop = await createOwner(db);
    await sealAll(db);
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let begun: () => void = () => undefined;
    const writing = new Promise<void>((resolve) => (begun = resolve));
    const slow = transact(during(db, shop, 'slow'), async (tx) => {
      await tx.run(sql`update branches set name = 'Slow'`);
      begun();
      await held;
    });
    await writing;
    await transact(during(db, shop, 'quick'), (tx) => tx.run(sql`update roles set updated_at = now()`));
    const rounds = await Promise.all(
      [1, 2, 3].map(() =>
        db.services.database.system.one<{ sealed: number }>(sql`select sealed from pospro_seal_audit()`),
      ),
    );
    expect(rounds.map(({ sealed }) => sealed)).toEqual([0, 0, 0]);
    expect(await check(shop)).toMatchObject({ valid: true, pending: 1 });
    release();
    await slow;
    await Promise.all([sealAll(db), sealAll(db)]);
    const order = await shop.ctx.db.many<{ operation: string }>(sql`
      select e.operation from audit_seals s join audit_entries e on e.organization_id = s.organization_id and e.id = s.entry_id
      where e.operation in ('slow', 'quick') order by s.sequence`);
    expect(order.map(({ operation }) => operation)).toEqual(['slow', 'quick']);
    expect(await check(shop)).toMatchObject({ valid: true, pending: 0 });
  });

  it('follows a write by itself', async () => {
    const shop = await createOwner(db);
    await sealAll(db);
    const sealer = startSealer(db.services);
    await rename(shop, 'Soon');
    // A sealer that sleeps is ended by the time limit of the test.
    let pending = 1;
    while (pending > 0) ({ pending } = await check(shop));
    await sealer.stop();
    expect(await check(shop)).toMatchObject({ valid: true, pending: 0 });
  });
});

describe('what is done behind its back', () => {
  type Place = Awaited<ReturnType<typeof shopWithTrail>>;
  const third = ({ ids }: Place) => ids[2]!;

  it.each<[string, (place: Place) => string[], (place: Place) => object]>([
    [
      'who',
      (place) => [`update audit_entries set user_id = gen_random_uuid() where id = '${third(place)}'`],
      (place) => ({ kind: 'entry_changed', sequence: place.first + 2, entryId: third(place) }),
    ],
    [
      'when',
      (place) => [`update audit_entries set at = at + interval '1 millisecond' where id = '${third(place)}'`],
      (place) => ({ kind: 'entry_changed', sequence: place.first + 2, entryId: third(place) }),
    ],
    [
      'the input',
      (place) => [`update audit_entries set input = '{}' where id = '${third(place)}'`],
      (place) => ({ kind: 'entry_changed', sequence: place.first + 2, entryId: third(place) }),
    ],
    [
      'before',
      (place) => [`update audit_changes set before = '{"name": "Other"}' where entry_id = '${third(place)}'`],
      (place) => ({ kind: 'entry_changed', sequence: place.first + 2, entryId: third(place) }),
    ],
    [
      'after',
      (place) => [`update audit_changes set after = '{"name": "Other"}' where entry_id = '${third(place)}'`],
      (place) => ({ kind: 'entry_changed', sequence: place.first + 2, entryId: third(place) }),
    ],
    [
      'a change removed',
      (place) => [`delete from audit_changes where entry_id = '${third(place)}'`],
      (place) => ({ kind: 'entry_changed', sequence: place.first + 2, entryId: third(place) }),
    ],
    [
      'an entry removed',
      (place) => [`delete from audit_entries where id = '${third(place)}'`],
      (place) => ({ kind: 'entry_missing', sequence: place.first + 2, entryId: third(place) }),
    ],
    [
      'an entry removed with all that belongs to it',
      (place) =>
        ['entries where id', 'changes where entry_id', 'seals where entry_id'].map(
          (of) => `delete from audit_${of} = '${third(place)}'`,
        ),
      (place) => ({ kind: 'seal_missing', sequence: place.first + 2, entryId: null }),
    ],
    [
      'the last entry removed with all that belongs to it',
      ({ ids }) =>
        ['entries where id', 'changes where entry_id', 'seals where entry_id'].map(
          (of) => `delete from audit_${of} = '${ids[4]}'`,
        ),
      (place) => ({ kind: 'seal_missing', sequence: place.first + 4, entryId: null }),
    ],
    [
      'the end cut off, and the head moved back',
      ({ ids, shop }) => [
        `delete from audit_seals where entry_id = '${ids[4]}'`,
        `update audit_heads h set sequence = s.sequence, hash = s.hash from audit_seals s
         where s.entry_id = '${ids[3]}' and h.organization_id = '${shop.organizationId}'`,
      ],
      ({ ids }) => ({ kind: 'entry_unsealed', sequence: null, entryId: ids[4] }),
    ],
    [
      'an entry put in',
      (place) => [
        `insert into audit_entries select '0190a000-0000-7000-8000-000000000001', organization_id, at, actor_kind, user_id, role, session_id,
           operation, input, address, user_agent, request_id from audit_entries where id = '${third(place)}'`,
      ],
      () => ({ kind: 'entry_unsealed', sequence: null, entryId: '0190a000-0000-7000-8000-000000000001' }),
    ],
    [
      'a change put in, of no entry',
      ({ shop }) => [
        `insert into audit_changes (organization_id, entry_id, entity, entity_id, after)
         values ('${shop.organizationId}', '0190a000-0000-7000-8000-000000000002', 'products', '1', '{}')`,
      ],
      () => ({ kind: 'change_unbound', sequence: null, entryId: '0190a000-0000-7000-8000-000000000002' }),
    ],
    [
      'two entries swapped in the chain',
      ({ ids, shop, first }) => [
        `update audit_seals set entry_id = '0190a000-0000-7000-8000-000000000003' where entry_id = '${ids[1]}'`,
        `update audit_seals set entry_id = '${ids[1]}' where entry_id = '${ids[2]}'`,
        `update audit_seals set entry_id = '${ids[2]}' where organization_id = '${shop.organizationId}' and sequence = ${first + 1}`,
      ],
      ({ ids, first }) => ({ kind: 'entry_changed', sequence: first + 1, entryId: ids[2] }),
    ],
    [
      'an entry changed and sealed anew',
      (place) => [
        `update audit_entries set address = 'elsewhere' where id = '${third(place)}'`,
        `update audit_seals set hash = pospro_audit_hash(sequence, t.text, previous_hash) from audit_texts t
         where t.entry_id = audit_seals.entry_id and audit_seals. entry_id = '${third(place)}'`,
      ],
      ({ ids, first }) => ({ kind: 'chain_broken', sequence: first + 3, entryId: ids[3] }),
    ],
    [
      'the last entry changed and sealed anew',
      ({ ids }) => [
        `update audit_entries set address = 'elsewhere' where id = '${ids[4]}'`,
        `update audit_seals set hash = pospro_audit_hash(sequence, t.text, previous_hash) from audit_texts t
         where t.entry_id = audit_seals.entry_id and audit_seals. entry_id = '${ids[4]}'`,
      ],
      ({ first }) => ({ kind: 'chain_broken', sequence: first + 4, entryId: null }),
    ],
  ])('is named: %s', async (_, statements, expected) => {
    const place = await shopWithTrail();
    expect(await check(place.shop)).toMatchObject({ valid: true, checked: place.first + 4, error: null });
    await tamper(db, ...statements(place));
    const result = await check(place.shop);
    expect(result.error).toMatchObject(expected(place));
    expect(result.valid).toBe(false);
  });

  it('is named where an entry is gone before it was sealed', async () => {
    const shop = await createOwner(db);
    await sealAll(db);
    await rename(shop, 'Gone');
    const { id } = await shop.ctx.db.one<{ id: string }>(sql`select entry_id as id from audit_pending`);
    await tamper(
      db,
      `delete from audit_changes where entry_id = '${id}'`,
      `delete from audit_entries where id = '${id}'`,
    );
    expect((await check(shop)).error).toMatchObject({ kind: 'entry_missing', entryId: id });
    await tamper(db, `delete from audit_pending where entry_id = '${id}'`);
  });

  it('is named on the terminal, by organization', async () => {
    const place = await shopWithTrail();
    await tamper(db, `update audit_entries set operation = 'nothing' where id = '${third(place)}'`);
    const { stdout, code } = await run(db.url);
    expect(code).toBe(1);
    expect(stdout).toContain(
      `${place.shop.organizationId}: ${place.first + 1} entries in order, then entry_changed: Entry ${third(place)}, number ${place.first + 2}`,
    );
    expect(stdout).toMatch(/: \d+ entries in order, last hash [0-9a-f]{64}\n/);
    expect(stdout.trim().endsWith('The audit trail is NOT as it was written.')).toBe(true);
  }, 60_000);

  it('leaves the trails of others whole', async () => {
    const place = await shopWithTrail();
    const other = await createOwner(db);
    await sealAll(db);
    await tamper(db, `delete from audit_entries where id = '${third(place)}'`);
    expect(await check(other)).toMatchObject({ valid: true });
    expect(await organizationsWithTrail(db.services.database.system)).toEqual(
      expect.arrayContaining([other.organizationId, place.shop.organizationId]),
    );
  });
});
