import { createHmac, generateKeyPairSync } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { signAccessToken, verifyAccessToken, type AccessClaims } from '#kernel/auth/tokens';

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

/** A token with any header and claims, whose signature is right. */
function signed(secret: string, header: object, body: object): string {
  const text = [header, body]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

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

  it('are verified once, and checked against the clock each time', () => {
    const verify = jest.spyOn(jwt, 'verify');
    const token = signAccessToken(config, { ...claims, role: 'manager' }, now);
    const at = (offset: number) => codeOf(token, new Date((seconds + offset) * 1000));
    expect([at(0), at(1), at(3599)]).toEqual(['accepted', 'accepted', 'accepted']);
    expect(verify).toHaveBeenCalledTimes(1);
    expect([at(3600), at(-61)]).toEqual(['TOKEN_EXPIRED', 'UNAUTHENTICATED']);
    // Another secret, as after a change of keys, has tokens of its own.
    expect(() => verifyAccessToken({ jwtSecret: 'another secret'.repeat(4) }, token, now)).toThrow(
      'not a valid',
    );
    verify.mockRestore();
  });

  it('are refused with any part changed', () => {
    const [header, body, signature] = signAccessToken(config, claims, now).split('.') as [
      string,
      string,
      string,
    ];
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
    ['no end', signed(config.jwtSecret, { alg: 'HS256', typ: 'JWT' }, { ...payload, exp: undefined })],
    ['an end in a thousand years', jwt.sign({ ...payload, exp: seconds + 31_536_000_000 }, config.jwtSecret)],
    ['an end a second later than ours', jwt.sign({ ...payload, exp: seconds + 3601 }, config.jwtSecret)],
    ['an end beyond what numbers tell apart', jwt.sign({ ...payload, exp: 1e300 }, config.jwtSecret)],
    [
      'an end before its beginning',
      jwt.sign({ ...payload, iat: seconds + 30, exp: seconds + 20 }, config.jwtSecret),
    ],
    [
      'half a second of an end',
      signed(config.jwtSecret, { alg: 'HS256', typ: 'JWT' }, { ...payload, exp: seconds + 0.5 }),
    ],
    [
      'an end that is a text',
      signed(config.jwtSecret, { alg: 'HS256', typ: 'JWT' }, { ...payload, exp: String(seconds + 60) }),
    ],
    ['no beginning', signed(config.jwtSecret, { alg: 'HS256', typ: 'JWT' }, { ...payload, iat: undefined })],
    [
      'a beginning to come',
      jwt.sign({ ...payload, iat: seconds + 120, exp: seconds + 3600 }, config.jwtSecret),
    ],
    ['a day before which it is not good', jwt.sign({ ...payload, nbf: seconds + 60 }, config.jwtSecret)],
    ['several audiences', jwt.sign({ ...payload, aud: ['pospro-api', 'another-api'] }, config.jwtSecret)],
    ['another type', signed(config.jwtSecret, { alg: 'HS256', typ: 'at+jwt' }, payload)],
    ['the type of another use', signed(config.jwtSecret, { alg: 'HS256', typ: 'secevent+jwt' }, payload)],
    ['no type', signed(config.jwtSecret, { alg: 'HS256' }, payload)],
    ['a critical extension', signed(config.jwtSecret, { alg: 'HS256', typ: 'JWT', crit: ['exp'] }, payload)],
    [
      'an unknown critical extension',
      signed(config.jwtSecret, { alg: 'HS256', typ: 'JWT', crit: ['b64'], b64: false }, payload),
    ],
    [
      'no critical extension where some are announced',
      signed(config.jwtSecret, { alg: 'HS256', typ: 'JWT', crit: [] }, payload),
    ],
    [
      'a key of its own',
      signed(config.jwtSecret, { alg: 'HS256', typ: 'JWT', jwk: { kty: 'oct', k: 'AA' } }, payload),
    ],
    [
      'an address of keys',
      signed(config.jwtSecret, { alg: 'HS256', typ: 'JWT', jku: 'https://example.com/keys' }, payload),
    ],
    [
      'the name of another key',
      signed(config.jwtSecret, { alg: 'HS256', typ: 'JWT', kid: '../../dev/null' }, payload),
    ],
    ['"none" beside a right signature', signed(config.jwtSecret, { alg: 'none', typ: 'JWT' }, payload)],
    ['an algorithm in small letters', signed(config.jwtSecret, { alg: 'hs256', typ: 'JWT' }, payload)],
    ['too much of it', jwt.sign({ ...payload, more: 'x'.repeat(5000) }, config.jwtSecret)],
    ['no token at all', 'bearer'],
    ['nothing', ''],
  ])('are refused with %s', (_, token) => {
    expect(codeOf(token)).toBe('UNAUTHENTICATED');
  });
});
