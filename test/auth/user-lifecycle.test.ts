import { randomUUID } from 'node:crypto';
import { ANONYMOUS } from '#kernel/auth/actor';
import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { Decimal } from '#kernel/decimal';
import type { RegisterUserInput } from '#subgraphs/auth/inputs.generated';
import {
  createOrganizationUser,
  disableUser,
  enableUser,
  updateUser,
} from '#subgraphs/auth/user-administration';
import { createOrganization, createUser, userNames } from '#subgraphs/auth/index';
import { registerUser } from '#subgraphs/auth/registration';
import { createRole, listRoles, updateRole } from '#subgraphs/auth/roles';
import { listUsers, requireUserById } from '#subgraphs/auth/users';
import { createColleagueOf, createOwner, signIn, userActor, type TestOwner } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { codeOf, issuesOf } from '#test/harness/values';

let db: TestDatabase;
let owner: TestOwner;
let stranger: TestOwner;
let anonymous: RequestContext;

beforeAll(async () => {
  db = await testDatabase();
  owner = await createOwner(db);
  stranger = await createOwner(db);
  anonymous = db.contextFor(ANONYMOUS);
});
afterAll(() => db.close());

const address = (): string => `${randomUUID()}@shop.test`;

const registration = (changes: Partial<RegisterUserInput> = {}): RegisterUserInput => ({
  email: address(),
  name: 'Robin Ellis',
  password: 'a long pass phrase',
  organizationName: 'The Corner Shop',
  ...changes,
});

async function count(table: 'organizations' | 'users' | 'branches' | 'roles'): Promise<number> {
  const from = {
    organizations: sql`organizations`,
    users: sql`users`,
    branches: sql`branches`,
    roles: sql`roles`,
  }[table];
  return (
    await db.services.database.system.one<{ count: number }>(sql`select count(*) as count from ${from}`)
  ).count;
}

