/** The secrets that mails carry: random, stored as a hash, good once and for a while. */
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

/** Makes the secret of a mail. The ones of before that did the same are worth nothing from now on. */
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

/** A token that somebody has brought. */
export interface UserToken {
  userId: string;
  organizationId: string;
  email: string;
  /** The name of the user's role. */
  role: string;
}

/** Whose token it is; undefined for one that is unknown, used up, expired, or whose user is shut out. */
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
 * Uses a token up. Of two who bring it at once, the second finds it gone.
 * @throws PosProError 422 on `token`
 */
export async function claimToken(tx: Transaction, token: string): Promise<void> {
  const claimed = await tx.run(
    sql`delete from user_tokens where token_hash = ${secretHash(token)} and expires_at > ${tx.now}`,
  );
  if (claimed === 0) throw invalidToken();
}

/** The one answer to every token that is no good, whatever the reason. */
export function invalidToken(): PosProError {
  return invalid(
    'token',
    'This code is unknown, has expired or was used before. Ask for a new mail.',
    'TOKEN_INVALID',
  );
}
