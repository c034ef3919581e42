import { createHash, randomBytes } from 'node:crypto';
import { passwords } from '../../kernel/auth/passwords';
import { ACCESS_TOKEN_SECONDS, signAccessToken } from '../../kernel/auth/tokens';
import type { RequestContext } from '../../kernel/context';
import { sql, type Transaction } from '../../kernel/db/database';
import { transact } from '../../kernel/db/transact';
import { PosProError } from '../../kernel/errors';
import { actingFor } from './acting';
import { isEmail } from './input';
import { sessionsOf } from './liveness';
import { usersById, withHome, type UserWithHome } from './users';

const DAY = 24 * 60 * 60 * 1000;
/** A till that stands still for a month asks for the password again. */
export const REFRESH_TOKEN_MILLISECONDS = 30 * DAY;
/** However busy a session is, after half a year it ends. */
export const SESSION_MILLISECONDS = 180 * DAY;

export type RevocationReason = 'logout' | 'refresh_token_reused' | 'user_disabled';

/** What a client gets who signed in or refreshed. */
export interface SignedIn {
  accessToken: string;
  refreshToken: string;
  tokenType: 'bearer';
  /** Seconds until the access token expires. */
  expiresIn: number;
  user: UserWithHome;
}

/**
 * Signs somebody in with address and password. An unknown address, a wrong password, a disabled person and one without a password
 * get the same answer after the same work, so that nobody learns which addresses exist.
 * @throws PosProError 401 INVALID_CREDENTIALS; 503 where too many sign in at once.
 */
export async function login(ctx: RequestContext, input: { email: string; password: string }): Promise<SignedIn> {
  const email = input.email.trim();
  const found = isEmail(email)
    ? await ctx.database.system.maybeOne<{
        id: string;
        organizationId: string;
        passwordHash: string | null;
        disabled: boolean;
      }>(sql`
        select id, organization_id, password_hash, disabled_at is not null as disabled from users where lower(email) = lower(${email})`)
    : undefined;
  const matches = await passwords.verify(found?.passwordHash, input.password);
  if (!found || !matches || found.disabled) throw wrongCredentials();
  const stored = found.passwordHash;
  const replacement = stored !== null && passwords.outdated(stored) ? await passwords.hash(input.password) : null;
  const inside = actingFor(ctx, found.organizationId);
  const sessionId = ctx.ids.next();
  const refreshToken = newRefreshToken();
  const { userAgent } = ctx.request;
  await transact(inside, async (tx) => {
    // Asked again under a lock: whoever was disabled while the hash was computed gets no session.
    const known = await tx.run(sql`
      update users set last_login_at = ${tx.now}, password_hash = coalesce(${replacement}::text, password_hash)
      where id = ${found.id} and disabled_at is null`);
    if (known === 0) throw wrongCredentials();
    // The past is kept as long as it could still be asked for, and no longer.
    await tx.run(sql`delete from sessions where user_id = ${found.id} and expires_at <= ${tx.now}`);
    await tx.run(sql`
      insert into sessions (id, organization_id, user_id, created_at, last_used_at, expires_at, address, user_agent)
      values (${sessionId}, ${tx.organizationId}, ${found.id}, ${tx.now}, ${tx.now}, ${after(tx.now, SESSION_MILLISECONDS)},
        ${printable(ctx.request.address, 100)}, ${userAgent === undefined ? null : printable(userAgent, 400)})`);
    await insertRefreshToken(tx, ctx.ids.next(), sessionId, refreshToken);
  });
  return signedIn(inside, found.id, sessionId, refreshToken);
}

function wrongCredentials(): PosProError {
  return new PosProError('INVALID_CREDENTIALS', 'The address or the password is wrong.');
}

type Rotation = { outcome: 'rotated'; userId: string } | { outcome: 'reused' | 'expired' | 'ended' };

/**
 * Gives a new pair of tokens for a refresh token, which is used up by it. A token that comes a second time has been copied, and
 * nobody can tell which of the two is the thief: the session ends for both. There is no grace for two refreshes at once, since
 * a thief would fit into it just as well; a client has to refresh from one place.
 * @throws PosProError 401: UNAUTHENTICATED for an unknown token, TOKEN_EXPIRED, TOKEN_REVOKED.
 */
