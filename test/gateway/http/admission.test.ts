/** Who is let in: rate limits over both faces, tokens that are no good, API keys, and from where administrators may administer. */
import { addressMatcher, isAddressRange, senderAddress } from '#kernel/ip-addresses';
import { ALL_SCOPES } from '#kernel/auth/scopes';
import { ConfigError, readConfig } from '#kernel/config';
import { memoryRateLimiter } from '#kernel/limits/index';
import { createContext } from '#kernel/context';
import { createApiKey } from '#subgraphs/auth/api-keys';
import { subgraph as authSubgraph } from '#subgraphs/auth/subgraph';
import { TEST_PASSWORD, createColleagueOf, createOwner, type TestOwner } from '#test/harness/actors';
import { startTestPlatform, type RestAnswer, type TestPlatform } from '#test/harness/platform';

type Started = TestPlatform & { owner: TestOwner };

async function started(env: Record<string, string>): Promise<Started> {
  const platform = await startTestPlatform({
    env,
    subgraphs: [authSubgraph({ newShop: [] })],
    supergraphFile: 'none',
  });
  const { services } = platform;
  const contextFor: Parameters<typeof createOwner>[0]['contextFor'] = (actor) =>
    createContext(services, actor, { requestId: 'test', address: '127.0.0.1' });
  return { ...platform, owner: await createOwner({ services, contextFor }) };
}

const codeOf = (answer: RestAnswer): string => (answer.body as { code: string }).code;

async function tokenOf(platform: TestPlatform, email: string): Promise<string> {
  const answer = await platform.rest('POST', '/api/v1/auth/login', {
    body: { email, password: TEST_PASSWORD },
  });
  return (answer.body as { access_token: string }).access_token;
}

