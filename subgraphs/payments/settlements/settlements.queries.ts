/** Reads payouts, their transactions, and payments that no payout has. */
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { requireRow, rowsByIds } from '#kernel/db/rows-by-id';
import type { Decimal } from '#kernel/decimal';
import { inPeriod, listPage, sameId, type Page } from '#kernel/paging';
import { rangeErrors, throwFieldErrors } from '#kernel/validation';
import type {
  QuerySettlementTransactionsArgs,
  QuerySettlementsArgs,
  QueryUnsettledPaymentsArgs,
} from '../inputs.generated';
import { toPayment, type ShownPayment } from '../shown-payments';
import {
  paymentIntents,
  settlementTransactions,
  settlements,
  type PaymentIntentRow,
  type SettlementRow,
  type SettlementTransactionRow,
} from '../tables.generated';

/** Payouts by their ids. */
export function settlementsByIds(
  db: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, SettlementRow>> {
  return rowsByIds(db, settlements, ids);
}

/** The payout with an id. @throws PosProError 404. */
export function requireSettlement(db: Queryable, id: string): Promise<SettlementRow> {
  return requireRow(db, settlements, 'settlement', id);
}

/** A page of the payouts, the newest first by default. */
export function listSettlements(
  ctx: RequestContext,
  filter: QuerySettlementsArgs,
): Promise<Page<SettlementRow>> {
  const { provider, payoutReference, open } = filter;
  const isOpen = sql`(s.mismatched_rows_count > 0 or s.unmatched_rows_count > 0 or coalesce(s.payout_amount <> s.net, false))`;
  return listPage<SettlementRow>(
    ctx.db,
    {
      select: settlements.select('s'),
      from: sql`settlements s`,
      where: [
        ...(provider == null ? [] : [sql`s.provider = ${provider}`]),
        ...(payoutReference == null ? [] : [sql`s.payout_reference = ${payoutReference}`]),
        ...(open == null ? [] : [open ? isOpen : sql`not ${isOpen}`]),
        ...inPeriod(sql`s.created_at`, filter),
      ],
      sorts: { createdAt: sql`s.created_at` },
      updatedAt: sql`s.updated_at`,
      defaultSort: '-createdAt',
      id: sql`s.id`,
    },
    filter,
  );
}

/** A page of the transactions of a payout, in the order of the file. @throws PosProError 404 */
export async function listSettlementTransactions(
  ctx: RequestContext,
  { settlementId, status, kind, paymentId, ...page }: QuerySettlementTransactionsArgs,
): Promise<Page<SettlementTransactionRow>> {
  const { id } = await requireSettlement(ctx.db, settlementId);
  return listPage<SettlementTransactionRow>(
    ctx.db,
    {
      select: settlementTransactions.select('t'),
      from: sql`settlement_transactions t`,
      where: [
        sql`t.settlement_id = ${id}`,
        ...(status == null ? [] : [sql`t.status = ${status}`]),
        ...(kind == null ? [] : [sql`t.kind = ${kind}`]),
        ...sameId(sql`t.payment_id`, paymentId),
      ],
      sorts: { id: sql`t.id` },
      defaultSort: 'id',
      id: sql`t.id`,
    },
    page,
  );
}

const DAY_MS = 24 * 3_600_000;

/** A page of the captured payments that no payout has, the oldest first. @throws PosProError 422 for an impossible number of days. */
export async function listUnsettledPayments(
  ctx: RequestContext,
  { provider, days, ...page }: QueryUnsettledPaymentsArgs,
): Promise<Page<ShownPayment>> {
  throwFieldErrors(rangeErrors('days', days ?? 0, 0, 3650));
  const until = new Date(ctx.clock.now().getTime() - (days ?? 7) * DAY_MS);
  const intents = await listPage<PaymentIntentRow>(
    ctx.db,
    {
      select: paymentIntents.select('i'),
      from: sql`payment_intents i`,
      where: [
        provider == null ? sql`i.provider <> 'manual'` : sql`i.provider = ${provider}`,
        sql`i.captured_amount > 0`,
        sql`i.created_at <= ${until}`,
        sql`not exists (
          select from settlement_transactions t
          where t.organization_id = i.organization_id and t.payment_id = i.id and t.kind = 'charge')`,
      ],
      sorts: { createdAt: sql`i.created_at` },
      defaultSort: 'createdAt',
      id: sql`i.id`,
    },
    page,
  );
  return { ...intents, items: intents.items.map(toPayment) };
}

/** Fees that the payouts of these payments name, in the currency of the payment, by the payment's id. */
export async function settledFees(
  db: Queryable,
  paymentIds: readonly string[],
): Promise<ReadonlyMap<string, readonly SettledFee[]>> {
  const fees = await db.many<SettledFee & { paymentId: string }>(sql`
    select t.payment_id, t.currency, sum(t.fee) as fee from settlement_transactions t
    where t.payment_id = any(${paymentIds}::uuid[]) group by t.payment_id, t.currency`);
  const byPayment = new Map<string, SettledFee[]>();
  for (const { paymentId, ...fee } of fees)
    byPayment.set(paymentId, [...(byPayment.get(paymentId) ?? []), fee]);
  return byPayment;
}

export interface SettledFee {
  readonly currency: string;
  readonly fee: Decimal;
}
