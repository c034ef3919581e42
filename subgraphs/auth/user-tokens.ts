/** The secrets in e-mails: random, stored as a hash, single-use and of limited lifetime. */
import { newSecret, secretHash } from '#kernel/auth/secrets';
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { invalid, type PosProError } from '#kernel/errors';
import { TOKEN_LIFETIME_MS, type TokenKind } from './mail/mail-texts.rules';
import { userTokens } from './tables.generated';

const PREFIX: Readonly<Record<TokenKind, string>> = {
  password_reset: 'pospro_pw_',
  invitation: 'pospro_pw_',
  verify_email: 'pospro_ev_',
};

/** Creates the secret of an e-mail. Earlier secrets of the same kind stop working. */
export async function issueToken(
  tx: Transaction,
  id: string,
  user: { id: string; email: string },
  kind: TokenKind,
): Promise<string> {
  const token = newSecret(PREFIX[kind]);
  const expiresAt = new Date(tx.now.getTime() + TOKEN_LIFETIME_MS[kind]);
  await tx.prisma.userToken.deleteMany({ where: { userId: user.id, kind } });
  const { organizationId, now: createdAt } = tx;
  const row = {
    id,
    organizationId,
    userId: user.id,
    kind,
    tokenHash: secretHash(token),
    email: user.email,
    createdAt,
    expiresAt,
  };
  await tx.run(userTokens.insert(row));
  return token;
}

/** The owner of a valid token. */
export interface UserToken {
  userId: string;
  organizationId: string;
  email: string;
  /** The name of the user's role. */
  role: string;
}

/** The owner of a token; undefined if the token is unknown, used up or expired, or if its user is disabled. */
export async function findToken(
  ctx: RequestContext,
  token: string,
  kinds: readonly TokenKind[],
): Promise<UserToken | undefined> {
  return ctx.database.system.maybeOne<UserToken>(sql`
    select t.user_id, t.organization_id, t.email, r.name as role
    from user_tokens t join users u on u.id = t.user_id join roles r on r.id = u.role_id
    where t.token_hash = ${secretHash(token)} and t.kind = any(${[...kinds]}::text[]) and t.expires_at > ${ctx.clock.now()}
      and u.disabled_at is null and lower(u.email) = lower(t.email)`);
}

/**
 * Uses a token up. Of two concurrent requests with it, the second finds it gone.
 * @throws PosProError 422 on `token`
 */
export async function claimToken(tx: Transaction, token: string): Promise<void> {
  const claimedCount = await tx.run(
    sql`delete from user_tokens where token_hash = ${secretHash(token)} and expires_at > ${tx.now}`,
  );
  if (claimedCount === 0) throw invalidToken();
}

/** The same error for every invalid token, whatever the reason. */
export function invalidToken(): PosProError {
  return invalid(
    'token',
    'The code is unknown, has expired or was used before. Request a new e-mail.',
    'TOKEN_INVALID',
  );
}
