/** The second factor: codes of an authenticator app (TOTP, RFC 6238), and recovery codes if the device is lost. All are single-use. */
import { randomBytes } from 'node:crypto';
import { generateSecret, generateURI } from 'otplib';
import { toDataURL } from 'qrcode';
import { openSecret, sealSecret, secretHash } from '#kernel/auth/secrets';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { PosProError, invalid } from '#kernel/errors';
import { countAttempt, isLocked } from './login-throttle';
import type { ConfirmTwoFactorInput, DisableTwoFactorInput, EnrollTwoFactorInput } from './inputs.generated';
import { ownOrganization } from './organizations';
import { callerEmail, recordCallerFailure, requireUser, requirePassword } from './require-user';
import type { User } from './model';
import { normalizeRecoveryCode, toRecoveryCode, RECOVERY_CODES, timeStep } from './two-factor.rules';
import { requireUserById } from './users';
import { twoFactors } from './tables.generated';
import type { TwoFactorEnrollment } from './types.generated';

/** Separates this use of JWT_SECRET from all others. */
const PURPOSE = 'two-factor';

interface Factor {
  userId: string;
  sealedSecret: Buffer;
  confirmed: boolean;
  lastStep: number;
}

/** A valid code that a user has sent: the code of a time step, or a recovery code. */
export type Proof = { step: number } | { recoveryHash: Buffer };

/**
 * Starts the setup of a second factor; logins do not require it before `confirmTwoFactor`. Starting again replaces the setup.
 * @throws PosProError 422 for a wrong password, 409 if the user has a second factor, 403 for an API key.
 */
export async function enrollTwoFactor(
  ctx: RequestContext,
  input: EnrollTwoFactorInput,
): Promise<TwoFactorEnrollment> {
  const { userId } = requireUser(ctx);
  const { email } = await requirePassword(ctx, input.password, 'password');
  const { name } = await ownOrganization(ctx);
  const secret = generateSecret();
  const sealed = sealSecret(ctx.config, PURPOSE, userId, secret);
  await transact(ctx, async (tx) => {
    const writtenCount = await tx.run(sql`
      ${twoFactors.insert({
        id: ctx.ids.next(),
        organizationId: tx.organizationId,
        userId,
        sealedSecret: sealed,
        lastStep: 0,
        createdAt: tx.now,
      })}
      on conflict (user_id) do update set sealed_secret = excluded.sealed_secret, last_step = 0, created_at = excluded.created_at
        where two_factors.confirmed_at is null`);
    if (writtenCount === 0) throw alreadyActive();
  });
  const otpauthUrl = generateURI({ issuer: `PosPro ${name}`, label: email, secret });
  return { secret, otpauthUrl, qrCode: await toDataURL(otpauthUrl, { margin: 2 }) };
}

function alreadyActive(): PosProError {
  return new PosProError(
    'ILLEGAL_STATE',
    'You already have a second factor. Deactivate it first with POST /auth/2fa/disable.',
  );
}

/**
 * Activates the second factor once a code has shown that the app works.
 * @returns the recovery codes, which are shown only this once.
 * @throws PosProError 422 for a wrong code, 409 if the setup was not started or is complete, 403 for an API key.
 */
export async function confirmTwoFactor(ctx: RequestContext, input: ConfirmTwoFactorInput): Promise<string[]> {
  const { userId } = requireUser(ctx);
  const codes = Array.from({ length: RECOVERY_CODES }, () => toRecoveryCode(randomBytes(10)));
  await withCode(ctx, await callerEmail(ctx), async (tx) => {
    const factor = await findFactor(tx, userId, { lock: true });
    if (!factor) throw new PosProError('ILLEGAL_STATE', 'Start with POST /auth/2fa/enroll.');
    if (factor.confirmed) throw alreadyActive();
    const step = matchingStep(ctx, factor, input.otp);
    if (step === undefined) throw new WrongCode();
    await tx.prisma.twoFactor.update({ where: { userId }, data: { confirmedAt: tx.now, lastStep: step } });
    const rows = codes.map((code) => ({ id: ctx.ids.next(), hash: secretHash(code).toString('hex') }));
    await tx.prisma.recoveryCode.deleteMany({ where: { userId } });
    await tx.run(sql`
      insert into recovery_codes (id, organization_id, user_id, code_hash)
      select x.id, ${tx.organizationId}::uuid, ${userId}::uuid, decode(x.hash, 'hex')
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(id uuid, hash text)`);
  });
  return codes;
}

