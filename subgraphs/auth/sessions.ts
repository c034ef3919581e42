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
import type { LoginResult } from './model';
import { usersById, withHome } from './users';
import { refreshTokens, sessions } from './tables.generated';

const DAY_MS = 24 * 60 * 60 * 1000;
/** A till that is not used for a month asks for the password again. */
export const REFRESH_TOKEN_LIFETIME_MS = 30 * DAY_MS;
/** A session ends after half a year, however often it is used. */
export const SESSION_LIFETIME_MS = 180 * DAY_MS;

export type RevocationReason =
  'logout' | 'refresh_token_reused' | 'user_disabled' | 'revoked' | 'password_changed' | 'password_reset';

interface Account {
  id: string;
  organizationId: string;
  /** The role's name. */
  role: string;
  passwordHash: string | null;
  disabled: boolean;
}

/** Thrown inside the transaction that starts a session, so that a failed login leaves no audit entry of a login. */
class SessionNotStarted extends Error {
  constructor(readonly reason: 'wrong_code' | 'disabled') {
    super(`no session was started: ${reason}`);
  }
}

/**
 * Signs a user in with e-mail address and password, and a code if there is a second factor. An unknown address, a wrong password, a
 * disabled user, a user without a password and a locked account get the same answer after the same work, so that a caller cannot
 * find out which addresses exist.
 * @throws PosProError 401 INVALID_CREDENTIALS, 401 OTP_REQUIRED, 429; 503 if too many users sign in at once.
 */
export async function login(ctx: RequestContext, input: LoginInput): Promise<LoginResult> {
  const email = input.email.trim();
  await countAttempt(ctx, 'login', email);
  const locked = await isLocked(ctx, email);
  const account = isEmail(email)
    ? await ctx.database.system.maybeOne<Account>(sql`
        select u.id, u.organization_id, r.name as role, u.password_hash, u.disabled_at is not null as disabled
        from users u join roles r on r.id = u.role_id where lower(u.email) = lower(${email})`)
    : undefined;
  const matches = await passwords.verify(locked ? null : account?.passwordHash, input.password);
  if (!account || !matches || account.disabled) {
    throw await recordLoginFailure(
      ctx,
      email,
      locked ? 'locked' : account?.disabled ? 'disabled' : 'wrong_password',
      account,
    );
  }
  const session = { id: ctx.ids.next(), refreshToken: newRefreshToken() };
  const person = { kind: 'user', userId: account.id, role: account.role, sessionId: session.id } as const;
  const platformCtx = platformContext(ctx, account.organizationId, person);
  try {
    const proof = await requireProof(platformCtx, account, input.otp);
    await startSession(platformCtx, account, { session, proof, password: input.password });
  } catch (error) {
    throw error instanceof SessionNotStarted
      ? await recordLoginFailure(ctx, email, error.reason, account)
      : error;
  }
  await forgetFailures(ctx, email);
  return loginResult(platformCtx, account.id, session.id, session.refreshToken);
}

/**
 * Records a failed login. A wrong code counts like a wrong password: otherwise all codes of six digits could be tried.
 * @returns the error to throw.
 */
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

/** The proof of the second factor; undefined for a user without one. @throws PosProError 401, SessionNotStarted */
async function requireProof(
  platformCtx: RequestContext,
  account: Account,
  otp: string | null | undefined,
): Promise<Proof | undefined> {
  const factor = await confirmedFactor(platformCtx.db, account.id);
  if (!factor) return undefined;
  if (otp == null || otp.trim() === '') {
    throw new PosProError(
      'OTP_REQUIRED',
      'Send the six digits of your second factor, or a recovery code, as "otp".',
    );
  }
  const proof = parseProof(platformCtx, factor, otp);
  if (!proof) throw new SessionNotStarted('wrong_code');
  return proof;
}

interface SessionStart {
  session: { id: string; refreshToken: string };
  proof: Proof | undefined;
  /** Hashed again if the stored hash is outdated. */
  password: string;
}