describe('registration without a token', () => {
  it('creates an organization, its branch, its roles and its owner, who can sign in', async () => {
    const input = registration({
      currency: 'chf',
      cashRoundingStep: new Decimal('0.05'),
      pricesIncludeTax: false,
      roundingMode: 'HALF_EVEN',
      timeZone: 'Europe/Zurich',
      taxNumber: 'CHE-123.456.789',
      defaultLanguage: 'de-ch',
      branchName: 'Altstadt',
    });
    const user = await registerUser(anonymous, input);
    expect(user).toMatchObject({
      email: input.email,
      name: 'Robin Ellis',
      role: 'owner',
      disabledAt: null,
      lastLoginAt: null,
    });
    const { home } = await signIn(db, input.email, 'a long pass phrase').then((session) => session.user);
    expect(home.organization).toEqual({
      id: user.organizationId,
      name: 'The Corner Shop',
      currency: 'CHF',
      roundingMode: 'HALF_EVEN',
      pricesIncludeTax: false,
      cashRoundingStep: new Decimal('0.05'),
      timeZone: 'Europe/Zurich',
      taxNumber: 'CHE-123.456.789',
      reportingCurrency: null,
      defaultLanguage: 'de-CH',
      createdAt: user.createdAt,
      updatedAt: user.createdAt,
      version: 1,
    });
    expect(home.branch).toMatchObject({
      id: user.branchId,
      name: 'Altstadt',
      code: 'B1',
      timeZone: 'Europe/Zurich',
    });
    const inside = db.contextFor(userActor({ organizationId: user.organizationId }));
    expect((await listRoles(inside)).map((role) => role.name)).toEqual([
      'owner',
      'admin',
      'manager',
      'cashier',
      'accountant',
      'warehouse',
      'vendor',
    ]);
  });

  it('uses the defaults for omitted fields', async () => {
    const input = registration();
    await registerUser(anonymous, input);
    const { home } = (await signIn(db, input.email, 'a long pass phrase')).user;
    expect(home.organization).toMatchObject({
      currency: 'EUR',
      roundingMode: 'HALF_UP',
      pricesIncludeTax: true,
      timeZone: 'UTC',
      taxNumber: null,
      defaultLanguage: 'en',
    });
    expect(home.organization.cashRoundingStep.isZero()).toBe(true);
    expect(home.branch).toMatchObject({ name: 'The Corner Shop' });
  });

  it.each<[string, Partial<RegisterUserInput>, string[]]>([
    ['a short password', { password: 'short' }, ['password LENGTH']],
    ['a password of 201 characters', { password: 'x'.repeat(201) }, ['password LENGTH']],
    ['the address as password', { email: 'same@shop.test', password: 'Same@Shop.test' }, ['password WEAK']],
    ['no password', { password: null }, ['password REQUIRED']],
    ['no organization', { organizationName: null }, ['organizationName REQUIRED']],
    ['no address', { email: 'robin' }, ['email INVALID']],
    ['no name', { name: ' ' }, ['name REQUIRED']],
    ['an unknown currency', { currency: 'XXA' }, ['currency INVALID']],
    ['a role', { role: 'admin' }, ['role NOT_ALLOWED']],
    ['a branch of somebody', { branchId: randomUUID() }, ['branchId NOT_ALLOWED']],
    [
      'several faults',
      { email: 'robin', password: '1', organizationName: '', timeZone: 'Nowhere' },
      ['email INVALID', 'password LENGTH', 'organizationName REQUIRED', 'timeZone INVALID'],
    ],
  ])('refuses %s, naming the field, and writes nothing', async (_, changes, expected) => {
    const before = await count('organizations');
    expect(await issuesOf(registerUser(anonymous, registration(changes)))).toEqual(expected);
    expect(await count('organizations')).toBe(before);
  });

  it('rejects an address that exists in any organization, ignoring case, and writes nothing', async () => {
    const before = [
      await count('organizations'),
      await count('branches'),
      await count('roles'),
      await count('users'),
    ];
    for (const email of [owner.user.email, owner.user.email.toUpperCase(), ` ${owner.user.email} `]) {
      await expect(registerUser(anonymous, registration({ email }))).rejects.toMatchObject({
        code: 'ALREADY_EXISTS',
        status: 409,
        errors: [{ field: 'email', code: 'TAKEN' }],
      });
    }
    expect([
      await count('organizations'),
      await count('branches'),
      await count('roles'),
      await count('users'),
    ]).toEqual(before);
  });

  it('gives an address to one of many concurrent requests', async () => {
    const email = address();
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => codeOf(registerUser(anonymous, registration({ email })))),
    );
    expect(answers.sort()).toEqual([...Array<string>(4).fill('ALREADY_EXISTS'), 'none']);
  });
});

