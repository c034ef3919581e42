import { passwords } from '#kernel/auth/passwords';
import { newSecret, secretHash } from '#kernel/auth/secrets';
import { ACCESS_TOKEN_SECONDS, signAccessToken } from '#kernel/auth/tokens';
import { isEmail } from '#kernel/validation';
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { PosProError } from '#kernel/errors';
import { platformContext, unverifiedContext } from './system-context';
import { countAttempt, forgetFailures, isLocked, recordFailure, type FailedAttempt } from './login-throttle';
import type { LoginInput, RefreshSessionInput } from './inputs.generated';
import { sessionCacheOf } from './session-cache';
import { confirmedFactor, parseProof, consumeProof, type Proof } from './two-factor';
import { usersById, withHome, type UserWithHome } from './users';
import { refreshTokens, sessions } from './tables.generated';

const DAY = 24 * 60 * 60 * 1000;
/** A till that stands still for a month asks for the password again. */
export const REFRESH_TOKEN_LIFETIME_MS = 30 * DAY;
/** However busy a session is, after half a year it ends. */
export const SESSION_LIFETIME_MS = 180 * DAY;

export type RevocationReason =
  'logout' | 'refresh_token_reused' | 'user_disabled' | 'revoked' | 'password_changed' | 'password_reset';

/** What a client gets who signed in or refreshed. */
export interface SignedIn {
  accessToken: string;
  refreshToken: string;
  tokenType: 'bearer';
  /** Seconds until the access token expires. */
  expiresIn: number;
  user: UserWithHome;
}

interface Account {
  id: string;
  organizationId: string;
  /** The role's name. */
  role: string;
  passwordHash: string | null;
  disabled: boolean;
}

/** Thrown inside the transaction that should begin a session: what fails leaves no entry of a login in the audit trail. */
class SessionNotStarted extends Error {
  constructor(readonly reason: 'wrong_code' | 'disabled') {
    super(`no session was begun: ${reason}`);
  }
}

/**
 * Signs somebody in with address and password, and a code where there is a second factor. An unknown address, a wrong password, a
 * disabled person, one without a password and a locked account get the same answer after the same work, so that nobody learns
 * which addresses exist.
 * @throws PosProError 401 INVALID_CREDENTIALS, 401 OTP_REQUIRED, 429; 503 where too many sign in at once.
 */
export async function login(ctx: RequestContext, input: LoginInput): Promise<SignedIn> {
  const email = input.email.trim();
  await countAttempt(ctx, 'login', email);
  const locked = await isLocked(ctx, email);
  const found = isEmail(email)
    ? await ctx.database.system.maybeOne<Account>(sql`
        select u.id, u.organization_id, r.name as role, u.password_hash, u.disabled_at is not null as disabled
        from users u join roles r on r.id = u.role_id where lower(u.email) = lower(${email})`)
    : undefined;
  const matches = await passwords.verify(locked ? null : found?.passwordHash, input.password);
  if (!found || !matches || found.disabled) {
    throw await recordLoginFailure(
      ctx,
      email,
      locked ? 'locked' : found?.disabled ? 'disabled' : 'wrong_password',
      found,
    );
  }
  const session = { id: ctx.ids.next(), refreshToken: newRefreshToken() };
  const person = { kind: 'user', userId: found.id, role: found.role, sessionId: session.id } as const;
  const inside = platformContext(ctx, found.organizationId, person);
  try {
    const proof = await requireProof(inside, found, input.otp);
    await startSession(inside, found, { session, proof, password: input.password });
  } catch (error) {
    throw error instanceof SessionNotStarted
      ? await recordLoginFailure(ctx, email, error.reason, found)
      : error;
  }
  await forgetFailures(ctx, email);
  return signedIn(inside, found.id, session.id, session.refreshToken);
}

/** A wrong code counts as a wrong password does: six digits could be tried out otherwise. */
async function recordLoginFailure(
  ctx: RequestContext,
  email: string,
  reason: FailedAttempt['reason'],
  account: Account | undefined,
): Promise<PosProError> {
  await recordFailure(ctx, { operation: 'login.failed', email, reason, account });
  if (reason === 'wrong_code')
    return new PosProError('INVALID_CREDENTIALS', 'The code is wrong, has expired or was used before.');
  return new PosProError('INVALID_CREDENTIALS', 'The address or the password is wrong.');
}

/** What proves the second factor; undefined for who has none. @throws PosProError 401, SessionNotStarted */
async function requireProof(
  inside: RequestContext,
  account: Account,
  otp: string | null | undefined,
): Promise<Proof | undefined> {
  const factor = await confirmedFactor(inside.db, account.id);
  if (!factor) return undefined;
  if (otp == null || otp.trim() === '') {
    throw new PosProError(
      'OTP_REQUIRED',
      'Send the six digits of your second factor, or a recovery code, as "otp".',
    );
  }
  const proof = parseProof(inside, factor, otp);
  if (!proof) throw new SessionNotStarted('wrong_code');
  return proof;
}

