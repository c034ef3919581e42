import { randomUUID } from 'node:crypto';
import { ANONYMOUS } from '#kernel/auth/actor';
import { ALL_SCOPES } from '#kernel/auth/scopes';
import { buildSubgraph } from '#kernel/graph/subgraph';
import { createApiKey } from '#subgraphs/auth/api-keys';
import { authenticateBearer } from '#subgraphs/auth/authenticate';
import { subgraph as authSubgraph } from '#subgraphs/auth/subgraph';
import {
  TEST_PASSWORD,
  createColleagueOf,
  createOwner,
  signIn,
  userActor,
  type TestOwner,
} from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { subgraphClient } from '#test/harness/subgraph-client';

const schema = buildSubgraph(authSubgraph({ newShop: [] }));

let db: TestDatabase;
let owner: TestOwner;
let stranger: TestOwner;

beforeAll(async () => {
  db = await testDatabase();
  owner = await createOwner(db, { name: 'The Corner Shop', branches: [{ name: 'Main Street' }] });
  stranger = await createOwner(db);
});
afterAll(() => db.close());

const { run, code: codeOf } = subgraphClient(authSubgraph({ newShop: [] }), () => db);

const SESSION = `accessToken refreshToken tokenType expiresIn
  user { id email name role permissions organization { id name } branch { id name } }`;

