import { userOf } from '#kernel/auth/access';
import { amountErrors, textErrors, throwFieldErrors } from '#kernel/validation';
import { type RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { PosProError, invalid } from '#kernel/errors';
import { branchOf } from '#subgraphs/auth/index';
import { assertBranchAccess } from './resolve-session';
import type { OpenRegisterInput } from '../inputs.generated';
import { emitRegisterChanged, lockRegister } from '../register/registers';
import { type SessionRow } from '../model';
import { registerSessions } from '../tables.generated';

/**
 * Opens a register: sales belong to the new session until its Z-report.
 *
 * @throws PosProError 404 for an unknown register; 409 REGISTER_OPEN; 409 ILLEGAL_STATE for an inactive register; 403 for a register
 * of another branch without pos:override; 422 by field, and without a register in a branch that has not exactly one.
 */
export async function openRegister(ctx: RequestContext, input: OpenRegisterInput): Promise<SessionRow> {
  const idempotent = { operation: 'openRegister', input };
  return transact(ctx, (tx) => openWithin(tx, ctx, input), { idempotent });
}

async function openWithin(
  tx: Transaction,
  ctx: RequestContext,
  input: OpenRegisterInput,
): Promise<SessionRow> {
  const register = await lockRegister(tx, input.registerId ?? (await onlyRegister(tx, ctx)));
  assertBranchAccess(ctx.actor, register.branchId);
  throwFieldErrors([
    ...amountErrors('openingFloat', input.openingFloat, register.currency, 'not_negative'),
    ...textErrors('note', input.note, { max: 500 }),
  ]);
  if (!register.active)
    throw new PosProError('ILLEGAL_STATE', `${register.name} is inactive and cannot be opened.`);
  const user = userOf(ctx) ?? null;
  const session = await tx.maybeOne<SessionRow>(sql`
    ${registerSessions.insert({
      ...{
        id: ctx.ids.next(),
        organizationId: tx.organizationId,
        registerId: register.id,
        branchId: register.branchId,
      },
      ...{ status: 'open', currency: register.currency, openedAt: tx.now, openedBy: user, cashierId: user },
      ...{
        openingFloat: input.openingFloat,
        expectedCash: input.openingFloat,
        training: input.training ?? false,
      },
      note: input.note?.trim() ?? null,
    })}
    on conflict (organization_id, register_id) where status = 'open' do nothing
    returning ${registerSessions.columns}, ${register.name}::text as register_name, ${register.code}::text as register_code`);
  if (!session)
    throw new PosProError(
      'REGISTER_OPEN',
      `${register.name} is already open. Close it before you open it again.`,
    );
  emitRegisterChanged(tx, register, {
    sessionId: session.id,
    status: 'open',
    training: session.training,
  });
  return session;
}

/** The id of the only register in use of the caller's branch. @throws PosProError 422 if there is not exactly one. */
async function onlyRegister(tx: Transaction, ctx: RequestContext): Promise<string> {
  const [first, second] = await tx.many<{ id: string }>(sql`
    select r.id from registers r where r.branch_id = ${branchOf(ctx, null)}::uuid and r.active limit 2`);
  if (first && !second) return first.id;
  const message = first
    ? 'Name the register: the branch has several.'
    : 'The branch has no register in use: create one with POST /api/v1/pos/registers.';
  throw invalid('registerId', message, 'REQUIRED');
}