describe('the limit of operations', () => {
  let platform: Started;
  beforeAll(async () => (platform = await started({ RATE_LIMIT_PER_MINUTE: '20' })));
  afterAll(() => platform.stop());

  const limitHeaders = ({ headers }: { headers: Headers }) =>
    ['limit', 'remaining', 'reset'].map((name) => headers.get(`ratelimit-${name}`));

  it('counts each user by itself over both faces, and each address without one', async () => {
    const token = await tokenOf(platform, platform.owner.user.email);
    const first = await platform.rest('GET', '/api/v1/branches', { token });
    expect(first.status).toBe(200);
    expect(limitHeaders(first)).toEqual(['20', '19', '60']);
    const second = await platform.graphql(
      '{ branches { page } organization { id } ...F } fragment F on Query { again: me { id } }',
      {},
      token,
    );
    expect(second.errors).toBeUndefined();
    expect(second.headers.get('ratelimit-remaining')).toBe('16');
    for (let call = 0; call < 16; call += 1) await platform.rest('GET', '/api/v1/branches', { token });
    const refused = await platform.rest('GET', '/api/v1/branches', { token });
    expect([refused.status, codeOf(refused)]).toEqual([429, 'RATE_LIMITED']);
    expect(limitHeaders(refused).slice(0, 2)).toEqual(['20', '0']);
    const wait = Number(refused.headers.get('retry-after'));
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(60);
    expect(String(wait)).toBe(refused.headers.get('ratelimit-reset'));

    const graph = await platform.graphql('{ me { id } }', {}, token);
    expect([graph.status, graph.errors![0]!.extensions.code]).toEqual([429, 'RATE_LIMITED']);
    expect(Number(graph.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(graph.errors![0]!.extensions.retryAfter).toEqual(expect.any(Number));
    // Somebody else at the same address goes on, and so do those without a token.
    const colleague = await createColleagueOf(
      { services: platform.services, contextFor: () => platform.owner.ctx },
      platform.owner,
      'cashier',
    );
    const other = await tokenOf(platform, colleague.email);
    expect((await platform.rest('GET', '/api/v1/branches', { token: other })).status).toBe(200);
  });

  it('counts every root field, so that aliases and fragments do not slip by, and nothing of it is carried out', async () => {
    const colleague = await createColleagueOf(
      { services: platform.services, contextFor: () => platform.owner.ctx },
      platform.owner,
      'cashier',
    );
    const token = await tokenOf(platform, colleague.email);
    const many = `{ ${Array.from({ length: 21 }, (_, index) => `a${index}: me { id }`).join(' ')} }`;
    const { status, data, errors } = await platform.graphql(many, {}, token);
    expect([status, data, errors!.map(({ extensions }) => extensions.code)]).toEqual([
      429,
      undefined,
      ['RATE_LIMITED'],
    ]);
  });

  it('counts a made-up token by the address it comes from', async () => {
    const answers: number[] = [];
    for (let call = 0; call < 22; call += 1) {
      answers.push((await platform.rest('GET', '/api/v1/branches', { token: `pospro_sk_${call}` })).status);
    }
    expect(answers.at(0)).toBe(401);
    expect(answers.at(-1)).toBe(429);
    // Introspection is counted as anything else is.
    expect((await platform.graphql('{ __schema { queryType { name } } }')).status).toBe(429);
  });
});

describe('the limit of visitors', () => {
  let platform: Started;
  beforeAll(
    async () =>
      (platform = await started({ RATE_LIMIT_VISITORS_PER_MINUTE: '3', TRUSTED_PROXIES: '127.0.0.1' })),
  );
  afterAll(() => platform.stop());

  it('counts each address that sends a publishable key, apart from staff', async () => {
    const { key } = await createApiKey(platform.owner.ctx, { name: 'Shop', kind: 'publishable' });
    const visit = async (address: string) => {
      const headers = { 'x-api-key': key, 'x-forwarded-for': address };
      return (await platform.rest('GET', '/api/v1/branches', { headers })).status;
    };
    const statuses = [];
    for (const address of ['192.0.2.1', '192.0.2.1', '192.0.2.1', '192.0.2.1', '192.0.2.2'])
      statuses.push(await visit(address));
    expect(statuses).toEqual([403, 403, 403, 429, 403]);
    const token = await tokenOf(platform, platform.owner.user.email);
    expect((await platform.rest('GET', '/api/v1/branches', { token })).status).toBe(200);
  });
});

describe('the limit of attempts', () => {
  let platform: Started;
  beforeAll(async () => (platform = await started({ RATE_LIMIT_LOGINS_PER_MINUTE: '3' })));
  afterAll(() => platform.stop());

  it('counts by address and account, whether there is one or not', async () => {
    for (const email of [platform.owner.user.email, 'nobody@shop.test']) {
      const statuses: number[] = [];
      for (let time = 0; time < 4; time += 1) {
        const body = { email: time % 2 ? email.toUpperCase() : email, password: 'wrong' };
        statuses.push((await platform.rest('POST', '/api/v1/auth/login', { body })).status);
      }
      expect(statuses).toEqual([401, 401, 401, 429]);
    }
    const body = { email: platform.owner.user.email, password: TEST_PASSWORD };
    const refused = await platform.rest('POST', '/api/v1/auth/login', { body });
    expect(codeOf(refused)).toBe('RATE_LIMITED');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('counts each alias of a mutation', async () => {
    const { email } = await createColleagueOf(
      { services: platform.services, contextFor: () => platform.owner.ctx },
      platform.owner,
      'cashier',
    );
    const login = `login(input: { email: "${email}", password: "${TEST_PASSWORD}" }) { tokenType }`;
    const { errors } = await platform.graphql(`mutation { a: ${login} b: ${login} c: ${login} d: ${login} }`);
    expect(errors!.map(({ extensions, path }) => [path, extensions.code])).toEqual([[['d'], 'RATE_LIMITED']]);
  });

  it.each<[string, Record<string, string>, number]>([
    ['refresh', { refresh_token: 'made up' }, 401],
    ['forgot-password', { email: 'somebody@shop.test' }, 202],
    ['reset-password', { token: 'made up', password: 'a long pass phrase' }, 422],
    ['verify-email', { token: 'made up' }, 422],
    ['register', { email: 'x', name: 'x', password: 'x', organization_name: 'x' }, 422],
  ])('holds for %s', async (route, body, status) => {
    const statuses: number[] = [];
    for (let time = 0; time < 4; time += 1)
      statuses.push((await platform.rest('POST', `/api/v1/auth/${route}`, { body })).status);
    expect(statuses).toEqual([status, status, status, 429]);
  });
});

describe('a limiter', () => {
  it('begins anew when its window is over', async () => {
    const limiter = memoryRateLimiter({ limit: 2, windowSeconds: 1 });
    const exceeded = async () => (await limiter.consume('key')).exceeded;
    expect([await exceeded(), await exceeded(), await exceeded()]).toEqual([false, false, true]);
    expect(await limiter.peek('key')).toMatchObject({ limit: 2, remaining: 0, exceeded: true });
    expect(await limiter.peek('another')).toEqual({
      limit: 2,
      remaining: 2,
      resetSeconds: 1,
      exceeded: false,
    });
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect(await limiter.consume('key')).toEqual({
      limit: 2,
      remaining: 1,
      resetSeconds: 1,
      exceeded: false,
    });
    await limiter.block('key', 60);
    expect(await limiter.peek('key')).toMatchObject({ exceeded: true, resetSeconds: 60 });
    await limiter.reset('key');
    expect(await limiter.peek('key')).toMatchObject({ exceeded: false });
  });
});

describe('a token that is no good', () => {
  let platform: Started;
  beforeAll(async () => (platform = await started({})));
  afterAll(() => platform.stop());
  const refresh = (token: string) => ({
    headers: { authorization: token },
    body: { refresh_token: 'made up' },
  });

  it('does not keep its holder from what is for everybody', async () => {
    const body = { email: platform.owner.user.email, password: TEST_PASSWORD };
    for (const authorization of ['Bearer gone', 'Basic abc', 'Bearer']) {
      const login = await platform.rest('POST', '/api/v1/auth/login', { headers: { authorization }, body });
      expect(login.status).toBe(200);
      const answer = await platform.rest('POST', '/api/v1/auth/refresh', refresh(authorization));
      expect((answer.body as { detail: string }).detail).toContain('refresh token is unknown');
      expect((await platform.rest('GET', '/api/v1/branches', { headers: { authorization } })).status).toBe(
        401,
      );
    }
    const graph = await platform.graphql(
      'mutation ($i: LoginInput!) { login(input: $i) { tokenType } }',
      { i: body },
      'gone',
    );
    expect(graph).toMatchObject({ status: 200, data: { login: { tokenType: 'bearer' } } });
    const mixed = await platform.graphql(
      'mutation ($i: LoginInput!) { login(input: $i) { tokenType } logout { success } }',
      { i: body },
      'gone',
    );
    expect([mixed.status, mixed.data, mixed.errors![0]!.extensions.code]).toEqual([
      401,
      undefined,
      'UNAUTHENTICATED',
    ]);
  });

  it('says what is wrong with it', async () => {
    const token = await tokenOf(platform, platform.owner.user.email);
    expect((await platform.rest('POST', '/api/v1/auth/logout', { token })).status).toBe(200);
    const answer = await platform.rest('GET', '/api/v1/branches', { token });
    expect([answer.status, codeOf(answer)]).toEqual([401, 'TOKEN_REVOKED']);
  });

  it('makes no organization where a colleague was meant', async () => {
    const body = {
      email: 'a@b.test',
      name: 'A',
      password: 'a long pass phrase',
      organization_name: 'Mistake',
    };
    const answer = await platform.rest('POST', '/api/v1/auth/register', { token: 'gone', body });
    expect([answer.status, codeOf(answer)]).toEqual([401, 'UNAUTHENTICATED']);
  });

  it('API keys go in either header', async () => {
    const { key, apiKey } = await createApiKey(platform.owner.ctx, {
      name: 'x',
      permissions: ['admin:settings'],
    });
    for (const headers of [{ authorization: `Bearer ${key}` }, { 'x-api-key': key }] as Record<
      string,
      string
    >[]) {
      expect((await platform.rest('GET', '/api/v1/auth/api-keys', { headers })).status).toBe(200);
      const refused = await platform.rest('GET', '/api/v1/admin/users', { headers });
      expect([refused.status, codeOf(refused)]).toEqual([403, 'FORBIDDEN']);
    }
    const headers = { 'x-api-key': key };
    expect((await platform.rest('DELETE', `/api/v1/auth/api-keys/${apiKey.id}`, { headers })).status).toBe(
      200,
    );
    const gone = await platform.rest('GET', '/api/v1/auth/api-keys', { headers });
    expect([gone.status, codeOf(gone)]).toEqual([401, 'TOKEN_REVOKED']);
    expect(
      (await platform.rest('GET', '/api/v1/branches', { headers: { 'x-api-key': 'secret' } })).status,
    ).toBe(401);
  });
});

describe('ADMIN_IP_ALLOW', () => {
  const headers = (forwarded: string) => ({ 'x-forwarded-for': forwarded });

  it('lets administrators administer from the listed addresses only, by the word of trusted proxies', async () => {
    const platform = await started({
      ADMIN_IP_ALLOW: '10.0.0.0/8, 2001:db8::/32',
      TRUSTED_PROXIES: '127.0.0.1',
    });
    try {
      const token = await tokenOf(platform, platform.owner.user.email);
      const statusFrom = async (address: string, path = '/api/v1/admin/users') =>
        (await platform.rest('GET', path, { token, headers: headers(address) })).status;
      expect(await statusFrom('10.1.2.3')).toBe(200);
      expect(await statusFrom('2001:db8::1')).toBe(200);
      expect(await statusFrom('11.1.2.3')).toBe(403);
      // What a client claims before the proxy's own entry counts for nothing.
      expect(await statusFrom('10.1.2.3, 11.1.2.3')).toBe(403);
      expect(await statusFrom('11.1.2.3', '/api/v1/branches')).toBe(200);
      const register = { body: { email: 'new@shop.test', name: 'New', role: 'cashier' }, token };
      expect(
        (await platform.rest('POST', '/api/v1/auth/register', { ...register, headers: headers('11.1.2.3') }))
          .status,
      ).toBe(403);
      expect(
        (await platform.rest('POST', '/api/v1/auth/register', { ...register, headers: headers('10.1.2.3') }))
          .status,
      ).toBe(201);
      const graph = await platform.graphql('{ users { page } }', {}, token);
      expect(graph.errors![0]!.extensions.code).toBe('FORBIDDEN');
    } finally {
      await platform.stop();
    }
  });

  it('believes nobody where no proxy is trusted', async () => {
    const platform = await started({ ADMIN_IP_ALLOW: '10.0.0.0/8' });
    try {
      const token = await tokenOf(platform, platform.owner.user.email);
      const answer = await platform.rest('GET', '/api/v1/admin/users', {
        token,
        headers: headers('10.1.2.3'),
      });
      expect([answer.status, codeOf(answer)]).toEqual([403, 'FORBIDDEN']);
    } finally {
      await platform.stop();
    }
  });

  it('reads addresses and ranges, and refuses to start with anything else', () => {
    for (const text of ['10.0.0.1', '10.0.0.0/8', '::1', '2001:db8::/32', '0.0.0.0/0'])
      expect(isAddressRange(text)).toBe(true);
    for (const text of ['', 'localhost', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/9', '::/129', '10.0.0/8']) {
      expect(isAddressRange(text)).toBe(false);
    }
    const matches = addressMatcher(['10.0.0.0/8', '::1']);
    expect(['10.9.9.9', '::ffff:10.1.1.1', '::1'].map(matches)).toEqual([true, true, true]);
    expect(['11.0.0.1', '::2', 'platform', ''].map(matches)).toEqual([false, false, false, false]);
    const senders = [
      '10.1.2.3',
      '::ffff:10.1.2.3',
      '2001:db8::1',
      '2001:0DB8:0:0:ffff::2',
      '2001:db8:0:1::1',
      '::1',
      'fe80::1%eth0',
    ];
    expect(senders.map(senderAddress)).toEqual([
      '10.1.2.3',
      '10.1.2.3',
      '2001:db8:0:0::/64',
      '2001:db8:0:0::/64',
      '2001:db8:0:1::/64',
      '0:0:0:0::/64',
      'fe80:0:0:0::/64',
    ]);
    expect(() => readConfig({ NODE_ENV: 'test', ADMIN_IP_ALLOW: '10.0.0.1, office' })).toThrow(ConfigError);
    expect(ALL_SCOPES.filter((scope) => scope.startsWith('admin:')).length).toBeGreaterThan(3);
  });
});

describe('the settings', () => {
  it('are read, with defaults that hold without any', () => {
    const { rateLimits, mail, publicUrl, adminIpAllow } = readConfig({ NODE_ENV: 'test', PORT: '9000' });
    expect({ rateLimits, mail, publicUrl, adminIpAllow }).toEqual({
      rateLimits: { perMinute: 100, loginsPerMinute: 10, visitorsPerMinute: 100 },
      mail: { smtpUrl: undefined, from: 'PosPro <no-reply@localhost>' },
      publicUrl: 'http://localhost:9000',
      adminIpAllow: [],
    });
    expect(readConfig({ NODE_ENV: 'test', PUBLIC_URL: 'https://pos.shop.test//' }).publicUrl).toBe(
      'https://pos.shop.test',
    );
  });

  it('are refused where they are wrong, all at once', () => {
    const env = {
      SMTP_URL: 'mail.shop.test',
      PUBLIC_URL: 'shop',
      RATE_LIMIT_PER_MINUTE: '-1',
      RATE_LIMIT_LOGINS_PER_MINUTE: 'few',
    };
    const refused = () => readConfig({ NODE_ENV: 'test', ...env });
    for (const name of Object.keys(env)) expect(refused).toThrow(name);
  });
});