describe('the graph of auth', () => {
  it('answers a login in exactly the shape that clients rely on', async () => {
    const cashier = await createColleagueOf(db, owner, 'cashier');
    const login = await run(
      ANONYMOUS,
      `mutation ($input: LoginInput!) { login(input: $input) { ${SESSION} } }`,
      {
        input: { email: cashier.email, password: TEST_PASSWORD },
      },
    );
    expect(login.errors).toBeUndefined();
    const session = login.data!.login as { refreshToken: string };
    const user = {
      id: cashier.id,
      email: cashier.email,
      name: 'Test cashier',
      role: 'cashier',
      permissions: [
        'pos:sell',
        'pos:register',
        'orders:read',
        'catalog:read',
        'inventory:read',
        'customers:read',
        'customers:write',
        'marketing:read',
      ],
      organization: { id: owner.organizationId, name: 'The Corner Shop' },
      branch: { id: owner.branchId, name: 'Main Street' },
    };
    const shape = {
      accessToken: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/) as string,
      refreshToken: expect.stringMatching(/^pospro_rt_/) as string,
      tokenType: 'bearer',
      expiresIn: 3600,
      user,
    };
    expect(session).toEqual(shape);
    const refreshed = await run(
      ANONYMOUS,
      `mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) { ${SESSION} } }`,
      { input: { refreshToken: session.refreshToken } },
    );
    expect(refreshed.data!.refreshSession).toEqual(shape);
    const { ctx } = await signIn(db, cashier.email);
    const me = await run(
      ctx.actor,
      '{ me { id email name role permissions organization { id name } branch { id name } active } permissions { role permissions details { name description } } }',
    );
    expect(me.data!.me).toEqual({ ...user, active: true });
    expect(me.data!.permissions).toMatchObject({ role: 'cashier', permissions: user.permissions });
    expect((me.data!.permissions as { details: unknown[] }).details).toHaveLength(8);
    expect((await run(ctx.actor, 'mutation { logout { success } }')).data).toEqual({
      logout: { success: true },
    });
  });

  it('tells a program what its key may do and which key it is, and a person that it is none', async () => {
    const cashier = await createColleagueOf(db, owner, 'cashier');
    const { ctx } = await signIn(db, cashier.email);
    const { key, apiKey } = await createApiKey(ctx, {
      name: 'Scanner',
      permissions: ['pos:sell', 'catalog:read'],
    });
    const source = `{ me { id email name role permissions apiKey { ...Key } organization { id } branch { id } active }
      permissions { role permissions apiKey { ...Key } } }
      fragment Key on ApiKey { id name prefix permissions expiresAt createdBy { id role } }`;
    const shown = {
      id: apiKey.id,
      name: 'Scanner',
      prefix: key.slice(0, 16),
      permissions: ['pos:sell', 'catalog:read'],
      expiresAt: null,
      // What the maker's role is, a key with admin:users alone may know.
      createdBy: { id: cashier.id, role: null },
    };
    const asked = { role: 'API key', permissions: ['pos:sell', 'catalog:read'], apiKey: shown };
    expect((await run(await authenticateBearer(db.services, key), source)).data).toEqual({
      me: {
        id: cashier.id,
        // A key acts for its maker, and is not told more of them than the name.
        email: null,
        name: 'Test cashier',
        ...asked,
        organization: { id: owner.organizationId },
        branch: { id: owner.branchId },
        active: true,
      },
      permissions: asked,
    });
    const person = await run(ctx.actor, source);
    expect(person.data!.me).toMatchObject({ role: 'cashier', email: cashier.email, apiKey: null });
    expect((person.data!.me as { permissions: string[] }).permissions).toContain('pos:register');
    expect(person.data!.permissions).toMatchObject({ role: 'cashier', apiKey: null });
  });

  it('registers with the enums and amounts of the wire', async () => {
    const result = await run(
      ANONYMOUS,
      `mutation ($input: RegisterUserInput!) { registerUser(input: $input) {
        role active lastLoginAt
        organization { name currency roundingMode cashRoundingStep pricesIncludeTax }
        branch { name code currency }
      } }`,
      {
        input: {
          email: `${randomUUID()}@shop.test`,
          password: 'a long pass phrase',
          name: 'Robin',
          organizationName: 'Wire',
          currency: 'CHF',
          roundingMode: 'half_even',
          cashRoundingStep: '0.05',
        },
      },
    );
    expect(result).toEqual({
      data: {
        registerUser: {
          role: 'owner',
          active: true,
          lastLoginAt: null,
          organization: {
            name: 'Wire',
            currency: 'CHF',
            roundingMode: 'half_even',
            cashRoundingStep: '0.05',
            pricesIncludeTax: true,
          },
          branch: { name: 'Wire', code: 'B1', currency: 'CHF' },
        },
      },
    });
  });

  it('lists branches, users and roles with what belongs to them', async () => {
    const result = await run(
      owner.actor,
      `{ branches { total page size pages nextCursor items { id code name timeZone } }
         users(role: "owner") { total items { name email organization { id } branch { code } createdAt } }
         roles { name builtIn permissions }
         organization { id defaultLanguage }
         branch(id: "${owner.branchId}") { code } }`,
    );
    expect(result).toMatchObject({
      data: {
        branches: {
          total: 1,
          page: 1,
          size: 20,
          pages: 1,
          nextCursor: null,
          items: [{ id: owner.branchId, code: 'B1' }],
        },
        users: {
          total: 1,
          items: [{ name: 'Test owner', organization: { id: owner.organizationId }, branch: { code: 'B1' } }],
        },
        organization: { id: owner.organizationId, defaultLanguage: 'en' },
        branch: { code: 'B1' },
      },
    });
    expect((result.data!.roles as { name: string; permissions: string[] }[])[0]).toEqual({
      name: 'owner',
      builtIn: true,
      permissions: ALL_SCOPES,
    });
  });

  it('resolves references in batches, and none of another organization', async () => {
    const source = `query ($representations: [_Any!]!) { _entities(representations: $representations) {
      ... on User { name } ... on Branch { code } ... on Organization { currency } ... on Role { builtIn } } }`;
    const representations = (of: TestOwner) => [
      { __typename: 'User', id: of.user.id },
      { __typename: 'Branch', id: of.branchId },
      { __typename: 'Organization', id: of.organizationId },
      { __typename: 'Role', id: of.roleIds.get('cashier') },
      { __typename: 'User', id: 'no id' },
    ];
    expect((await run(owner.actor, source, { representations: representations(owner) })).data).toEqual({
      _entities: [{ name: 'Test owner' }, { code: 'B1' }, { currency: 'EUR' }, { builtIn: true }, null],
    });
    expect((await run(owner.actor, source, { representations: representations(stranger) })).data).toEqual({
      _entities: [null, null, null, null, null],
    });
    expect((await run(ANONYMOUS, source, { representations: representations(owner) })).data).toEqual({
      _entities: [null, null, null, null, null],
    });
  });

  const branchOfStranger = (): Record<string, unknown> => ({ id: stranger.branchId });

  it('asks for the right permission everywhere', async () => {
    const nobody = userActor({ organizationId: owner.organizationId });
    const settings = userActor({ organizationId: owner.organizationId, scopes: ['admin:settings'] });
    const cases: [string, string | undefined][] = [
      ['{ me { id } }', undefined],
      ['{ permissions { role } }', undefined],
      ['{ organization { id } }', undefined],
      ['{ branches { page } }', undefined],
      ['{ users { page } }', 'admin:users'],
      ['{ roles { id } }', 'admin:users'],
      ['mutation { updateOrganization(input: {}) { id } }', 'admin:settings'],
      ['mutation { createBranch(input: { name: "x" }) { id } }', 'admin:settings'],
      [`mutation { updateBranch(id: "${owner.branchId}", input: {}) { id } }`, 'admin:settings'],
      [`mutation { updateUser(id: "${owner.user.id}", input: {}) { id } }`, 'admin:users'],
      [`mutation { disableUser(id: "${owner.user.id}") { id } }`, 'admin:users'],
      [`mutation { enableUser(id: "${owner.user.id}") { id } }`, 'admin:users'],
      ['mutation { createRole(input: { name: "xx", permissions: [] }) { id } }', 'admin:users'],
      [`mutation { updateRole(id: "${owner.roleIds.get('cashier')!}", input: {}) { id } }`, 'admin:users'],
    ];
    for (const [source, scope] of cases) {
      expect([source, await codeOf(ANONYMOUS, source)]).toEqual([source, 'UNAUTHENTICATED']);
      if (scope) expect([source, await codeOf(nobody, source)]).toEqual([source, 'FORBIDDEN']);
      if (scope === 'admin:users')
        expect([source, await codeOf(settings, source)]).toEqual([source, 'FORBIDDEN']);
    }
    expect(await codeOf(ANONYMOUS, 'mutation { logout { success } }')).toBe('UNAUTHENTICATED');
  });

  it('answers 404 for the branch of another organization', async () => {
    const source = 'query ($id: ID!) { branch(id: $id) { name } }';
    expect(await codeOf(owner.actor, source, branchOfStranger())).toBe('NOT_FOUND');
    expect(await codeOf(owner.actor, source, { id: randomUUID() })).toBe('NOT_FOUND');
    expect(await codeOf(owner.actor, source, { id: 'no id' })).toBe('NOT_FOUND');
    expect(await codeOf(stranger.actor, source, branchOfStranger())).toBeUndefined();
  });

  it('has no field that could carry a hash', () => {
    const fields = Object.values(schema.getTypeMap()).flatMap((type) =>
      'getFields' in type ? Object.keys(type.getFields()) : [],
    );
    // The one secret is the second factor's, which its owner gets to see once, while setting it up.
    expect(fields.filter((field) => /hash|secret/i.test(field))).toEqual(['secret']);
  });
});
