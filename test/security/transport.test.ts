/** How requests arrive: from which origin, for which host, over TLS or in the clear, with a cookie or with a token. */
import { readdirSync, readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import path from 'node:path';
import { startTestPlatform, type TestPlatform } from '../harness/platform';

const SHOP = 'https://shop.example';

/** The head of the answer to bytes that are sent as they are. */
function exchange(url: string, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = '';
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text));
    socket.setEncoding('utf8').on('data', (part: string) => (heard += part));
    socket.on('close', () => resolve(heard)).on('error', reject);
  });
}

interface Head {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
}

/** Asks without following redirects and with any header, Host and Cookie too. */
function ask(url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Head> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url, { method, headers }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve({ status: answer.statusCode!, headers: answer.headers }));
    });
    sent.on('error', reject).end();
  });
}

describe('a platform for pages of one other origin', () => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await startTestPlatform({ env: { CORS_ORIGINS: SHOP } });
  }, 60_000);
  afterAll(() => platform.stop());

  const preflight = (origin: string, method: string, route = '/api/v1/products') =>
    ask(
      `${platform.url}${route}`,
      {
        origin,
        'access-control-request-method': method,
        'access-control-request-headers':
          'authorization,content-type,idempotency-key,if-match,if-none-match,x-api-key,x-request-id,apollo-require-preflight',
      },
      'OPTIONS',
    );

  it.each(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])(
    'permits %s to it, with every header of ours',
    async (method) => {
      for (const route of ['/api/v1/products', '/api/v1/products/x', '/graphql']) {
        const { status, headers } = await preflight(SHOP, method, route);
        expect(status).toBe(204);
        expect(headers['access-control-allow-origin']).toBe(SHOP);
        expect(String(headers['access-control-allow-methods']).split(/, */)).toContain(method);
        const allowed = String(headers['access-control-allow-headers']).toLowerCase().split(/, */);
        const ours = [
          'authorization',
          'content-type',
          'idempotency-key',
          'if-match',
          'if-none-match',
          'x-api-key',
          'x-request-id',
        ];
        expect(allowed).toEqual(expect.arrayContaining(ours));
      }
    },
  );

  it.each(['https://evil.example', 'https://shop.example.evil.example', 'http://shop.example', 'null'])(
    'permits nothing to %s',
    async (origin) => {
      expect((await preflight(origin, 'PUT')).headers['access-control-allow-origin']).toBeUndefined();
      const { headers } = await ask(`${platform.url}/api/v1/products`, { origin });
      expect(headers['access-control-allow-origin']).toBeUndefined();
    },
  );

  it('never lets pages send what a browser keeps', async () => {
    expect((await preflight(SHOP, 'PUT')).headers['access-control-allow-credentials']).toBeUndefined();
  });

  const end = 'Connection: close\r\n\r\n';
  it.each([
    ['two hosts', `Host: a\r\nHost: b\r\n`],
    ['the same host twice', `Host: a\r\nHost: a\r\n`],
    ['two hosts in different letters', `Host: a\r\nhOST: b\r\n`],
    ['two hosts in one', `Host: a, b\r\n`],
    ['a host with a path', `Host: a/b\r\n`],
    ['a host with a user', `Host: a@b\r\n`],
    ['a host with a blank', `Host: a b\r\n`],
    ['two tokens', `Host: a\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n`],
    ['two API keys', `Host: a\r\nX-API-Key: a\r\nX-API-Key: b\r\n`],
    ['two idempotency keys', `Host: a\r\nIdempotency-Key: a\r\nIdempotency-Key: b\r\n`],
    ['two kinds of body', `Host: a\r\nContent-Type: text/csv\r\nContent-Type: application/json\r\n`],
  ])('refuses %s with 400', async (_, headers) => {
    for (const route of ['/health/live', '/api/v1/products', '/graphql', '/nothing']) {
      const heard = await exchange(platform.url, `GET ${route} HTTP/1.1\r\n${headers}${end}`);
      expect(heard).toMatch(/^HTTP\/1.1 400 Bad Request\r\n/);
      expect(heard).toContain('BAD_REQUEST');
    }
  });

  it.each(['a', 'a:80', '127.0.0.1:8000', '[::1]:8000', 'pos.example.com', ''])(
    'takes the host "%s"',
    async (host) => {
      const heard = await exchange(platform.url, `GET /health/live HTTP/1.1\r\nHost: ${host}\r\n${end}`);
      expect(heard).toMatch(/^HTTP\/1.1 200 OK\r\n/);
    },
  );

  it('says nothing of TLS where its address is none of TLS', async () => {
    expect((await ask(`${platform.url}/health/live`)).headers['strict-transport-security']).toBeUndefined();
  });

  it('sets no cookie with any answer, and goes by none', async () => {
    const routes = [
      '/',
      '/docs',
      '/redoc',
      '/openapi.json',
      '/health',
      '/api/v1/products',
      '/api/v1/auth/me',
      '/nothing',
    ];
    const registered = await platform.rest('POST', '/api/v1/auth/register', {
      body: { email: 'a@shop.test', name: 'A', password: 'a long pass phrase', organization_name: 'Shop' },
    });
    const signedIn = await platform.rest('POST', '/api/v1/auth/login', {
      body: { email: 'a@shop.test', password: 'a long pass phrase' },
    });
    const graph = await platform.graphql('{ __typename }');
    const token = (signedIn.body as { access_token: string }).access_token;
    for (const { headers } of [registered, signedIn, graph]) expect(headers.get('set-cookie')).toBeNull();
    for (const name of ['access_token', 'token', 'session', 'authorization', 'jwt']) {
      const { status } = await ask(`${platform.url}/api/v1/auth/me`, { cookie: `${name}=${token}` });
      expect(status).toBe(401);
    }
    for (const route of routes) {
      const { headers } = await ask(`${platform.url}${route}`, { authorization: `Bearer ${token}` });
      expect(headers['set-cookie']).toBeUndefined();
    }
  });

  it('has no code that reads or sets one: whoever brings it in must bring a CSRF token too', () => {
    const root = path.join(__dirname, '../..');
    const files = ['kernel', 'gateway', 'sofa', 'subgraphs'].flatMap((folder) =>
      readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
        path.join(root, folder, file),
      ),
    );
    const found = files.filter(
      (file) => /\.(ts|js)$/.test(file) && /cookie/i.test(readFileSync(file, 'utf8')),
    );
    // The log hides the header where a browser sends one all the same.
    expect(found.map((file) => path.relative(root, file))).toEqual(['kernel/log.ts']);
  });
});

