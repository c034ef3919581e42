/** The ledger of store credit: a customer's balance is the sum of the entries, and of what remains of the lots. */
import { userOf } from '#kernel/auth/access';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Sql, type Transaction } from '#kernel/db/database';
import { type Decimal, ZERO, sum } from '#kernel/decimal';
import { invariant } from '#kernel/errors';
import { formatMoney } from '#kernel/money';
import { presentId } from '#subgraphs/customers/index';
import { storeCreditChanged } from '../events';
import {
  storeCreditEntries,
  storeCreditLots,
  storeCredits,
  type StoreCreditEntryRow,
  type StoreCreditLotRow,
  type StoreCreditRow,
} from '../tables.generated';
import { restoreLots, useLots, type Lot, type LotChange } from './store-credit.rules';

/** The cause of an entry. */
export interface StoreCreditSubject {
  /** Type of the record that caused the entry, for example "order". */
  referenceType: string;
  referenceId: string;
  /** Of a redemption and of its refunds: the payment with store credit. */
  paymentId?: string | null;
  reason?: string | null;
  branchId?: string | null;
}

/** An amount to grant to a customer. */
export interface StoreCreditGrant extends StoreCreditSubject {
  customerId: string;
  currency: string;
  /** Above zero, rounded to the currency. */
  amount: Decimal;
  expiresAt?: Date | null;
}

const ENTRY_COLUMNS = storeCreditEntries.omit('customerId', 'number', 'balance');

/** Grants store credit: a new lot with its entry, in one statement. Emits "store_credit.changed". */
export async function grantStoreCredit(
  tx: Transaction,
  ctx: RequestContext,
  grant: StoreCreditGrant,
): Promise<StoreCreditRow> {
  const { customerId, currency, amount, expiresAt = null, ...subject } = grant;
  invariant(amount.greaterThan(ZERO), 'store credit of nothing was granted');
  const owner = { organizationId: tx.organizationId, customerId };
  const lotId = ctx.ids.next();
  const lot = { ...owner, id: lotId, amount, remaining: amount, expiresAt, createdAt: tx.now };
  const head = { ...owner, currency, balance: amount, entriesCount: 1, updatedAt: tx.now };
  const entry = {
    ...owner,
    ...subject,
    id: ctx.ids.next(),
    lotId,
    kind: 'grant' as const,
    amount,
    userId: userOf(ctx),
    createdAt: tx.now,
  };
  const credit = await tx.one<StoreCreditRow>(sql`
    with credit as (
      insert into store_credits as head (${storeCredits.columns}) values (${storeCredits.parameters(head)})
      on conflict (organization_id, customer_id) do update set
        balance = head.balance + excluded.balance, entries_count = head.entries_count + 1, updated_at = excluded.updated_at
      returning *
    ), lot as (${storeCreditLots.insert(lot)}), entry as (
      insert into store_credit_entries (${ENTRY_COLUMNS.columns}, customer_id, number, balance)
      select ${ENTRY_COLUMNS.parameters(entry)}, credit.customer_id, credit.entries_count, credit.balance from credit
    )
    select ${storeCredits.select('credit')} from credit`);
  emitStoreCreditChanged(tx, credit);
  return credit;
}

/**
 * Uses a customer's store credit, the first to expire first. What has expired is written off in the same step.
 * @param kind why it is used: a sale, or a deduction by hand.
 * @returns undefined if the credit does not cover the amount; nothing is written then.
 */
export async function spendStoreCredit(
  tx: Transaction,
  ctx: RequestContext,
  customerId: string,
  amount: Decimal,
  { kind, ...subject }: StoreCreditSubject & { kind: 'redemption' | 'deduction' },
): Promise<StoreCreditRow | undefined> {
  const lots = await lockLots(tx, presentId(customerId));
  const { expired, used, missing } = useLots(lots, amount, tx.now);
  if (missing.greaterThan(ZERO)) return undefined;
  return postChanges(tx, ctx, lots[0]!.customerId, [
    ...expired.map((change) => ({ ...change, ...subject, paymentId: null, kind: 'expiry' as const })),
    ...used.map((change) => ({ ...change, ...subject, kind })),
  ]);
}

/**
 * Refunds a payment with store credit to the lots that paid it, the last to expire first.
 * @param paymentId the original payment.
 * @returns undefined if the lots have expired meanwhile; nothing is written then.
 */
export async function restoreStoreCredit(
  tx: Transaction,
  ctx: RequestContext,
  amount: Decimal,
  subject: StoreCreditSubject & { paymentId: string },
): Promise<StoreCreditRow | undefined> {
  const { paymentId } = subject;
  const taken = await tx.many<Lot & { customerId: string }>(sql`
    select l.id, l.customer_id, l.expires_at, -sum(e.amount) as remaining
    from store_credit_entries e join store_credit_lots l on l.id = e.lot_id
    where e.payment_id = ${paymentId}::uuid group by l.id, l.customer_id, l.expires_at`);
  const { restored, missing } = restoreLots(taken, amount, tx.now);
  if (missing.greaterThan(ZERO)) return undefined;
  return postChanges(
    tx,
    ctx,
    taken[0]!.customerId,
    restored.map((change) => ({ ...change, ...subject, kind: 'refund' as const })),
  );
}