interface SessionStart {
  session: { id: string; refreshToken: string };
  proof: Proof | undefined;
  /** Hashed again where the stored hash is outdated. */
  password: string;
}

/** @throws SessionNotStarted */
async function startSession(
  inside: RequestContext,
  account: Account,
  { session, proof, password }: SessionStart,
): Promise<void> {
  const stored = account.passwordHash;
  const replacement = stored !== null && passwords.outdated(stored) ? await passwords.hash(password) : null;
  const { userAgent, address } = inside.request;
  const { id } = account;
  await transact(inside, async (tx) => {
    if (proof && !(await consumeProof(tx, id, proof))) throw new SessionNotStarted('wrong_code');
    // Asked again under a lock: whoever was disabled, or whose password was changed, while the hash was computed gets no session.
    // Of two logins at once that both replace an outdated hash, the second finds another one, and that is no reason to refuse it.
    const known = await tx.run(sql`
      update users set last_login_at = ${tx.now},
        password_hash = case when password_hash = ${stored} then coalesce(${replacement}::text, password_hash) else password_hash end
      where id = ${id} and disabled_at is null and (password_hash = ${stored} or ${replacement !== null})`);
    if (known === 0) throw new SessionNotStarted('disabled');
    // The past is kept as long as it could still be asked for, and no longer.
    await tx.run(sql`delete from sessions where user_id = ${id} and expires_at <= ${tx.now}`);
    await tx.run(
      sessions.insert({
        id: session.id,
        organizationId: tx.organizationId,
        userId: id,
        createdAt: tx.now,
        lastUsedAt: tx.now,
        expiresAt: after(tx.now, SESSION_LIFETIME_MS),
        address: printable(address, 100),
        userAgent: userAgent === undefined ? null : printable(userAgent, 400),
      }),
    );
    await insertRefreshToken(tx, inside.ids.next(), session.id, session.refreshToken);
  });
}

/**
 * Gives a new pair of tokens for a refresh token, which is used up by it. A token that comes a second time has been copied, and
 * nobody can tell which of the two is the thief: the session ends for both. There is no grace for two refreshes at once, since
 * a thief would fit into it just as well; a client has to refresh from one place.
 * @throws PosProError 401: UNAUTHENTICATED for an unknown token, TOKEN_EXPIRED, TOKEN_REVOKED; 429.
 */
export async function refreshSession(ctx: RequestContext, input: RefreshSessionInput): Promise<SignedIn> {
  await countAttempt(ctx, 'refresh', input.refreshToken);
  const known = await ctx.database.system.maybeOne<KnownRefreshToken>(sql`
    select t.id, t.session_id, t.organization_id, s.user_id, r.name as role
    from refresh_tokens t join sessions s on s.id = t.session_id join users u on u.id = s.user_id join roles r on r.id = u.role_id
    where t.token_hash = ${secretHash(input.refreshToken)}`);
  if (!known)
    throw new PosProError(
      'UNAUTHENTICATED',
      'This is no refresh token of ours. Sign in with POST /auth/login.',
    );
  const { userId, role, sessionId, organizationId } = known;
  const inside = platformContext(ctx, organizationId, { kind: 'user', userId, role, sessionId });
  const successor = newRefreshToken();
  try {
    await transact(inside, (tx) => rotate(tx, known, { id: ctx.ids.next(), token: successor }));
  } catch (error) {
    throw error instanceof TokenNotRotated ? await refreshError(ctx, known) : error;
  }
  return signedIn(inside, userId, sessionId, successor);
}

interface KnownRefreshToken {
  id: string;
  sessionId: string;
  organizationId: string;
  userId: string;
  /** The name of the user's role. */
  role: string;
}

/** Thrown inside the transaction that should use a refresh token up: what fails leaves no entry of a refresh. */
class TokenNotRotated extends Error {}

/** @throws TokenNotRotated */
async function rotate(
  tx: Transaction,
  old: KnownRefreshToken,
  successor: { id: string; token: string },
): Promise<void> {
  // Of two refreshes at once the second waits here for the row, and then finds the token used.
  const claimed = await tx.run(sql`
    update refresh_tokens t set used_at = ${tx.now} from sessions s join users u on u.id = s.user_id
    where t.id = ${old.id} and s.id = t.session_id and t.used_at is null and t.expires_at > ${tx.now}
      and s.revoked_at is null and s.expires_at > ${tx.now} and u.disabled_at is null`);
  if (claimed === 0) throw new TokenNotRotated();
  // Locking the session last keeps this in line with revocation, which only ever holds the session.
  const open = await tx.run(sql`
    update sessions set last_used_at = ${tx.now} where id = ${old.sessionId} and revoked_at is null`);
  if (open === 0) throw new TokenNotRotated();
  await tx.run(
    sql`delete from refresh_tokens where session_id = ${old.sessionId} and expires_at <= ${tx.now}`,
  );
  await insertRefreshToken(tx, successor.id, old.sessionId, successor.token);
}