/**
 * Deactivates the second factor.
 * @throws PosProError 422 for a wrong password or code, 409 if there is none, 403 for an API key.
 */
export async function disableTwoFactor(ctx: RequestContext, input: DisableTwoFactorInput): Promise<User> {
  const { userId } = requireUser(ctx);
  const { email } = await requirePassword(ctx, input.password, 'password');
  return withCode(ctx, email, async (tx) => {
    const factor = await findFactor(tx, userId, { lock: true });
    if (!factor?.confirmed) throw new PosProError('ILLEGAL_STATE', 'You have no second factor.');
    const proof = parseProof(ctx, factor, input.otp);
    if (!proof || !(await consumeProof(tx, userId, proof))) throw new WrongCode();
    await removeTwoFactor(tx, userId);
    return requireUserById(tx, userId);
  });
}

/** Removes a user's second factor. */
export async function removeTwoFactor(tx: Transaction, userId: string): Promise<void> {
  await tx.prisma.twoFactor.deleteMany({ where: { userId } });
  await tx.prisma.recoveryCode.deleteMany({ where: { userId } });
}

/** Thrown inside a transaction that requires a code, so that a failed operation leaves no audit entry. */
class WrongCode extends Error {}

/**
 * Runs an operation for which a signed-in user must send a code. A wrong code counts like a wrong password, and is recorded.
 * @param email the caller's e-mail address.
 * @param work throws `WrongCode`.
 * @throws PosProError 422 for a wrong code, and for any while the account is locked; 429.
 */
async function withCode<Result>(
  ctx: RequestContext,
  email: string,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  await countAttempt(ctx, 'otp', requireUser(ctx).userId);
  const wrongCode = () => invalid('otp', 'The code is wrong, has expired or was used before.', 'WRONG');
  if (await isLocked(ctx, email)) {
    await recordCallerFailure(ctx, { operation: 'code.failed', email, reason: 'locked' });
    throw wrongCode();
  }
  try {
    return await transact(ctx, work);
  } catch (error) {
    if (!(error instanceof WrongCode)) throw error;
    await recordCallerFailure(ctx, { operation: 'code.failed', email, reason: 'wrong_code' });
    throw wrongCode();
  }
}

/** A user's confirmed second factor; undefined without one. @param db a connection that may see the user. */
export async function confirmedFactor(db: Queryable, userId: string): Promise<Factor | undefined> {
  const factor = await findFactor(db, userId);
  return factor?.confirmed ? factor : undefined;
}

async function findFactor(db: Queryable, userId: string, { lock = false } = {}): Promise<Factor | undefined> {
  return db.maybeOne<Factor>(sql`
    select user_id, sealed_secret, confirmed_at is not null as confirmed, last_step from two_factors where user_id = ${userId}
    ${lock ? sql`for update` : sql``}`);
}

/** The proof in a text, not yet checked against used codes; undefined for a text that is neither kind of code. */
export function parseProof(ctx: RequestContext, factor: Factor, text: string): Proof | undefined {
  const recovery = normalizeRecoveryCode(text);
  if (recovery !== undefined) return { recoveryHash: secretHash(recovery) };
  const step = matchingStep(ctx, factor, text);
  return step === undefined ? undefined : { step };
}

function matchingStep(ctx: RequestContext, factor: Factor, code: string): number | undefined {
  const secret = openSecret(ctx.config, PURPOSE, factor.userId, factor.sealedSecret);
  if (secret === undefined) {
    ctx.log.error(
      { userId: factor.userId },
      'a second factor cannot be read: JWT_SECRET is not the one it was made under',
    );
    return undefined;
  }
  return timeStep(secret, code, ctx.clock.now(), factor.lastStep);
}

/** Uses a proof up. @returns false if it was used before, or if this user has no such recovery code. */
export async function consumeProof(tx: Transaction, userId: string, proof: Proof): Promise<boolean> {
  const count =
    'step' in proof
      ? await tx.run(
          sql`update two_factors set last_step = ${proof.step} where user_id = ${userId} and last_step < ${proof.step}`,
        )
      : await tx.run(sql`
          update recovery_codes set used_at = ${tx.now}
          where user_id = ${userId} and code_hash = ${proof.recoveryHash} and used_at is null`);
  return count === 1;
}