const lotsOf = (owner: Sql) => sql`
  select ${storeCreditLots.select('l')} from store_credit_lots l
  where l.customer_id = ${owner} and l.remaining > 0 order by l.expires_at, l.id`;

/**
 * Moves the store credit of a customer to another one: an entry on both for each lot, which keeps its expiry. Lots that are used up go
 * over as well, since a refund may restore them. Both customers are locked. Emits "store_credit.changed".
 */
export async function moveStoreCredit(
  tx: Transaction,
  ctx: RequestContext,
  { fromId, toId }: { fromId: string; toId: string },
): Promise<void> {
  const lots = await lockLots(tx, sql`${fromId}::uuid`);
  const transfers = (otherId: string, sign: 1 | -1) =>
    lots.map(({ id: lotId, remaining }) => ({
      lotId,
      kind: 'transfer' as const,
      amount: remaining.times(sign),
      referenceType: 'customer',
      referenceId: otherId,
    }));
  if (lots.length > 0) {
    const { currency } = await postChanges(tx, ctx, fromId, transfers(toId, -1));
    const owner = { customerId: toId, organizationId: tx.organizationId };
    const head = { ...owner, currency, balance: ZERO, entriesCount: 0, updatedAt: tx.now };
    await tx.run(sql`${storeCredits.insert(head)} on conflict do nothing`);
    await postChanges(tx, ctx, toId, transfers(fromId, 1));
  }
  await tx.run(sql`
    update store_credit_lots set customer_id = ${toId}::uuid
    where organization_id = ${tx.organizationId} and customer_id = ${fromId}::uuid`);
}

/** The lots of a customer that have something left, the first to expire first; of a merged one, those of the customer that it became. */
export function openLots(db: Queryable, customerId: string): Promise<StoreCreditLotRow[]> {
  return db.many<StoreCreditLotRow>(lotsOf(presentId(customerId)));
}

/** The same, locked until the commit. They are locked in their order, so that two payments cannot deadlock. */
function lockLots(tx: Transaction, owner: Sql): Promise<StoreCreditLotRow[]> {
  return tx.many<StoreCreditLotRow>(sql`${lotsOf(owner)} for no key update`);
}

/** A change of a lot with its entry. */
type PostedChange = LotChange & StoreCreditSubject & { kind: StoreCreditEntryRow['kind'] };

const CHANGED = storeCreditEntries.omit('organizationId', 'customerId', 'userId', 'createdAt');

/** Changes lots and the balance, and writes an entry for each change, in one statement. */
async function postChanges(
  tx: Transaction,
  ctx: RequestContext,
  customerId: string,
  changes: readonly PostedChange[],
): Promise<StoreCreditRow> {
  const total = sum(changes.map(({ amount }) => amount));
  let rest = total;
  // Numbers and balances count back from those that the customer has after the last change.
  const rows = changes.map((change, index) => {
    rest = rest.minus(change.amount);
    return { ...change, id: ctx.ids.next(), number: index + 1 - changes.length, balance: rest.negated() };
  });
  const credit = await tx.maybeOne<StoreCreditRow>(sql`
    with change as (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(${CHANGED.definitions})
    ), credit as (
      update store_credits set balance = balance + ${total}, entries_count = entries_count + ${changes.length}, updated_at = ${tx.now}
      where customer_id = ${customerId}::uuid and balance + ${total} >= 0
      returning *
    ), lot as (
      update store_credit_lots l set remaining = l.remaining + x.amount from change x, credit where l.id = x."lotId"
    ), entry as (
      insert into store_credit_entries (organization_id, customer_id, user_id, created_at, ${CHANGED.columns})
      select credit.organization_id, credit.customer_id, ${userOf(ctx) ?? null}::uuid, ${tx.now},
        x.id, x."lotId", credit.entries_count + x.number, x.kind, x.amount, credit.balance + x.balance,
        x."referenceType", x."referenceId", x."paymentId", x.reason, x."branchId"
      from change x, credit
    )
    select ${storeCredits.select('credit')} from credit`);
  invariant(credit, 'the lots of a customer have more left than the balance');
  emitStoreCreditChanged(tx, credit);
  return credit;
}

function emitStoreCreditChanged(tx: Transaction, { customerId, balance, currency }: StoreCreditRow): void {
  const payload = { customerId, balance: formatMoney(balance, currency), currency };
  tx.emit(storeCreditChanged({ key: customerId, payload }));
}
