/** What becomes of somebody's API keys. */
import { authenticateKey, createApiKey, forgetKeys } from '#subgraphs/auth/api-keys';
import { changePassword } from '#subgraphs/auth/account';
import { disableUser } from '#subgraphs/auth/user-administration';
import { updateRole } from '#subgraphs/auth/roles';
import { createColleagueOf, createOwner, signIn, TEST_PASSWORD, type TestOwner } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';

let db: TestDatabase;
let owner: TestOwner;

beforeAll(async () => {
  db = await testDatabase();
  owner = await createOwner(db);
});
afterAll(() => db.close());

async function makerWithKeys() {
  const maker = await createColleagueOf(db, owner, 'manager');
  const { ctx } = await signIn(db, maker.email);
  const { key, apiKey } = await createApiKey(ctx, {
    name: 'Web shop',
    permissions: ['orders:read', 'catalog:read'],
  });
  return { maker, ctx, key, apiKey };
}

it('remain valid after a new password, whose answer lists them', async () => {
  const { ctx, key, apiKey } = await makerWithKeys();
  const { key: other } = await createApiKey(owner.ctx, {
    name: 'Of somebody else',
    permissions: ['orders:read'],
  });
  const kept = await changePassword(ctx, {
    currentPassword: TEST_PASSWORD,
    newPassword: 'another pass phrase',
  });
  expect(kept.map(({ id, name }) => [id, name])).toEqual([[apiKey.id, 'Web shop']]);
  expect(await authenticateKey(db.services, key)).toMatchObject({ kind: 'apiKey', sessionId: apiKey.id });
  const input = {
    currentPassword: 'another pass phrase',
    newPassword: 'a third pass phrase',
    revokeApiKeys: true,
  };
  expect(await changePassword(ctx, input)).toEqual([]);
  await expect(authenticateKey(db.services, key)).rejects.toMatchObject({ code: 'TOKEN_REVOKED' });
  expect(await authenticateKey(db.services, other)).toMatchObject({ kind: 'apiKey' });
});

it('end with their creator, and never permit more than the creator\u2019s role', async () => {
  const { maker, key } = await makerWithKeys();
  expect([...(await authenticateKey(db.services, key)).scopes]).toEqual(['orders:read', 'catalog:read']);
  const roleId = owner.roleIds.get('manager')!;
  await updateRole(owner.ctx, roleId, { permissions: ['catalog:read', 'admin:settings'] });
  forgetKeys(db.services);
  expect([...(await authenticateKey(db.services, key)).scopes]).toEqual(['catalog:read']);
  await disableUser(owner.ctx, maker.id);
  forgetKeys(db.services);
  await expect(authenticateKey(db.services, key)).rejects.toMatchObject({ code: 'TOKEN_REVOKED' });
});
