/** The ways of a forgotten password and of a new address, as clients go them: over HTTP, with a real mail server behind it. */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { subgraph as authSubgraph } from '#subgraphs/auth/subgraph';
import { startTestPlatform, type RestAnswer, type TestPlatform } from '#test/harness/platform';
import { plain, startMailServer, tokenIn, type TestMailServer } from '#test/auth/mail/mail-server';

const onlyAuth = { subgraphs: [authSubgraph({ newShop: [] })], supergraphFile: 'none' };
const registration = {
  email: 'owner@corner.test',
  name: 'Robin Ellis',
  password: 'a long pass phrase',
  organization_name: 'The Corner Shop',
};

/** As the proxy says it that ends TLS. */
const overTls = { 'x-forwarded-proto': 'https' };

let server: TestMailServer;
let platform: TestPlatform;

beforeAll(async () => {
  server = await startMailServer();
  platform = await startTestPlatform({
    ...onlyAuth,
    env: {
      SMTP_URL: `smtp://127.0.0.1:${server.port}`,
      MAIL_FROM: 'till@shop.test',
      PUBLIC_URL: 'https://pos.shop.test/',
      TRUSTED_PROXIES: '127.0.0.1',
    },
  });
});
afterAll(async () => {
  await platform.stop();
  await server.close();
});

const post = (route: string, body: object, token?: string): Promise<RestAnswer> =>
  platform.rest('POST', `/api/v1/auth/${route}`, { body, token, headers: overTls });

/** What the answer says, without what differs from request to request. */
const told = ({ status, body }: RestAnswer) => ({
  status,
  body: { ...(body as object), request_id: undefined },
});

it('leads from a registration to a verified address and a new password', async () => {
  const registered = await post('register', registration);
  expect([registered.status, (registered.body as { email_verified: boolean }).email_verified]).toEqual([
    201,
    false,
  ]);
  const welcome = await server.mailTo(registration.email, /confirm your e-mail address/);
  expect(welcome.from).toBe('till@shop.test');
  expect(welcome.text).toContain('https://pos.shop.test/verify-email?token=');
  const verified = await post('verify-email', { token: tokenIn(welcome.text) });
  expect(told(verified)).toEqual({
    status: 200,
    body: { email: registration.email, verified_at: expect.any(String) as string, request_id: undefined },
  });

  const known = await post('forgot-password', { email: registration.email });
  const unknown = await post('forgot-password', { email: 'nobody@corner.test' });
  expect(told(known)).toEqual({ status: 202, body: { accepted: true, request_id: undefined } });
  expect(told(unknown)).toEqual(told(known));
  expect([...unknown.headers.keys()].sort()).toEqual([...known.headers.keys()].sort());
  const reset = await server.mailTo(registration.email, /Choose a new password/);
  const token = tokenIn(reset.text);
  const answer = await post('reset-password', { token, password: 'another pass phrase' });
  expect(told(answer)).toEqual({ status: 200, body: { success: true, api_keys: [], request_id: undefined } });
  const again = await post('reset-password', { token, password: 'another pass phrase' });
  expect(told(again)).toMatchObject({
    status: 422,
    body: { code: 'VALIDATION_FAILED', errors: [{ field: 'token' }] },
  });
  expect((await post('login', { email: registration.email, password: registration.password })).status).toBe(
    401,
  );
  const login = await post('login', { email: registration.email, password: 'another pass phrase' });
  expect(login.status).toBe(200);

  const { access_token: owner } = login.body as { access_token: string };
  const invited = await post('register', { email: 'alex@corner.test', name: 'Alex', role: 'cashier' }, owner);
  expect(invited.status).toBe(201);
  const invitation = await server.mailTo('alex@corner.test', /Your account at The Corner Shop/);
  const chosen = await post('reset-password', {
    token: tokenIn(invitation.text),
    password: 'my own pass phrase',
  });
  expect(chosen.status).toBe(200);
  const session = await post('login', { email: 'alex@corner.test', password: 'my own pass phrase' });
  expect(session.body).toMatchObject({ user: { role: 'cashier', email_verified: true, two_factor: false } });
  expect(server.received.map(({ to }) => to[0])).toEqual([
    registration.email,
    registration.email,
    'alex@corner.test',
  ]);
});

it('leads through a second factor over REST, in the names of REST', async () => {
  const login = await post('login', { email: registration.email, password: 'another pass phrase' });
  const { access_token: token } = login.body as { access_token: string };
  const enrolled = await post('2fa/enroll', { password: 'another pass phrase' }, token);
  expect([enrolled.status, Object.keys(enrolled.body)]).toEqual([200, ['secret', 'otpauth_url', 'qr_code']]);
  const wrong = await post('2fa/confirm', { otp: '000000' }, token);
  expect(told(wrong)).toMatchObject({ status: 422, body: { errors: [{ field: 'otp', code: 'WRONG' }] } });
  const sessions = await platform.rest('GET', '/api/v1/auth/sessions', { token, headers: overTls });
  expect(sessions.body).toMatchObject({
    total: 2,
    items: [
      { current: true, address: '127.0.0.1' },
      { current: false, address: '127.0.0.1' },
    ],
  });
  const { items } = sessions.body as { items: { id: string }[] };
  expect(
    (await platform.rest('DELETE', `/api/v1/auth/sessions/${items[0]!.id}`, { token, headers: overTls }))
      .status,
  ).toBe(200);
  expect((await platform.rest('GET', '/api/v1/auth/me', { token, headers: overTls })).status).toBe(401);
});

it('writes the e-mails to a folder without a mail server', async () => {
  const local = await startTestPlatform(onlyAuth);
  try {
    const answer = await local.rest('POST', '/api/v1/auth/register', {
      body: { ...registration, email: 'folder@corner.test' },
    });
    expect(answer.status).toBe(201);
    const folder = path.join(local.services.config.dataDir, 'mail');
    const files = () => {
      try {
        return readdirSync(folder).filter((name) => name.endsWith('.eml'));
      } catch {
        // The folder comes with the first mail.
        return [];
      }
    };
    for (let look = 0; look < 100 && files().length === 0; look += 1)
      await new Promise((resolve) => setTimeout(resolve, 50));
    const text = plain(readFileSync(path.join(folder, files()[0]!), 'utf8'));
    expect(text).toContain('To: folder@corner.test');
    const verified = await local.rest('POST', '/api/v1/auth/verify-email', {
      body: { token: tokenIn(text) },
    });
    expect(verified.status).toBe(200);
  } finally {
    await local.stop();
  }
});
