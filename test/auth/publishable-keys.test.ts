/** Publishable keys: everyone can read them, so they open one web shop, and nothing else. */
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { authenticateBearer } from '#subgraphs/auth/authenticate';
import { createApiKey } from '#subgraphs/auth/api-keys';
import { createColleagueOf, createOwner, signIn, type TestOwner } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { expectError, issuesOf } from '#test/harness/values';

let db: TestDatabase;
let owner: TestOwner;
beforeAll(async () => {
  db = await testDatabase();
  owner = await createOwner(db, { branches: [{ name: 'Main' }, { name: 'Harbour' }] });
});
afterAll(() => db.close());

const publishable = { name: 'Web shop', kind: 'publishable' } as const;

it('are bound to a branch and a channel, and have one permission', async () => {
  const { key, apiKey } = await createApiKey(owner.ctx, publishable);
  const [first, second] = owner.branchIds as [string, string];
  expect(key).toMatch(/^pospro_pk_[\w-]{43}$/);
  expect(apiKey).toMatchObject({
    kind: 'publishable',
    branchId: first,
    channel: 'web',
    scopes: ['shop:use'],
  });
  expect(await authenticateBearer(db.services, key)).toMatchObject({
    kind: 'apiKey',
    organizationId: owner.organizationId,
    branchId: first,
    scopes: new Set(['shop:use']),
    storefront: { channel: 'web' },
  });
  const elsewhere = { ...publishable, branchId: second, channel: 'marketplace' } as const;
  const other = await createApiKey(owner.ctx, elsewhere);
  expect(await authenticateBearer(db.services, other.key)).toMatchObject({
    branchId: second,
    storefront: { channel: 'marketplace' },
  });
});

it('differ from secret keys, which have neither branch nor channel', async () => {
  const { key, apiKey } = await createApiKey(owner.ctx, { name: 'Export', permissions: ['orders:read'] });
  expect(apiKey).toMatchObject({ kind: 'secret', branchId: null, channel: null });
  expect(await authenticateBearer(db.services, key)).not.toHaveProperty('storefront');
  expect(await issuesOf(createApiKey(owner.ctx, { name: 'Export' }))).toEqual(['permissions REQUIRED']);
  const bound = {
    name: 'Export',
    permissions: ['orders:read'],
    branchId: owner.branchId,
    channel: 'web',
  } as const;
  expect(await issuesOf(createApiKey(owner.ctx, bound))).toEqual(['branchId INVALID', 'channel INVALID']);
});

it('cannot be given more, for another shop, or by a user who may not use the web shop', async () => {
  const more = { ...publishable, permissions: ['orders:read'] };
  expect(await issuesOf(createApiKey(owner.ctx, more))).toEqual(['permissions INVALID']);
  const stranger = await createOwner(db);
  await expectError('NOT_FOUND', createApiKey(owner.ctx, { ...publishable, branchId: stranger.branchId }));
  await expectError('NOT_FOUND', createApiKey(owner.ctx, { ...publishable, branchId: 'nowhere' }));
  const cashier = await createColleagueOf(db, owner, 'cashier');
  const { ctx } = await signIn(db, cashier.email);
  await expectError('FORBIDDEN', createApiKey(ctx, publishable));
});

it('are stored with their one permission, whatever a statement says', async () => {
  const { apiKey } = await createApiKey(owner.ctx, publishable);
  const more = transact(owner.ctx, (tx) =>
    tx.run(sql`update api_keys set scopes = '{shop:use,orders:read}' where id = ${apiKey.id}`),
  );
  await expect(more).rejects.toThrow('api_keys_publishable');
});