/** Why a refresh token was not taken; one that comes a second time ends its session before. */
async function refreshError(ctx: RequestContext, old: KnownRefreshToken): Promise<PosProError> {
  const token = await ctx.database.system.maybeOne<{ used: boolean; expired: boolean; open: boolean }>(sql`
    select t.used_at is not null as used, t.expires_at <= ${ctx.clock.now()} as expired, s.revoked_at is null as open
    from refresh_tokens t join sessions s on s.id = t.session_id where t.id = ${old.id}`);
  if (!token || (token.expired && !token.used)) {
    return new PosProError(
      'TOKEN_EXPIRED',
      'The refresh token has expired. Sign in again with POST /auth/login.',
    );
  }
  if (token.used && token.open) await endCopiedSession(ctx, old);
  sessionCacheOf(ctx).forgetSession(old.sessionId);
  const why = token.used
    ? 'The refresh token was used before, so its session was ended'
    : 'This session has ended';
  return new PosProError('TOKEN_REVOKED', `${why}. Sign in again with POST /auth/login.`);
}

/** Ends a session of which somebody has a copy. Who has brought it now, the owner or the thief, nobody knows. */
async function endCopiedSession(
  ctx: RequestContext,
  { sessionId, organizationId, userId, role }: KnownRefreshToken,
): Promise<void> {
  const operation = {
    name: 'refreshSession.failed',
    input: { userId, sessionId, reason: 'refresh_token_reused' },
  };
  const inside = unverifiedContext(ctx, { id: userId, organizationId, role }, operation);
  await transact(inside, (tx) => revokeSessions(tx, { sessionId }, 'refresh_token_reused'));
}

/**
 * Ends the caller's session: its access tokens and refresh tokens are worth nothing from now on.
 * @throws PosProError 403 for a caller without a session, such as an API key.
 */
export async function logout(ctx: RequestContext): Promise<void> {
  const { actor } = ctx;
  if (actor.kind !== 'user')
    throw new PosProError('FORBIDDEN', 'Only a session that began with a login can be ended by a logout.');
  await transact(ctx, (tx) => revokeSessions(tx, { sessionId: actor.sessionId }, 'logout'));
  sessionCacheOf(ctx).forgetSession(actor.sessionId);
}

/** Ends one session, or all of a user's but the one that is named. Emits "session.revoked" for each, its key the session's id. */
export async function revokeSessions(
  tx: Transaction,
  which: { sessionId: string } | { userId: string; except?: string },
  reason: RevocationReason,
): Promise<void> {
  const condition =
    'sessionId' in which
      ? sql`id = ${which.sessionId}`
      : sql`user_id = ${which.userId} and id is distinct from ${which.except ?? null}::uuid`;
  const ended = await tx.many<{ id: string; userId: string }>(sql`
    update sessions set revoked_at = ${tx.now}, revoked_reason = ${reason}
    where ${condition} and revoked_at is null returning id, user_id`);
  for (const session of ended) {
    tx.emit({
      type: 'session.revoked',
      key: session.id,
      payload: { sessionId: session.id, userId: session.userId, reason },
    });
  }
}

async function signedIn(
  inside: RequestContext,
  userId: string,
  sessionId: string,
  refreshToken: string,
): Promise<SignedIn> {
  const [row] = await usersById(inside.db, [userId]);
  const user = await withHome(inside, row!);
  const claims = {
    userId,
    organizationId: user.organizationId,
    sessionId,
    branchId: user.branchId ?? undefined,
    role: user.role,
  };
  const accessToken = signAccessToken(inside.config, claims, inside.clock.now());
  return { accessToken, refreshToken, tokenType: 'bearer', expiresIn: ACCESS_TOKEN_SECONDS, user };
}

async function insertRefreshToken(
  tx: Transaction,
  id: string,
  sessionId: string,
  token: string,
): Promise<void> {
  const { organizationId, now: createdAt } = tx;
  const expiresAt = after(createdAt, REFRESH_TOKEN_LIFETIME_MS);
  await tx.run(
    refreshTokens.insert({
      id,
      organizationId,
      sessionId,
      tokenHash: secretHash(token),
      createdAt,
      expiresAt,
    }),
  );
}

/** Randomness of the operating system, not of the context: what guards a session must not be reproducible. */
function newRefreshToken(): string {
  return newSecret('pospro_rt_');
}

function after(moment: Date, milliseconds: number): Date {
  return new Date(moment.getTime() + milliseconds);
}

/** What a client says about itself, without control characters and cut to what is kept. */
function printable(text: string, max: number): string {
  return text.replace(/\p{Cc}/gu, '').slice(0, max);
}
