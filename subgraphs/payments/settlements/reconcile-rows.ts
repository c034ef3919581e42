/** Finds the payments of settlement rows, and stores the result of their comparison. */
import { groupBy } from '#kernel/collections';
import { sql, type Transaction } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import { isUuid } from '#kernel/ids';
import type { PaymentProvider } from '../inputs.generated';
import { settlementTransactions, type SettlementTransactionRow } from '../tables.generated';
import { stateWithoutPayment, statesOfPayment, type RowState, type SettledPayment } from './reconcile.rules';

/** The rows with their payments and their first state, by their ids. A payment is named by the provider's reference, or by its own id. */
export async function matchRows(
  tx: Transaction,
  provider: PaymentProvider,
  rows: readonly SettlementTransactionRow[],
): Promise<ReadonlyMap<string, SettlementTransactionRow>> {
  const references = rows.flatMap(({ paymentReference }) => paymentReference ?? []);
  const ids = references.filter(isUuid);
  const payments = await tx.many<{ reference: string; id: string }>(sql`
    select i.provider_reference as reference, i.id from payment_intents i
    where i.provider = ${provider} and i.provider_reference = any(${references}::text[])
    union all
    select i.id::text, i.id from payment_intents i
    where i.organization_id = ${tx.organizationId} and i.id = any(${ids}::uuid[]) and i.provider = ${provider}
    union all
    select p.id::text, p.id from payments p
    where p.organization_id = ${tx.organizationId} and p.id = any(${ids}::uuid[]) and p.amount > 0
      and ${provider} = 'manual' and coalesce(p.provider, 'manual') = 'manual'`);
  const byReference = new Map(payments.map(({ reference, id }) => [reference, id]));
  const idOf = (reference: string | null) =>
    reference === null ? undefined : byReference.get(isUuid(reference) ? reference.toLowerCase() : reference);
  return new Map(
    rows.map((row) => {
      const paymentId = row.paymentId ?? idOf(row.paymentReference) ?? null;
      const state = paymentId === null ? stateWithoutPayment(row) : {};
      return [row.id, { ...row, paymentId, ...state }];
    }),
  );
}

/** The part of a row that a comparison changes. */
const STATE = settlementTransactions.pick('id', 'paymentId', 'status', 'reason', 'expectedAmount');

/** The rows whose state changed, and their payouts. */
export interface ReconciledRows {
  readonly rowIds: ReadonlySet<string>;
  readonly settlementIds: readonly string[];
}

/** Compares all stored rows of the payments of these rows, also those of other files. */
export async function reconcileRows(
  tx: Transaction,
  matched: readonly SettlementTransactionRow[],
): Promise<ReconciledRows> {
  const paymentIds = [...new Set(matched.flatMap(({ paymentId }) => paymentId ?? []))];
  if (paymentIds.length === 0) return { rowIds: new Set(), settlementIds: [] };
  const payments = await settledPayments(tx, paymentIds);
  const own = new Map(matched.map((row) => [row.id, row]));
  const rows = await tx.many<SettlementTransactionRow>(sql`
    select ${settlementTransactions.select('r')} from settlement_transactions r
    where r.organization_id = ${tx.organizationId}
      and (r.payment_id = any(${paymentIds}::uuid[]) or r.id = any(${[...own.keys()]}::uuid[]))
    order by r.id for no key update`);
  const byPayment = groupBy(
    rows.filter((row) => (row.paymentId ?? own.get(row.id)?.paymentId) != null),
    (row) => row.paymentId ?? own.get(row.id)!.paymentId!,
  );
  const refunds = await refundsOf(tx, paymentIds);
  const changes = [...byPayment].flatMap(([paymentId, ofPayment]) => {
    const states = statesOfPayment(payments.get(paymentId)!, ofPayment, refunds.get(paymentId) ?? new Map());
    return ofPayment
      .map((row) => ({ row, after: { ...row, paymentId, ...states.get(row.id)! } }))
      .filter(({ row, after }) => row.paymentId !== paymentId || !isSameState(row, after))
      .map(({ after }) => after);
  });
  if (changes.length > 0)
    await tx.run(sql`
      update settlement_transactions r set payment_id = x."paymentId", status = x.status, reason = x.reason, expected_amount = x."expectedAmount"
      from jsonb_to_recordset(${JSON.stringify(changes.map((row) => STATE.complete(row)))}::jsonb) as x (${STATE.definitions})
      where r.id = x.id`);
  return {
    rowIds: new Set(changes.map(({ id }) => id)),
    settlementIds: changes.map(({ settlementId }) => settlementId),
  };
}

function isSameState(before: RowState, after: RowState): boolean {
  const { expectedAmount: expected } = after;
  const isSameAmount =
    before.expectedAmount === null ? expected === null : expected?.equals(before.expectedAmount) === true;
  return before.status === after.status && before.reason === after.reason && isSameAmount;
}

/** Payments by their ids: those through a provider, and those that were only recorded. */
async function settledPayments(
  tx: Transaction,
  ids: readonly string[],
): Promise<ReadonlyMap<string, SettledPayment>> {
  const payments = await tx.many<SettledPayment>(sql`
    select i.id, i.currency, i.captured_amount, i.refunded_amount from payment_intents i
    where i.organization_id = ${tx.organizationId} and i.id = any(${ids}::uuid[])
    union all
    select p.id, p.currency, p.amount, p.refunded_amount from payments p
    where p.organization_id = ${tx.organizationId} and p.id = any(${ids}::uuid[])
      and not exists (select from payment_intents i where i.organization_id = p.organization_id and i.id = p.id)`);
  return new Map(payments.map((payment) => [payment.id, payment]));
}

/** Amounts of the refunds of these payments by the provider's references. */
async function refundsOf(
  tx: Transaction,
  paymentIds: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, Decimal>>> {
  const refunds = await tx.many<{ intentId: string; reference: string; amount: Decimal }>(sql`
    select a.intent_id, a.provider_reference as reference, a.amount from payment_attempts a
    where a.organization_id = ${tx.organizationId} and a.intent_id = any(${paymentIds}::uuid[]) and a.kind = 'refund'
      and a.provider_reference is not null`);
  return new Map(
    [...groupBy(refunds, ({ intentId }) => intentId)].map(([intentId, ofIntent]) => [
      intentId,
      new Map(ofIntent.map(({ reference, amount }) => [reference, amount])),
    ]),
  );
}
