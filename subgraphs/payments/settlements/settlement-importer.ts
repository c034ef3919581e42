/** Imports a provider's settlement file: writes its rows and payouts, and compares them with payments and refunds. */
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { isUniqueViolation } from '#kernel/db/pg-errors';
import { invalid } from '#kernel/errors';
import type { BatchResult, Importer, RowError, SeenKeys } from '#kernel/import/importer';
import { settlementImported } from '../events';
import type { PaymentProvider } from '../inputs.generated';
import {
  settlementTransactions,
  settlements,
  type SettlementRow,
  type SettlementTransactionRow,
} from '../tables.generated';
import { matchRows, reconcileRows } from './reconcile-rows';
import {
  SETTLEMENT_AMOUNTS,
  SETTLEMENT_COLUMNS,
  readSettlementRow,
  type SettlementColumn,
  type SettlementDraft,
} from './settlement-file.rules';

/** The importer of the files of one provider. */
export function settlementImporter(provider: PaymentProvider): Importer<SettlementDraft, SettlementColumn> {
  return {
    kind: 'settlement',
    target: provider,
    columns: SETTLEMENT_COLUMNS,
    amounts: SETTLEMENT_AMOUNTS,
    missing: (named) =>
      (['transactionReference', 'payoutReference', 'kind', 'currency', 'gross'] as const)
        .filter((column) => !named.has(column))
        .map((column) => `There is no column "${column}", so no row can be imported.`),
    read: readSettlementRow,
    explain: (error) =>
      isUniqueViolation(error, 'settlement_transactions_organization_id_provider_transaction_reference_key')
        ? invalid('transactionReference', IMPORTED_MEANWHILE, 'ALREADY_EXISTS')
        : error,
    write: (tx, ctx, drafts, seen) => writeBatch(tx, ctx, provider, drafts, seen),
  };
}

const IMPORTED_MEANWHILE = 'Another payout has this transaction.';

/** Writes the valid rows of a batch in a fixed number of statements. */
async function writeBatch(
  tx: Transaction,
  ctx: RequestContext,
  provider: PaymentProvider,
  drafts: readonly SettlementDraft[],
  seen: SeenKeys,
): Promise<BatchResult> {
  const { valid, faults } = withoutErrors(drafts, seen);
  // Payouts are locked in one order, so that two imports of the same file come one after the other.
  const heads = await lockSettlements(tx, ctx, provider, valid);
  const rows = valid.map((draft) => toRow(tx, ctx, provider, draft, heads));
  const stored = await storedRows(tx, provider, rows);
  const created = rows.filter(({ transactionReference }) => !stored.has(transactionReference));
  const repeated = rows.flatMap((row, index) => {
    const before = stored.get(row.transactionReference);
    return before ? [{ row, before, line: valid[index]!.row }] : [];
  });
  const same = repeated.filter(({ row, before }) => isSame(row, before));
  const other = repeated.filter(({ row, before }) => !isSame(row, before));
  const matched = await matchRows(tx, provider, [...created, ...same.map(({ before }) => before)]);
  if (created.length > 0)
    await tx.run(settlementTransactions.insertMany(created.map((row) => matched.get(row.id) ?? row)));
  const changes = await reconcileRows(tx, [...matched.values()]);
  await recount(tx, [...created.map(({ settlementId }) => settlementId), ...changes.settlementIds]);
  const conflict = 'Was imported before with other values. The provider never changes a transaction.';
  return {
    created: created.length,
    updated: same.length,
    unchanged: same.filter(({ before }) => !changes.rowIds.has(before.id)).length,
    deleted: 0,
    faults: [
      ...faults,
      ...other.map(({ line }) => ({
        row: line,
        field: 'transactionReference',
        message: conflict,
        code: 'CONFLICT',
      })),
    ],
    oddities: valid.flatMap(({ row, warnings }) => warnings.map((warning) => ({ row, ...warning }))),
    taken: valid.map(({ transactionReference, row }) => ({ key: transactionReference, row })),
    notes: [],
  };
}

function withoutErrors(drafts: readonly SettlementDraft[], seen: SeenKeys) {
  const valid: SettlementDraft[] = [];
  const faults: RowError[] = [];
  const lines = new Map<string, number>();
  for (const draft of drafts) {
    const { row, transactionReference } = draft;
    const twin = lines.get(transactionReference) ?? seen.get(transactionReference);
    if (draft.errors.length > 0) faults.push(...draft.errors.map((error) => ({ ...error, row })));
    else if (twin !== undefined) {
      const message = `The same transaction is already in row ${twin}.`;
      faults.push({ row, field: 'transactionReference', message, code: 'ALREADY_EXISTS' });
    } else {
      lines.set(transactionReference, row);
      valid.push(draft);
    }
  }
  return { valid, faults };
}

const headKey = ({ payoutReference, currency }: Pick<SettlementRow, 'payoutReference' | 'currency'>) =>
  `${currency} ${payoutReference}`;

