/**
 * The books of the sandbox. They are tables of their own, so that a payment survives the end of the process that asked for it, as at a
 * real provider; no other part of PosPro reads them.
 */
import { type RequestContext, type Services } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { ZERO } from '#kernel/decimal';
import type { SandboxOperationRow, SandboxPaymentRow } from '../../tables.generated';
import type { AuthorizeRequest } from '../provider';
import { queueSandboxEvents, sandboxContext, settleSandboxPayments } from './sandbox-events';
import { SETTLES_AFTER_MS, type SandboxCard } from './sandbox-cards.rules';

/** Opens a payment, once for each key. @returns it, and whether it is new. */
export function openSandboxPayment(
  services: Services,
  organizationId: string,
  request: AuthorizeRequest,
  card: SandboxCard,
): Promise<{ payment: SandboxPaymentRow; isNew: boolean }> {
  const ctx = sandboxContext(services, organizationId);
  return transact(ctx, async (tx) => {
    const first = await tx.prisma.sandboxPayment.createMany({
      data: [newPayment(ctx, tx, request, card)],
      skipDuplicates: true,
    });
    const payment = await tx.prisma.sandboxPayment.findFirstOrThrow({ where: { key: request.key } });
    if (first.count > 0) await queueSandboxEvents(ctx, tx, payment);
    return { payment, isNew: first.count > 0 };
  });
}

function newPayment(
  ctx: RequestContext,
  tx: Transaction,
  { key, paymentId, amount, currency, captures }: AuthorizeRequest,
  { behavior }: SandboxCard,
): SandboxPaymentRow {
  const settlesAfter = SETTLES_AFTER_MS[behavior];
  const state = FIRST_STATES[behavior] ?? OPEN;
  const isOpen = state.stage === 'open';
  return {
    id: ctx.ids.next(),
    organizationId: tx.organizationId,
    key,
    metadata: paymentId,
    behavior,
    amount,
    currency,
    captures,
    ...state,
    authorizedAmount: isOpen ? amount : ZERO,
    capturedAmount: isOpen && captures ? amount : ZERO,
    refundedAmount: ZERO,
    settlesAt: settlesAfter === undefined ? null : new Date(tx.now.getTime() + settlesAfter),
    createdAt: tx.now,
  };
}

type FirstState = Pick<SandboxPaymentRow, 'stage' | 'declineCode'>;

const OPEN: FirstState = { stage: 'open', declineCode: null };
/** The first state of payments that are not simply open. */
const FIRST_STATES: Partial<Record<SandboxCard['behavior'], FirstState>> = {
  decline: { stage: 'declined', declineCode: 'card_declined' },
  insufficient_funds: { stage: 'declined', declineCode: 'insufficient_funds' },
  challenge: { stage: 'requires_action', declineCode: null },
  challenge_fails: { stage: 'requires_action', declineCode: null },
  late: { stage: 'pending', declineCode: null },
  webhook_only: { stage: 'pending', declineCode: null },
};

/** The change that an operation makes; undefined if the payment does not permit it. */
export type SandboxChange = (payment: SandboxPaymentRow) => Partial<SandboxPaymentRow> | undefined;

/** Runs an operation, once for each key. @returns the payment, or undefined if it does not exist or permit the operation. */
export function operateSandboxPayment(
  services: Services,
  organizationId: string,
  operation: Pick<SandboxOperationRow, 'key' | 'kind' | 'amount' | 'paymentId'>,
  change: SandboxChange,
): Promise<SandboxPaymentRow | undefined> {
  const ctx = sandboxContext(services, organizationId);
  return transact(ctx, async (tx) => {
    const { paymentId } = operation;
    const locked = await tx.maybeOne<SandboxPaymentRow>(
      sql`select * from sandbox_payments where id = ${paymentId} for no key update`,
    );
    if (!locked) return undefined;
    const where = { key: operation.key };
    if (await tx.prisma.sandboxOperation.findFirst({ where })) return locked;
    const data = change(locked);
    if (!data) return undefined;
    await tx.prisma.sandboxOperation.create({
      data: { ...operation, organizationId: tx.organizationId, createdAt: tx.now },
    });
    const payment = await tx.prisma.sandboxPayment.update({ where: { id: paymentId }, data });
    await queueSandboxEvents(ctx, tx, payment);
    return payment;
  });
}

/** A payment, by its id or by the caller's own id. */
export async function findSandboxPayment(
  services: Services,
  organizationId: string,
  { id, metadata }: { id: string | undefined; metadata: string },
): Promise<SandboxPaymentRow | undefined> {
  await settleSandboxPayments(services, organizationId);
  const { prisma } = sandboxContext(services, organizationId);
  const where = id === undefined ? { metadata } : { id };
  return (await prisma.sandboxPayment.findFirst({ where })) ?? undefined;
}