describe('registration with a token', () => {
  it('creates a user in the same organization', async () => {
    const email = address();
    const colleague = await registerUser(owner.ctx, {
      email,
      name: 'Kim',
      role: 'Cashier',
      branchId: owner.branchId,
      password: 'pass phrase',
    });
    expect(colleague).toMatchObject({
      organizationId: owner.organizationId,
      branchId: owner.branchId,
      role: 'cashier',
    });
    expect((await signIn(db, email, 'pass phrase')).user.id).toBe(colleague.id);
  });

  it('gives a user without a branch the branch of the caller, and lets no one in without a password', async () => {
    const email = address();
    const colleague = await registerUser(owner.ctx, { email, name: 'Kim', role: 'cashier' });
    expect(colleague.branchId).toBe(owner.branchId);
    expect(await issuesOf(signIn(db, email))).toBe('INVALID_CREDENTIALS');
  });

  it('rejects a caller without the permission', async () => {
    const before = [await count('organizations'), await count('users')];
    const cashier = db.contextFor(
      userActor({ organizationId: owner.organizationId, scopes: ['pos:sell', 'admin:settings'] }),
    );
    expect(await issuesOf(registerUser(cashier, registration()))).toBe('FORBIDDEN');
    expect(await issuesOf(registerUser(cashier, { email: address(), name: 'Kim', role: 'cashier' }))).toBe(
      'FORBIDDEN',
    );
    expect([await count('organizations'), await count('users')]).toEqual(before);
  });

  it('rejects fields of a new organization, and a branch or role of another organization', async () => {
    const input = { email: address(), name: 'Kim', role: 'cashier' };
    expect(await issuesOf(registerUser(owner.ctx, { ...input, organizationName: 'Mine' }))).toEqual([
      'organizationName NOT_ALLOWED',
    ]);
    expect(await issuesOf(registerUser(owner.ctx, { ...input, role: null }))).toEqual(['role REQUIRED']);
    expect(await issuesOf(registerUser(owner.ctx, { ...input, role: 'emperor' }))).toEqual([
      'role NOT_FOUND',
    ]);
    expect(await issuesOf(registerUser(owner.ctx, { ...input, role: 'a\0b' }))).toEqual(['role NOT_FOUND']);
    for (const branchId of [stranger.branchId, randomUUID(), 'no id']) {
      expect(await issuesOf(registerUser(owner.ctx, { ...input, branchId }))).toEqual(['branchId NOT_FOUND']);
    }
    expect(await codeOf(registerUser(owner.ctx, { ...input, email: stranger.user.email }))).toBe(
      'ALREADY_EXISTS',
    );
    expect(await issuesOf(registerUser(owner.ctx, { ...input, password: 'short' }))).toEqual([
      'password LENGTH',
    ]);
  });

  it('rejects a role that permits more than the caller may do', async () => {
    const { organizationId, branchId } = owner;
    const lead = db.contextFor(
      userActor({
        organizationId,
        branchId,
        scopes: ['admin:users', 'inventory:read', 'inventory:write', 'catalog:read'],
      }),
    );
    const admin = db.contextFor({ ...owner.actor, role: 'admin' });
    const make = (ctx: RequestContext, role: string) =>
      issuesOf(createOrganizationUser(ctx, { email: address(), name: 'Kim', role }));
    expect(await make(lead, 'warehouse')).toBe('none');
    expect(await make(lead, 'cashier')).toBe('FORBIDDEN');
    expect(await make(lead, 'admin')).toBe('FORBIDDEN');
    expect(await make(lead, 'owner')).toBe('FORBIDDEN');
    expect(await make(admin, 'admin')).toBe('none');
    expect(await make(admin, 'owner')).toBe('FORBIDDEN');
    expect(await make(owner.ctx, 'owner')).toBe('none');
  });
});

