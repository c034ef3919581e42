/**
 * Access tokens: signed, short-lived, and only a claim about who somebody was when they signed in. What they may do now is looked
 * up with the session, so that a changed role or a revoked session tells within seconds and not when the token expires.
 */
import { createSecretKey, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import type { Config } from '../config';
import { PosProError } from '../errors';
import { isUuid } from '../ids';

/** Seconds that an access token is good for. */
export const ACCESS_TOKEN_SECONDS = 3600;

const ISSUER = 'pospro';
const AUDIENCE = 'pospro-api';
/** Pinned: what the token's own header asks for ("none", an RSA key read as a secret) is never looked at. */
const ALGORITHM = 'HS256';
/** What the header of ours says, and nothing besides: no `crit`, no key to be fetched from somewhere (RFC 8725, 3.1, 3.10 and 3.11). */
const HEADER = { alg: ALGORITHM, typ: 'JWT' } as const;
/** Ours have about 500 characters. */
const MAX_TOKEN_LENGTH = 4096;
/** How far the clocks of two of our processes may be apart. */
const CLOCK_SKEW_SECONDS = 60;

/** What an access token says. */
export interface AccessClaims {
  readonly userId: string;
  readonly organizationId: string;
  readonly sessionId: string;
  /** For the client's eyes; the server goes by the session's own branch and role. */
  readonly branchId: string | undefined;
  readonly role: string;
}

const keys = new WeakMap<Pick<Config, 'jwtSecret'>, KeyObject>();

function keyOf(config: Pick<Config, 'jwtSecret'>): KeyObject {
  let key = keys.get(config);
  if (!key) {
    key = createSecretKey(config.jwtSecret, 'utf8');
    keys.set(config, key);
  }
  return key;
}

/** Signs an access token that is good for `ACCESS_TOKEN_SECONDS` from `now`. */
export function signAccessToken(config: Pick<Config, 'jwtSecret'>, claims: AccessClaims, now: Date): string {
  const issuedAt = Math.floor(now.getTime() / 1000);
  const payload = {
    sub: claims.userId,
    org: claims.organizationId,
    sid: claims.sessionId,
    ...(claims.branchId === undefined ? {} : { branch: claims.branchId }),
    role: claims.role,
    iss: ISSUER,
    aud: AUDIENCE,
    iat: issuedAt,
    exp: issuedAt + ACCESS_TOKEN_SECONDS,
  };
  return jwt.sign(payload, keyOf(config), { algorithm: ALGORITHM, header: HEADER });
}

/**
 * Checks header, signature, issuer, audience and times as RFC 8725 asks for: a token that we would not have signed is none of ours,
 * even where its signature is right.
 * @throws PosProError TOKEN_EXPIRED, or UNAUTHENTICATED for whatever else is wrong with it.
 */
export function verifyAccessToken(config: Pick<Config, 'jwtSecret'>, token: string, now: Date): AccessClaims {
  if (token.length > MAX_TOKEN_LENGTH) throw notOurs();
  const seconds = Math.floor(now.getTime() / 1000);
  let verified: jwt.Jwt;
  try {
    verified = jwt.verify(token, keyOf(config), {
      algorithms: [ALGORITHM],
      issuer: ISSUER,
      audience: AUDIENCE,
      clockTimestamp: seconds,
      complete: true,
    });
  } catch (error) {
    if (error instanceof jwt.TokenExpiredError) {
      throw new PosProError(
        'TOKEN_EXPIRED',
        'The access token has expired. Get a new one with POST /auth/refresh.',
        {
          cause: error,
        },
      );
    }
    throw notOurs();
  }
  if (!isOurHeader(verified.header)) throw notOurs();
  return claimsOf(verified.payload, seconds);
}

function isOurHeader(header: jwt.JwtHeader): boolean {
  const members = Object.entries(header);
  return (
    members.length === Object.keys(HEADER).length && header.alg === HEADER.alg && header.typ === HEADER.typ
  );
}

/** Whatever is wrong with it: who has it needs another one. */
function notOurs(): PosProError {
  return new PosProError(
    'UNAUTHENTICATED',
    'This is not a valid access token. Sign in with POST /auth/login to get one.',
  );
}

/** @param now in seconds since 1970. */
function claimsOf(payload: string | jwt.JwtPayload, now: number): AccessClaims {
  if (typeof payload === 'string') throw notOurs();
  const { sub, org, sid, branch, role, aud, iat, exp } = payload as Record<string, unknown>;
  // The library takes a list of audiences for good, and a token without an end for one that never ends.
  if (aud !== AUDIENCE || !isLifetime(iat, exp, now)) throw notOurs();
  if (!isId(sub) || !isId(org) || !isId(sid) || typeof role !== 'string') throw notOurs();
  return {
    userId: sub,
    organizationId: org,
    sessionId: sid,
    branchId: isId(branch) ? branch : undefined,
    role,
  };
}

/** Whether a token was issued by now, and for no longer than ours are good for. */
function isLifetime(iat: unknown, exp: unknown, now: number): boolean {
  if (!Number.isSafeInteger(iat) || !Number.isSafeInteger(exp)) return false;
  const [from, to] = [iat as number, exp as number];
  return from <= now + CLOCK_SKEW_SECONDS && to > from && to - from <= ACCESS_TOKEN_SECONDS;
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && isUuid(value);
}