export async function refreshSession(ctx: RequestContext, input: { refreshToken: string }): Promise<SignedIn> {
  const known = await ctx.database.system.maybeOne<{ id: string; sessionId: string; organizationId: string }>(sql`
    select id, session_id, organization_id from refresh_tokens where token_hash = ${hashOf(input.refreshToken)}`);
  if (!known) throw new PosProError('UNAUTHENTICATED', 'This is no refresh token of ours. Sign in with POST /auth/login.');
  const inside = actingFor(ctx, known.organizationId);
  const successor = newRefreshToken();
  const rotation = await transact(inside, (tx) => rotate(tx, known, { id: ctx.ids.next(), token: successor }));
  if (rotation.outcome === 'rotated') return signedIn(inside, rotation.userId, known.sessionId, successor);
  if (rotation.outcome === 'expired') {
    throw new PosProError('TOKEN_EXPIRED', 'The refresh token has expired. Sign in again with POST /auth/login.');
  }
  sessionsOf(ctx).forgetSession(known.sessionId);
  const why =
    rotation.outcome === 'reused' ? 'The refresh token was used before, so its session was ended' : 'This session has ended';
  throw new PosProError('TOKEN_REVOKED', `${why}. Sign in again with POST /auth/login.`);
}

async function rotate(
  tx: Transaction,
  old: { id: string; sessionId: string },
  successor: { id: string; token: string },
): Promise<Rotation> {
  // Of two refreshes at once the second waits here for the row, and then finds the token used.
  const claimed = await tx.maybeOne<{ userId: string }>(sql`
    update refresh_tokens t set used_at = ${tx.now} from sessions s join users u on u.id = s.user_id
    where t.id = ${old.id} and s.id = t.session_id and t.used_at is null and t.expires_at > ${tx.now}
      and s.revoked_at is null and s.expires_at > ${tx.now} and u.disabled_at is null
    returning s.user_id`);
  if (!claimed) return { outcome: await refusal(tx, old) };
  // Locking the session last keeps this in line with revocation, which only ever holds the session.
  const open = await tx.run(sql`
    update sessions set last_used_at = ${tx.now} where id = ${old.sessionId} and revoked_at is null`);
  if (open === 0) return { outcome: 'ended' };
  await tx.run(sql`delete from refresh_tokens where session_id = ${old.sessionId} and expires_at <= ${tx.now}`);
  await insertRefreshToken(tx, successor.id, old.sessionId, successor.token);
  return { outcome: 'rotated', userId: claimed.userId };
}

async function refusal(tx: Transaction, old: { id: string; sessionId: string }): Promise<'reused' | 'expired' | 'ended'> {
  const token = await tx.maybeOne<{ used: boolean; expired: boolean }>(sql`
    select used_at is not null as used, expires_at <= ${tx.now} as expired from refresh_tokens where id = ${old.id}`);
  if (token?.used) {
    await revokeSessions(tx, { sessionId: old.sessionId }, 'refresh_token_reused');
    return 'reused';
  }
  return !token || token.expired ? 'expired' : 'ended';
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
  sessionsOf(ctx).forgetSession(actor.sessionId);
}

/** Ends one session or all of a user's. Emits "session.revoked" for each, its key the session's id. */
export async function revokeSessions(
  tx: Transaction,
  which: { sessionId: string } | { userId: string },
  reason: RevocationReason,
): Promise<void> {
  const condition = 'sessionId' in which ? sql`id = ${which.sessionId}` : sql`user_id = ${which.userId}`;
  const ended = await tx.many<{ id: string; userId: string }>(sql`
    update sessions set revoked_at = ${tx.now}, revoked_reason = ${reason}
    where ${condition} and revoked_at is null returning id, user_id`);
  for (const session of ended) {
    tx.emit({ type: 'session.revoked', key: session.id, payload: { sessionId: session.id, userId: session.userId, reason } });
  }
}

async function signedIn(inside: RequestContext, userId: string, sessionId: string, refreshToken: string): Promise<SignedIn> {
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

async function insertRefreshToken(tx: Transaction, id: string, sessionId: string, token: string): Promise<void> {
  await tx.run(sql`
    insert into refresh_tokens (id, organization_id, session_id, token_hash, created_at, expires_at)
    values (${id}, ${tx.organizationId}, ${sessionId}, ${hashOf(token)}, ${tx.now}, ${after(tx.now, REFRESH_TOKEN_MILLISECONDS)})`);
}

/** Randomness of the operating system, not of the context: what guards a session must not be reproducible. */
function newRefreshToken(): string {
  return `pospro_rt_${randomBytes(32).toString('base64url')}`;
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token, 'utf8').digest();
}

function after(moment: Date, milliseconds: number): Date {
  return new Date(moment.getTime() + milliseconds);
}

/** What a client says about itself, without control characters and cut to what is kept. */
function printable(text: string, max: number): string {
  return text.replace(/\p{Cc}/gu, '').slice(0, max);
}