describe('users', () => {
  it('are listed by name, searched, filtered and paged', async () => {
    const shop = await createOwner(db);
    await createColleagueOf(db, shop, 'cashier', `off100%_sure-${randomUUID()}@shop.test`);
    const manager = await createColleagueOf(db, shop, 'manager');
    await disableUser(shop.ctx, manager.id);
    const names = async (args: Parameters<typeof listUsers>[1]) =>
      (await listUsers(shop.ctx, args)).items.map((user) => user.name);
    expect(await names({})).toEqual(['Test cashier', 'Test manager', 'Test owner']);
    expect(await names({ sort: '-name' })).toEqual(['Test owner', 'Test manager', 'Test cashier']);
    expect(await names({ role: 'OWNER' })).toEqual(['Test owner']);
    expect(await names({ search: 'off100%_s' })).toEqual(['Test cashier']);
    expect(await names({ search: '%' })).toEqual(['Test cashier']);
    expect(await names({ search: 'est MAN' })).toEqual(['Test manager']);
    expect(await names({ active: false })).toEqual(['Test manager']);
    expect(await names({ active: true })).toEqual(['Test cashier', 'Test owner']);
    expect(await names({ branchId: shop.branchId, size: 2 })).toEqual(['Test cashier', 'Test manager']);
    expect(await names({ branchId: stranger.branchId })).toEqual([]);
    expect(await names({ branchId: 'no id' })).toEqual([]);
    const page = await listUsers(shop.ctx, { size: 2 });
    expect(await page.total()).toBe(3);
    expect(await names({ size: 2, cursor: page.nextCursor })).toEqual(['Test owner']);
  });

  it('never carry a hash', async () => {
    expect(JSON.stringify(await requireUserById(owner.ctx.db, owner.user.id))).not.toContain('argon2');
  });

  it('of another organization are answered as unknown, and are not changed', async () => {
    for (const id of [stranger.user.id, randomUUID(), 'no id']) {
      const message = `There is no user with the id "${id}".`;
      await expect(disableUser(owner.ctx, id)).rejects.toMatchObject({ code: 'NOT_FOUND', message });
      await expect(enableUser(owner.ctx, id)).rejects.toMatchObject({ code: 'NOT_FOUND', message });
      await expect(updateUser(owner.ctx, id, { name: 'Mine' })).rejects.toMatchObject({
        code: 'NOT_FOUND',
        message,
      });
    }
    expect(await requireUserById(stranger.ctx.db, stranger.user.id)).toMatchObject({
      disabledAt: null,
      name: 'Test owner',
    });
    const names = await userNames(owner.ctx, [owner.user.id, stranger.user.id, 'no id']);
    expect([...names]).toEqual([[owner.user.id, 'Test owner']]);
  });

  it('are changed one field at a time', async () => {
    const shop = await createOwner(db, { branches: [{ name: 'One' }, { name: 'Two' }] });
    const user = await createColleagueOf(db, shop, 'cashier');
    expect(await updateUser(shop.ctx, user.id, { name: ' Kim ' })).toMatchObject({
      name: 'Kim',
      role: 'cashier',
    });
    expect(await updateUser(shop.ctx, user.id, { role: 'manager' })).toMatchObject({
      name: 'Kim',
      role: 'manager',
    });
    expect(await updateUser(shop.ctx, user.id, { branchId: shop.branchIds[1] })).toMatchObject({
      branchId: shop.branchIds[1],
    });
    expect(await issuesOf(updateUser(shop.ctx, user.id, { branchId: stranger.branchId }))).toEqual([
      'branchId NOT_FOUND',
    ]);
    expect(await issuesOf(updateUser(shop.ctx, user.id, { role: 'emperor', name: '' }))).toEqual([
      'name REQUIRED',
      'role NOT_FOUND',
    ]);
  });

  it('are disabled once, never by themselves, never as the last owner, and never by a caller with fewer permissions', async () => {
    const shop = await createOwner(db);
    const second = await createColleagueOf(db, shop, 'owner');
    expect(await issuesOf(disableUser(shop.ctx, shop.user.id))).toBe('ILLEGAL_STATE');
    const admin = db.contextFor(
      userActor({
        ...shop.actor,
        userId: randomUUID(),
        role: 'admin',
        scopes: [...shop.actor.scopes] as never,
      }),
    );
    expect(await issuesOf(disableUser(admin, second.id))).toBe('FORBIDDEN');
    const first = await disableUser(shop.ctx, second.id);
    expect(first.disabledAt).toEqual(expect.any(Date));
    expect((await disableUser(shop.ctx, second.id)).disabledAt).toEqual(first.disabledAt);
    const other = db.contextFor({ ...shop.actor, userId: second.id });
    expect(await issuesOf(disableUser(other, shop.user.id))).toBe('ILLEGAL_STATE');
    expect(await issuesOf(updateUser(shop.ctx, shop.user.id, { role: 'manager' }))).toBe('ILLEGAL_STATE');
    expect(
      await issuesOf(updateUser(shop.ctx, shop.user.id, { role: 'owner', name: 'Still the owner' })),
    ).toBe('none');
  });

  it('keep one owner if two disable each other at once', async () => {
    const shop = await createOwner(db);
    const second = await createColleagueOf(db, shop, 'owner');
    const other = db.contextFor({ ...shop.actor, userId: second.id });
    const answers = await Promise.all([
      issuesOf(disableUser(shop.ctx, second.id)),
      issuesOf(disableUser(other, shop.user.id)),
    ]);
    expect(answers.sort()).toEqual(['ILLEGAL_STATE', 'none']);
  });
});

