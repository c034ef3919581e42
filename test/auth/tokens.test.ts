import { generateKeyPairSync } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { signAccessToken, verifyAccessToken, type AccessClaims } from '../../kernel/auth/tokens';

const config = { jwtSecret: 'a secret of the test, long enough for HS256' };
const now = new Date('2026-01-31T18:04:05.000Z');
const seconds = Math.floor(now.getTime() / 1000);

const claims: AccessClaims = {
  userId: '0190a000-0002-7000-8000-000000000003',
  organizationId: '0190a000-0000-7000-8000-000000000001',
  sessionId: '0190a000-000d-7000-8000-000000000001',
  branchId: '0190a000-0001-7000-8000-000000000001',
  role: 'cashier',
};

const payload = {
  sub: claims.userId,
  org: claims.organizationId,
  sid: claims.sessionId,
  branch: claims.branchId,
  role: 'cashier',
  iss: 'pospro',
  aud: 'pospro-api',
  iat: seconds,
  exp: seconds + 3600,
};

function codeOf(token: string, at = now): string {
  try {
    verifyAccessToken(config, token, at);
    return 'accepted';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

const unsigned = (header: object, body: object): string =>
  `${[header, body].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`;

describe('access tokens', () => {
  it('say who signed in, and nothing that decides what they may do', () => {
    const token = signAccessToken(config, claims, now);
    expect(jwt.decode(token)).toEqual(payload);
    expect(verifyAccessToken(config, token, now)).toEqual(claims);
  });

  it('leave out the branch of somebody who has none', () => {
    const token = signAccessToken(config, { ...claims, branchId: undefined }, now);
    expect(jwt.decode(token)).not.toHaveProperty('branch');
    expect(verifyAccessToken(config, token, now).branchId).toBeUndefined();
  });

  it('are good for an hour by the clock that is given', () => {
    const token = signAccessToken(config, claims, now);
    expect(codeOf(token, new Date(now.getTime() + 3_599_000))).toBe('accepted');
    expect(codeOf(token, new Date(now.getTime() + 3_600_000))).toBe('TOKEN_EXPIRED');
  });

  it('are refused with any part changed', () => {
    const [header, body, signature] = signAccessToken(config, claims, now).split('.') as [string, string, string];
    const promoted = Buffer.from(JSON.stringify({ ...payload, role: 'owner' })).toString('base64url');
    expect(codeOf(`${header}.${promoted}.${signature}`)).toBe('UNAUTHENTICATED');
    const first = signature.startsWith('A') ? 'B' : 'A';
    expect(codeOf(`${header}.${body}.${first}${signature.slice(1)}`)).toBe('UNAUTHENTICATED');
    expect(codeOf(`${header}.${body}.`)).toBe('UNAUTHENTICATED');
    expect(codeOf(`${header}.${body}`)).toBe('UNAUTHENTICATED');
  });

  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

  it.each([
    ['the algorithm "none"', unsigned({ alg: 'none', typ: 'JWT' }, payload)],
    ['another key', jwt.sign(payload, 'another secret of the test, long enough as well')],
    ['another HMAC', jwt.sign(payload, config.jwtSecret, { algorithm: 'HS512' })],
    ['an RSA key', jwt.sign(payload, privateKey, { algorithm: 'RS256' })],
    ['another issuer', jwt.sign({ ...payload, iss: 'somebody' }, config.jwtSecret)],
    ['another audience', jwt.sign({ ...payload, aud: 'another-api' }, config.jwtSecret)],
    ['no session', jwt.sign({ ...payload, sid: undefined }, config.jwtSecret)],
    ['an id that is none', jwt.sign({ ...payload, org: "' or 1=1 --" }, config.jwtSecret)],
    ['a text for a payload', jwt.sign('text', config.jwtSecret)],
    ['too much of it', jwt.sign({ ...payload, more: 'x'.repeat(5000) }, config.jwtSecret)],
    ['no token at all', 'bearer'],
    ['nothing', ''],
  ])('are refused with %s', (_, token) => {
    expect(codeOf(token)).toBe('UNAUTHENTICATED');
  });
});
