/** Customer accounts: an append-only ledger whose entries sum to the balance. */
import { userOf } from '#kernel/auth/access';
import { ownBranch } from '#kernel/auth/actor';
import { amountErrors, textErrors, throwFieldErrors } from '#kernel/validation';
import { emptyToNull } from '#kernel/clean-text.rules';
import { type RequestContext } from '#kernel/context';
import { sql, type Queryable, type Sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { ZERO, type Decimal } from '#kernel/decimal';
import { PosProError, invariant, notFound } from '#kernel/errors';
import { maySee } from '#kernel/graph/guards';
import { isUuid } from '#kernel/ids';
import { formatMoney } from '#kernel/money';
import { NEWEST_ENTRY_FIRST, listPage, type Page, type PageArgs } from '#kernel/paging';
import { openSessionFor, postToSession } from '#subgraphs/registers/index';
import { settleAccount } from './credit/settle-account';
import { emitCustomerChanged, presentId, requireCustomer } from './customers';
import type { CreditPaymentInput } from './inputs.generated';
import { type CreditEntryRow, type CreditKind, type CustomerRow } from './model';
import { customerCreditEntries } from './tables.generated';

/** An entry to post on a customer's account. */
export interface CreditPosting {
  customerId: string;
  /** Rounded to the account's currency, not zero. Positive: the customer owes more; negative: the customer owes less. */
  amount: Decimal;
  /** Kind of entry. Only a sale is subject to the credit limit. */
  kind: CreditKind;
  /** Type of the record that caused the entry, for example "order". */
  referenceType: string;
  referenceId: string;
  /** Method of a payment. */
  method?: string | null;
  /** The payer's own reference. */
  reference?: string | null;
  branchId?: string | null;
  /** When it happened, if that was earlier. Defaults to the time of the transaction. */
  at?: Date | undefined;
  /** The last day on which a debt is paid in time. Optional; follows from the customer's payment days. */
  dueDate?: string | undefined;
  /** The order that a refund returns: its debt is settled before the oldest one. */
  originalOrderId?: string | null | undefined;
  /** Whether to ignore the credit limit: for a sale that has already happened. */
  beyondLimit?: boolean;
}

/** An entry with the credit limit of its account. */
export type PostedCredit = CreditEntryRow & Pick<CustomerRow, 'creditLimit'>;

/** The columns of an entry that do not come from its account. */
const POSTED = customerCreditEntries.omit(
  'organizationId',
  'customerId',
  'number',
  'balance',
  'open',
  'businessDate',
  'dueDate',
);

/**
 * Posts an entry on a customer's account, in one statement; and in a second one, settles debts with it, or the entry with an advance.
 *
 * @throws PosProError 404 for an unknown or erased customer; 422 PAYMENT_INSUFFICIENT with the code CREDIT_LIMIT_EXCEEDED if a
 * sale would exceed the credit limit, with `details.available` for callers who may see the account.
 */
export async function postCredit(
  tx: Transaction,
  ctx: RequestContext,
  posting: CreditPosting,
): Promise<PostedCredit> {
  const { customerId, amount, kind, beyondLimit = false } = posting;
  invariant(!amount.isZero(), 'an entry of zero was posted on an account');
  if (!isUuid(customerId)) throw notFound('customer', customerId);
  const { referenceType, referenceId, method, reference, branchId, at = tx.now, dueDate } = posting;
  const subject = { referenceType, referenceId, method, reference, branchId };
  const posted = { id: ctx.ids.next(), kind, amount, ...subject, userId: userOf(ctx), createdAt: tx.now };
  const entry = await tx.maybeOne<PostedCredit>(sql`
    with customer as (
      update customers set credit_balance = credit_balance + ${amount}, credit_entries = credit_entries + 1, updated_at = ${tx.now}
      where id = ${presentId(customerId)} and erased_at is null
        and (${kind}::text <> 'sale' or ${beyondLimit}::boolean or ${amount}::numeric <= 0 or credit_balance + ${amount} <= credit_limit)
      returning id, organization_id, credit_balance, credit_entries, credit_limit, currency, payment_days
    ), entry as (
      insert into customer_credit_entries (organization_id, customer_id, number, balance, open, business_date, due_date, ${POSTED.columns})
      select c.organization_id, c.id, c.credit_entries, c.credit_balance, ${amount}, d.day,
        case when ${amount}::numeric > 0 then coalesce(${dueDate ?? null}::date, d.day + c.payment_days) end, ${POSTED.parameters(posted)}
      from customer c cross join lateral (${localDay(at, branchId)}) d
      returning *
    )
    select entry.*, customer.currency, customer.credit_limit from entry join customer on customer.id = entry.customer_id`);
  if (!entry) throw overLimit(ctx, await requireCustomer(tx, customerId), amount);
  const before = entry.balance.minus(amount);
  // Only amounts of opposite signs settle each other.
  if (!before.isZero() && before.isNegative() !== amount.isNegative())
    await settleAccount(tx, entry.customerId, posting.originalOrderId);
  return entry;
}

/** The day of a moment in the time zone of a branch; without one, of the organization. */
function localDay(at: Date, branchId: string | null | undefined): Sql {
  return sql`
    select (${at}::timestamptz at time zone coalesce(
      (select b.time_zone from branches b where b.id = ${branchId ?? null}::uuid),
      (select o.time_zone from organizations o where o.id = c.organization_id)))::date as day`;
}

/** Shows the available credit only to callers who may see the account. */
function overLimit(ctx: RequestContext, customer: CustomerRow, amount: Decimal): PosProError {
  const { currency } = customer;
  const mayShow = maySee(ctx, [['customers:read', 'pos:sell']]);
  const available = formatMoney(availableCredit(customer), currency);
  const covered = mayShow ? `The available credit of ${available} ${currency}` : 'The available credit';
  const message = `${covered} does not cover ${formatMoney(amount, currency)}.`;
  return new PosProError('PAYMENT_INSUFFICIENT', message, {
    errors: [{ field: 'payments', message, code: 'CREDIT_LIMIT_EXCEEDED' }],
    ...(mayShow && { details: { available } }),
  });
}

/** Amount that a customer can still buy on account: never below zero. */
export function availableCredit({
  creditLimit,
  creditBalance,
}: Pick<CustomerRow, 'creditLimit' | 'creditBalance'>): Decimal {
  const available = creditLimit.minus(creditBalance);
  return available.isNegative() ? ZERO : available;
}

/**
 * Records a payment on a customer's account. Cash goes into the drawer of an open session. A payment with another method enters
 * the session totals only if a register is named.
 *
 * @throws PosProError 404; 409 REGISTER_CLOSED for cash without an open drawer; 422 by field.
 */
export async function recordCreditPayment(
  ctx: RequestContext,
  customerId: string,
  input: CreditPaymentInput,
): Promise<CreditEntryRow> {
  const idempotent = { operation: 'recordCreditPayment', input: { customerId, ...input } };
  return transact(ctx, (tx) => postPayment(tx, ctx, customerId, input), { idempotent });
}

async function postPayment(
  tx: Transaction,
  ctx: RequestContext,
  id: string,
  input: CreditPaymentInput,
): Promise<CreditEntryRow> {
  const { id: customerId, currency } = await requireCustomer(tx, id);
  throwFieldErrors([
    ...amountErrors('amount', input.amount, currency, 'positive'),
    ...textErrors('reference', input.reference, { max: 200 }),
  ]);
  const needsSession = input.method === 'cash' || input.registerId != null;
  const session = needsSession ? await openSessionFor(tx, ctx, input.registerId) : undefined;
  const entry = await postCredit(tx, ctx, {
    customerId,
    amount: input.amount.negated(),
    kind: 'payment',
    referenceType: session ? 'register_session' : 'payment',
    referenceId: session?.id ?? ctx.ids.next(),
    method: input.method,
    reference: emptyToNull(input.reference),
    branchId: session?.branchId ?? ownBranch(ctx.actor),
  });
  if (session) {
    await postToSession(tx, session.id, {
      creditPayments: [{ method: input.method, amount: input.amount, count: 1 }],
    });
  }
  emitCustomerChanged(tx, customerId);
  return entry;
}

/** The reference of entries that move debts and advances from one account to another. */
const TRANSFER = { kind: 'transfer', referenceType: 'customer' } as const;

/**
 * Moves the open debts and advances of a customer to another customer's account: an entry on both for each, which keeps its due date.
 * There they settle each other.
 */
export async function transferCredit(
  tx: Transaction,
  ctx: RequestContext,
  { fromId, toId }: { fromId: string; toId: string },
): Promise<void> {
  const open = await tx.many<{ open: Decimal; dueDate: string | null }>(sql`
    select e.open, e.due_date from customer_credit_entries e where e.customer_id = ${fromId} and e.open <> 0
    order by e.due_date, e.number`);
  for (const { open: amount, dueDate } of open) {
    await postCredit(tx, ctx, {
      ...TRANSFER,
      customerId: fromId,
      amount: amount.negated(),
      referenceId: toId,
    });
    const moved = { customerId: toId, amount, dueDate: dueDate ?? undefined, referenceId: fromId };
    await postCredit(tx, ctx, { ...TRANSFER, ...moved });
  }
}

/** A page of the entries of an account, the newest first. */
export async function listCreditEntries(
  db: Queryable,
  customerId: string,
  args: PageArgs,
): Promise<Page<CreditEntryRow>> {
  return listPage<CreditEntryRow>(
    db,
    {
      select: sql`e.*, c.currency`,
      from: sql`customer_credit_entries e join customers c on c.id = e.customer_id`,
      where: [sql`e.customer_id = ${customerId}`],
      ...NEWEST_ENTRY_FIRST,
    },
    args,
  );
}