describe('a platform whose address is https', () => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await startTestPlatform({
      env: { PUBLIC_URL: 'https://pos.example.com/', TRUSTED_PROXIES: '127.0.0.1' },
    });
  }, 60_000);
  afterAll(() => platform.stop());

  it.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])(
    'sends %s in the clear to its own address, whatever the host says',
    async (method) => {
      for (const route of [
        '/',
        '/docs',
        '/api/v1/products?size=5',
        '/graphql?query={__typename}',
        '/nothing',
        '//evil.example/x',
      ]) {
        const { status, headers } = await ask(`${platform.url}${route}`, { host: 'evil.example' }, method);
        expect({ status, location: headers.location }).toEqual({
          status: 308,
          location: `https://pos.example.com${route}`,
        });
        expect(headers['strict-transport-security']).toBeUndefined();
      }
    },
  );

  it('sends a request for a whole URL to the front page', async () => {
    const heard = await exchange(
      platform.url,
      'GET http://evil.example/x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    );
    expect(heard).toMatch(/^HTTP\/1.1 308 /);
    expect(heard).toContain('\r\nlocation: https://pos.example.com/\r\n');
  });

  it('serves what the proxy says came over TLS, and tells browsers to stay with it', async () => {
    const { status, headers } = await ask(`${platform.url}/openapi.json`, { 'x-forwarded-proto': 'https' });
    expect({ status, tls: headers['strict-transport-security'] }).toEqual({
      status: 200,
      tls: 'max-age=31536000',
    });
    const missing = await ask(`${platform.url}/nothing`, { 'x-forwarded-proto': 'https' });
    expect({ status: missing.status, tls: missing.headers['strict-transport-security'] }).toEqual({
      status: 404,
      tls: 'max-age=31536000',
    });
  });

  it.each(['/health', '/health/live', '/health/ready', '/metrics'])(
    'answers %s from inside without TLS',
    async (route) => {
      expect((await ask(`${platform.url}${route}`)).status).toBe(200);
    },
  );
});

it('believes no proxy that is not trusted', async () => {
  const platform = await startTestPlatform({
    env: { PUBLIC_URL: 'https://pos.example.com', TRUSTED_PROXIES: '10.0.0.1' },
  });
  try {
    expect((await ask(`${platform.url}/docs`, { 'x-forwarded-proto': 'https' })).status).toBe(308);
    expect((await ask(`${platform.url}/health/live`)).status).toBe(200);
  } finally {
    await platform.stop();
  }
}, 60_000);
