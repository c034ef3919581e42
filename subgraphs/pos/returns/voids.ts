/** Voids: a return undoes a whole sale while its session is open. Goods and money go back the way they came. */
import { permits } from '#kernel/auth/actor';
import { textErrors, throwFieldErrors } from '#kernel/validation';
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import { PosProError } from '#kernel/errors';
import {
  onceByClientReference,
  orderById,
  postRefund,
  remainingLines,
  type FullOrder,
  type PostedOrder,
} from '#subgraphs/orders/index';
import type { OpenSession } from '#subgraphs/registers/index';
import { NO_APPROVALS, useApprovals } from '../sale/approvals';
import type { VoidOrderInput } from '../inputs.generated';

/**
 * Voids a sale while its session is still open.
 *
 * @returns the return that undoes the sale.
 * @throws PosProError 403 without pos:void or an approval; 404; 409 ILLEGAL_STATE for an order that is not a sale of the open session,
 * is refunded in part already, or belongs to an exchange; 422 by field.
 */
export async function voidOrder(
  ctx: RequestContext,
  id: string,
  input: VoidOrderInput,
): Promise<PostedOrder> {
  throwFieldErrors([
    ...textErrors('reason', input.reason, { min: 1, max: 500 }),
    ...textErrors('clientReference', input.clientReference, { max: 100 }),
  ]);
  const request = { id: id.toLowerCase(), ...input };
  return onceByClientReference(ctx, 'voidOrder', request, (tx, requestHash) =>
    postVoid(tx, ctx, id, input, requestHash),
  );
}

async function postVoid(
  tx: Transaction,
  ctx: RequestContext,
  id: string,
  input: VoidOrderInput,
  requestHash: string | undefined,
): Promise<PostedOrder> {
  const sale = await orderById(tx, id);
  if (sale.registerId === null) throw notInOpenSession(sale);
  const tokens = input.approvalTokens ?? [];
  const approvals =
    tokens.length === 0 ? NO_APPROVALS : await useApprovals(tx, tokens, sale.registerId, sale.id);
  if (!permits(ctx.actor, 'pos:void') && !approvals.kinds.has('void')) {
    const message = 'Voiding a sale requires a manager\u2019s approval, or the permission "pos:void".';
    throw new PosProError('APPROVAL_REQUIRED', message, { details: { approval: 'void', scope: 'pos:void' } });
  }
  return postRefund(tx, ctx, {
    id,
    input: {
      reason: input.reason.trim(),
      registerId: sale.registerId,
      clientReference: input.clientReference ?? null,
    },
    requestHash,
    select: (_tx, order) => Promise.resolve({ value: remainingLines(order) }),
    voids: assertVoidable,
    approvedBy: approvals.approvedBy,
  });
}

function assertVoidable(sale: FullOrder, session: OpenSession | undefined): void {
  if (session?.id !== sale.registerSessionId) throw notInOpenSession(sale);
  const details = { status: sale.status };
  if (sale.exchangeOrderId !== null) {
    throw new PosProError(
      'ILLEGAL_STATE',
      `${sale.number} is part of an exchange and cannot be voided; refund it instead.`,
      {
        details,
      },
    );
  }
  if (sale.status !== 'completed') {
    const message = `${sale.number} is ${sale.status} and cannot be voided; refund the rest instead.`;
    throw new PosProError('ILLEGAL_STATE', message, { details });
  }
}

function notInOpenSession(sale: FullOrder): PosProError {
  const message = `${sale.number} was not sold in the open session of its register; refund it instead.`;
  return new PosProError('ILLEGAL_STATE', message, { details: { status: sale.status } });
}