/** @throws SessionNotStarted */
async function startSession(
  platformCtx: RequestContext,
  account: Account,
  { session, proof, password }: SessionStart,
): Promise<void> {
  const stored = account.passwordHash;
  const replacement = stored !== null && passwords.outdated(stored) ? await passwords.hash(password) : null;
  const { userAgent, address } = platformCtx.request;
  const { id } = account;
  await transact(platformCtx, async (tx) => {
    if (proof && !(await consumeProof(tx, id, proof))) throw new SessionNotStarted('wrong_code');
    // Checked again under a lock: a user who was disabled, or whose password was changed, while the hash was computed gets no session.
    // Of two concurrent logins that both replace an outdated hash, the second finds another hash; that is not a reason to reject it.
    const updatedCount = await tx.run(sql`
      update users set last_login_at = ${tx.now},
        password_hash = case when password_hash = ${stored} then coalesce(${replacement}::text, password_hash) else password_hash end
      where id = ${id} and disabled_at is null and (password_hash = ${stored} or ${replacement !== null})`);
    if (updatedCount === 0) throw new SessionNotStarted('disabled');
    // Sessions are kept as long as one of their tokens could still be sent, and no longer.
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
    await insertRefreshToken(tx, platformCtx.ids.next(), session.id, session.refreshToken);
  });
}

/**
 * Exchanges a refresh token for a new pair of tokens; the old token is used up. A token that is sent a second time has been copied,
 * and which of the two senders is the thief cannot be determined: the session ends for both. There is no grace period for two
 * concurrent refreshes, since a thief could use it just as well; a client has to refresh from one place.
 * @throws PosProError 401: UNAUTHENTICATED for an unknown token, TOKEN_EXPIRED, TOKEN_REVOKED; 429.
 */
export async function refreshSession(ctx: RequestContext, input: RefreshSessionInput): Promise<LoginResult> {
  await countAttempt(ctx, 'refresh', input.refreshToken);
  const storedToken = await ctx.database.system.maybeOne<StoredRefreshToken>(sql`
    select t.id, t.session_id, t.organization_id, s.user_id, r.name as role
    from refresh_tokens t join sessions s on s.id = t.session_id join users u on u.id = s.user_id join roles r on r.id = u.role_id
    where t.token_hash = ${secretHash(input.refreshToken)}`);
  if (!storedToken)
    throw new PosProError('UNAUTHENTICATED', 'The refresh token is unknown. Sign in with POST /auth/login.');
  const { userId, role, sessionId, organizationId } = storedToken;
  const platformCtx = platformContext(ctx, organizationId, { kind: 'user', userId, role, sessionId });
  const successor = newRefreshToken();
  try {
    await transact(platformCtx, (tx) => rotate(tx, storedToken, { id: ctx.ids.next(), token: successor }));
  } catch (error) {
    throw error instanceof TokenNotRotated ? await refreshError(ctx, storedToken) : error;
  }
  return loginResult(platformCtx, userId, sessionId, successor);
}

interface StoredRefreshToken {
  id: string;
  sessionId: string;
  organizationId: string;
  userId: string;
  /** The name of the user's role. */
  role: string;
}

/** Thrown inside the transaction that uses a refresh token up, so that a failed refresh leaves no audit entry of a refresh. */
class TokenNotRotated extends Error {}

/** @throws TokenNotRotated */
async function rotate(
  tx: Transaction,
  old: StoredRefreshToken,
  successor: { id: string; token: string },
): Promise<void> {
  // Of two concurrent refreshes the second waits here for the row, and then finds the token used.
  const claimedCount = await tx.run(sql`
    update refresh_tokens t set used_at = ${tx.now} from sessions s join users u on u.id = s.user_id
    where t.id = ${old.id} and s.id = t.session_id and t.used_at is null and t.expires_at > ${tx.now}
      and s.revoked_at is null and s.expires_at > ${tx.now} and u.disabled_at is null`);
  if (claimedCount === 0) throw new TokenNotRotated();
  // The session is locked last, to agree with revocation, which locks only the session.
  const openCount = await tx.run(sql`
    update sessions set last_used_at = ${tx.now} where id = ${old.sessionId} and revoked_at is null`);
  if (openCount === 0) throw new TokenNotRotated();
  await tx.run(
    sql`delete from refresh_tokens where session_id = ${old.sessionId} and expires_at <= ${tx.now}`,
  );
  await insertRefreshToken(tx, successor.id, old.sessionId, successor.token);
}