/** The payouts of the rows, new ones included. */
async function lockSettlements(
  tx: Transaction,
  ctx: RequestContext,
  provider: PaymentProvider,
  drafts: readonly SettlementDraft[],
): Promise<ReadonlyMap<string, string>> {
  const byKey = new Map(drafts.map((draft) => [headKey(draft), draft]));
  const { organizationId, now } = tx;
  const news = [...byKey.values()].map(({ payoutReference, currency, paidOn }) => ({
    ...{ id: ctx.ids.next(), organizationId, provider, payoutReference, currency, paidOn },
    ...{ createdAt: now, updatedAt: now },
  }));
  if (news.length === 0) return new Map();
  await tx.run(sql`${settlements.insertMany(news)} on conflict do nothing`);
  const locked = await tx.many<Pick<SettlementRow, 'id' | 'payoutReference' | 'currency'>>(sql`
    select s.id, s.payout_reference, s.currency from settlements s
    where s.organization_id = ${organizationId} and s.provider = ${provider}
      and s.payout_reference = any(${news.map(({ payoutReference }) => payoutReference)}::text[])
    order by s.id for no key update`);
  return new Map(locked.map((head) => [headKey(head), head.id]));
}

function toRow(
  tx: Transaction,
  ctx: RequestContext,
  provider: PaymentProvider,
  draft: SettlementDraft,
  heads: ReadonlyMap<string, string>,
): SettlementTransactionRow {
  return settlementTransactions.complete({
    ...draft,
    id: ctx.ids.next(),
    organizationId: tx.organizationId,
    settlementId: heads.get(headKey(draft))!,
    provider,
    chargedAmount: draft.charged?.amount ?? null,
    chargedCurrency: draft.charged?.currency ?? null,
    // Until its comparison, in the same transaction.
    status: 'matched',
    createdAt: tx.now,
  });
}

async function storedRows(
  tx: Transaction,
  provider: PaymentProvider,
  rows: readonly SettlementTransactionRow[],
): Promise<ReadonlyMap<string, SettlementTransactionRow>> {
  const stored = await tx.many<SettlementTransactionRow>(sql`
    select ${settlementTransactions.select('r')} from settlement_transactions r
    where r.organization_id = ${tx.organizationId} and r.provider = ${provider}
      and r.transaction_reference = any(${rows.map(({ transactionReference }) => transactionReference)}::text[])`);
  return new Map(stored.map((row) => [row.transactionReference, row]));
}

/** The part of a row that comes from the file. */
const FILE_COLUMNS = settlementTransactions.pick(
  'settlementId', 'kind', 'category', 'currency', 'gross', 'fee', 'net', 'paymentReference', 'refundReference', 'chargedAmount',
  'chargedCurrency',
); // prettier-ignore

function isSame(row: SettlementTransactionRow, before: SettlementTransactionRow): boolean {
  return JSON.stringify(FILE_COLUMNS.complete(row)) === JSON.stringify(FILE_COLUMNS.complete(before));
}

/** Sums of the rows of these payouts, and the events of those that changed. A row of the payout itself is its counterpart, and not in them. */
async function recount(tx: Transaction, settlementIds: readonly string[]): Promise<void> {
  const changed = await tx.many<SettlementRow>(sql`
    update settlements s set gross = t.gross, fee = t.fee, net = t.net, payout_amount = t.payout_amount, rows_count = t.rows_count,
      matched_rows_count = t.matched, mismatched_rows_count = t.mismatched, unmatched_rows_count = t.unmatched, updated_at = ${tx.now}
    from (
      select r.settlement_id, count(*)::integer as rows_count,
        coalesce(sum(r.gross) filter (where r.kind <> 'payout'), 0) as gross, coalesce(sum(r.fee) filter (where r.kind <> 'payout'), 0) as fee,
        coalesce(sum(r.net) filter (where r.kind <> 'payout'), 0) as net, -sum(r.net) filter (where r.kind = 'payout') as payout_amount,
        (count(*) filter (where r.status = 'matched'))::integer as matched,
        (count(*) filter (where r.status = 'mismatched'))::integer as mismatched,
        (count(*) filter (where r.status = 'unmatched'))::integer as unmatched
      from settlement_transactions r where r.settlement_id = any(${[...new Set(settlementIds)]}::uuid[]) group by r.settlement_id
    ) t
    where s.id = t.settlement_id
    returning ${settlements.select('s')}`);
  for (const {
    id,
    provider,
    payoutReference,
    currency,
    net,
    rowsCount,
    mismatchedRowsCount,
    unmatchedRowsCount,
  } of changed)
    tx.emit(
      settlementImported({
        key: id,
        payload: {
          ...{ settlementId: id, provider, payoutReference, currency, net: net.toFixed() },
          ...{ rowsCount, mismatchedRowsCount, unmatchedRowsCount },
        },
      }),
    );
}