describe('roles of an organization', () => {
  it('are created with permissions that exist and that the caller has', async () => {
    const role = await createRole(owner.ctx, {
      name: 'Shift lead',
      permissions: ['pos:sell', 'reports:read', 'pos:sell'],
    });
    expect(role).toMatchObject({ name: 'Shift lead', scopes: ['pos:sell', 'reports:read'], builtIn: false });
    expect(await codeOf(createRole(owner.ctx, { name: 'SHIFT LEAD', permissions: [] }))).toBe(
      'ALREADY_EXISTS',
    );
    expect(
      await issuesOf(createRole(owner.ctx, { name: 'x', permissions: ['pos:sell', '*', 'pos:fly'] })),
    ).toEqual(['name LENGTH', 'permissions.1 INVALID', 'permissions.2 INVALID']);
    const few = db.contextFor(
      userActor({ organizationId: owner.organizationId, scopes: ['admin:users', 'pos:sell'] }),
    );
    expect(await issuesOf(createRole(few, { name: 'More', permissions: ['admin:backup'] }))).toBe(
      'FORBIDDEN',
    );
    expect(await issuesOf(createRole(few, { name: 'Less', permissions: ['pos:sell'] }))).toBe('none');
    const colleague = await createOrganizationUser(owner.ctx, {
      email: address(),
      name: 'Kim',
      role: 'shift lead',
    });
    expect(colleague).toMatchObject({ role: 'Shift lead', roleScopes: ['pos:sell', 'reports:read'] });
  });

  it('are changed, except those that an organization cannot do without', async () => {
    const role = await createRole(stranger.ctx, { name: 'Helper', permissions: ['pos:sell'] });
    expect(await updateRole(stranger.ctx, role.id, { name: 'Aide' })).toMatchObject({
      name: 'Aide',
      scopes: ['pos:sell'],
    });
    expect(await updateRole(stranger.ctx, role.id, { permissions: [] })).toMatchObject({
      name: 'Aide',
      scopes: [],
    });
    expect(await codeOf(updateRole(stranger.ctx, role.id, { name: 'Cashier' }))).toBe('ALREADY_EXISTS');
    const id = (name: string) => stranger.roleIds.get(name)!;
    expect(await issuesOf(updateRole(stranger.ctx, id('owner'), { permissions: [] }))).toBe('ILLEGAL_STATE');
    expect(await issuesOf(updateRole(stranger.ctx, id('admin'), { permissions: [] }))).toBe('ILLEGAL_STATE');
    expect(await issuesOf(updateRole(stranger.ctx, id('cashier'), { name: 'Clerk' }))).toBe('ILLEGAL_STATE');
    expect(await issuesOf(updateRole(stranger.ctx, id('cashier'), { permissions: ['pos:sell'] }))).toBe(
      'none',
    );
    expect(await issuesOf(updateRole(owner.ctx, role.id, { name: 'Mine' }))).toBe('NOT_FOUND');
    expect(await issuesOf(updateRole(owner.ctx, 'no id', { name: 'Mine' }))).toBe('NOT_FOUND');
    const few = db.contextFor(
      userActor({ organizationId: stranger.organizationId, scopes: ['admin:users', 'pos:sell'] }),
    );
    expect(await issuesOf(updateRole(few, role.id, { permissions: ['admin:backup'] }))).toBe('FORBIDDEN');
    expect(await issuesOf(updateRole(few, id('manager'), { permissions: ['pos:sell'] }))).toBe('FORBIDDEN');
  });
});

describe('creating organizations from inside the platform', () => {
  it('uses the ids of the input', async () => {
    const [id, branch, role, user] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
    const created = await createOrganization(db.services, {
      id,
      name: 'Given',
      branches: [{ id: branch, name: 'One', code: 'main' }, { name: 'Two' }],
      roleIds: { owner: role },
    });
    expect(created).toMatchObject({ organizationId: id, branchIds: [branch, expect.any(String)] });
    expect(created.roleIds.get('owner')).toBe(role);
    const made = await createUser(db.services, {
      id: user,
      organizationId: id,
      email: address(),
      name: 'Given',
      role: 'owner',
      branchId: branch,
    });
    expect(made).toMatchObject({ id: user, organizationId: id, roleId: role, branchId: branch });
    const unknown = { organizationId: id, email: address(), name: 'No', role: 'emperor' };
    expect(await issuesOf(createUser(db.services, unknown))).toBe('NOT_FOUND');
  });
});