/** The error of a rejected refresh token. A token that is sent a second time ends its session first. */
async function refreshError(ctx: RequestContext, old: StoredRefreshToken): Promise<PosProError> {
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
  const reason = token.used
    ? 'The refresh token was used before, so its session was ended'
    : 'This session has ended';
  return new PosProError('TOKEN_REVOKED', `${reason}. Sign in again with POST /auth/login.`);
}

/** Ends a session whose token was copied. The sender of the token may be the owner or the thief. */
async function endCopiedSession(
  ctx: RequestContext,
  { sessionId, organizationId, userId, role }: StoredRefreshToken,
): Promise<void> {
  const operation = {
    name: 'refreshSession.failed',
    input: { userId, sessionId, reason: 'refresh_token_reused' },
  };
  const platformCtx = unverifiedContext(ctx, { id: userId, organizationId, role }, operation);
  await transact(platformCtx, (tx) => revokeSessions(tx, { sessionId }, 'refresh_token_reused'));
}

/**
 * Ends the caller's session: its access tokens and refresh tokens stop working.
 * @throws PosProError 403 for a caller without a session, such as an API key.
 */
export async function logout(ctx: RequestContext): Promise<void> {
  const { actor } = ctx;
  if (actor.kind !== 'user')
    throw new PosProError('FORBIDDEN', 'Only a session that started with a login can be ended by a logout.');
  await transact(ctx, (tx) => revokeSessions(tx, { sessionId: actor.sessionId }, 'logout'));
  sessionCacheOf(ctx).forgetSession(actor.sessionId);
}

/** Ends one session, or all sessions of a user with one exception. Emits "session.revoked" for each, with the session's id as key. */
export async function revokeSessions(
  tx: Transaction,
  filter: { sessionId: string } | { userId: string; except?: string },
  reason: RevocationReason,
): Promise<void> {
  const condition =
    'sessionId' in filter
      ? sql`id = ${filter.sessionId}`
      : sql`user_id = ${filter.userId} and id is distinct from ${filter.except ?? null}::uuid`;
  const endedSessions = await tx.many<{ id: string; userId: string }>(sql`
    update sessions set revoked_at = ${tx.now}, revoked_reason = ${reason}
    where ${condition} and revoked_at is null returning id, user_id`);
  for (const session of endedSessions) {
    tx.emit({
      type: 'session.revoked',
      key: session.id,
      payload: { sessionId: session.id, userId: session.userId, reason },
    });
  }
}

async function loginResult(
  platformCtx: RequestContext,
  userId: string,
  sessionId: string,
  refreshToken: string,
): Promise<LoginResult> {
  const [row] = await usersById(platformCtx.db, [userId]);
  const user = await withHome(platformCtx, row!);
  const claims = {
    userId,
    organizationId: user.organizationId,
    sessionId,
    branchId: user.branchId ?? undefined,
    role: user.role,
  };
  const accessToken = signAccessToken(platformCtx.config, claims, platformCtx.clock.now());
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

/** Uses the randomness of the operating system, not of the context: the secret of a session must not be reproducible. */
function newRefreshToken(): string {
  return newSecret('pospro_rt_');
}

function after(moment: Date, milliseconds: number): Date {
  return new Date(moment.getTime() + milliseconds);
}

/** A text that a client sent about itself, without control characters and cut to the stored length. */
function printable(text: string, max: number): string {
  return text.replace(/\p{Cc}/gu, '').slice(0, max);
}
