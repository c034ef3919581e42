/**
 * Access tokens: signed, short-lived, and only a claim about a user at sign-in. The current permissions are
 * read with the session, so that a changed role or a revoked session takes effect within seconds, not when the
 * token expires.
 */
import { createSecretKey, hash, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { LRUCache } from 'lru-cache';
import type { Config } from '../config';
import { PosProError } from '../errors';
import { isUuid } from '../ids';

/** Lifetime of an access token, in seconds. */
export const ACCESS_TOKEN_SECONDS = 3600;

const ISSUER = 'pospro';
const AUDIENCE = 'pospro-api';
/** Pinned: the algorithm in the token's own header ("none", an RSA key read as a secret) is never used. */
const ALGORITHM = 'HS256';
/** The exact header of our tokens: no `crit`, no key to be fetched (RFC 8725, 3.1, 3.10 and 3.11). */
const HEADER = { alg: ALGORITHM, typ: 'JWT' } as const;
/** Our tokens have about 500 characters. */
const MAX_TOKEN_LENGTH = 4096;
/** Maximum difference between the clocks of two processes. */
const CLOCK_SKEW_SECONDS = 60;

/** The claims of an access token. */
export interface AccessClaims {
  readonly userId: string;
  readonly organizationId: string;
  readonly sessionId: string;
  /** For the client only; the server uses the branch and role of the session. */
  readonly branchId: string | undefined;
  readonly role: string;
}

/** A token with a valid signature. Both times are in seconds since 1970; the token is valid before `expiresAt`. */
interface Verified {
  readonly claims: AccessClaims;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/** Maximum number of remembered tokens. */
const MAX_VERIFIED = 20_000;

/** The key of a platform, and the tokens that it has verified. */
class Verifier {
  readonly key: KeyObject;
  /** By the hash of the token, so that the memory holds no usable tokens. Whether a session is still open is checked elsewhere. */
  readonly verified = new LRUCache<string, Verified>({ max: MAX_VERIFIED });

  constructor(jwtSecret: string) {
    this.key = createSecretKey(jwtSecret, 'utf8');
  }
}

const verifiers = new WeakMap<Pick<Config, 'jwtSecret'>, Verifier>();

function verifierOf(config: Pick<Config, 'jwtSecret'>): Verifier {
  let verifier = verifiers.get(config);
  if (!verifier) {
    verifier = new Verifier(config.jwtSecret);
    verifiers.set(config, verifier);
  }
  return verifier;
}

/** Signs an access token that is valid for `ACCESS_TOKEN_SECONDS` from `now`. */
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
  return jwt.sign(payload, verifierOf(config).key, { algorithm: ALGORITHM, header: HEADER });
}

/**
 * Checks header, signature, issuer, audience and times as RFC 8725 requires: a token that PosPro would not have
 * signed is invalid, even with a correct signature.
 * @throws PosProError TOKEN_EXPIRED, or UNAUTHENTICATED for any other error.
 */
export function verifyAccessToken(config: Pick<Config, 'jwtSecret'>, token: string, now: Date): AccessClaims {
  if (token.length > MAX_TOKEN_LENGTH) throw notOurs();
  const seconds = Math.floor(now.getTime() / 1000);
  const { key, verified } = verifierOf(config);
  const digest = hash('sha256', token, 'base64');
  const known = verified.get(digest);
  if (known && isWithin(known, seconds)) return known.claims;
  const fresh = verify(key, token, seconds);
  verified.set(digest, fresh);
  return fresh.claims;
}

/** @param seconds the present moment, in seconds since 1970. */
function verify(key: KeyObject, token: string, seconds: number): Verified {
  let verified: jwt.Jwt;
  try {
    verified = jwt.verify(token, key, {
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

/** One error for all causes: the holder needs a new token. */
function notOurs(): PosProError {
  return new PosProError(
    'UNAUTHENTICATED',
    'This is not a valid access token. Sign in with POST /auth/login to get one.',
  );
}

/** @param now in seconds since 1970. */
function claimsOf(payload: string | jwt.JwtPayload, now: number): Verified {
  if (typeof payload === 'string') throw notOurs();
  const {
    sub,
    org,
    sid,
    branch,
    role,
    aud,
    iat: issuedAt,
    exp: expiresAt,
  } = payload as Record<string, unknown>;
  // The library accepts a list of audiences, and treats a token without an expiry as one that never expires.
  if (aud !== AUDIENCE || !isInteger(issuedAt) || !isInteger(expiresAt)) throw notOurs();
  const lifetime = expiresAt - issuedAt;
  if (lifetime <= 0 || lifetime > ACCESS_TOKEN_SECONDS || !isWithin({ issuedAt, expiresAt }, now))
    throw notOurs();
  if (!isId(sub) || !isId(org) || !isId(sid) || typeof role !== 'string') throw notOurs();
  const claims: AccessClaims = {
    userId: sub,
    organizationId: org,
    sessionId: sid,
    branchId: isId(branch) ? branch : undefined,
    role,
  };
  return { claims, issuedAt, expiresAt };
}

/** Whether a token was issued in the past, and has not expired. */
function isWithin(
  { issuedAt, expiresAt }: Pick<Verified, 'issuedAt' | 'expiresAt'>,
  seconds: number,
): boolean {
  return issuedAt <= seconds + CLOCK_SKEW_SECONDS && seconds < expiresAt;
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && isUuid(value);
}
