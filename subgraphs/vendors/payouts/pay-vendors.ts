/** Payouts to vendors: one, or all that are due. The ledger is posted here; the money moves with the bank's file. */
import { userOf } from '#kernel/auth/access';
import { businessDay } from '#kernel/business-day.rules';
import type { RequestContext } from '#kernel/context';
import { nextNumbers } from '#kernel/db/counters';
import { sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { ZERO, type Decimal } from '#kernel/decimal';
import { PosProError, invalid } from '#kernel/errors';
import { formatMoney } from '#kernel/money';
import { ownOrganization } from '#subgraphs/auth/index';
import { vendorPayoutChanged } from '../events';
import type { PayoutVendorInput } from '../inputs.generated';
import { lockVendors, postEntries } from '../ledger/vendor-ledger';
import { vendorSettings } from '../settings/vendor-settings';
import { vendorPayouts, type VendorPayoutRow, type VendorRow } from '../tables.generated';
import { requireVendor } from '../vendors/vendors.queries';
import { claimEntries, type ClaimedEntries } from './payable-entries';
import { runPart, type RunShop } from './payout-runs';
import { endOfDay, requireRun, type VendorPayoutRun } from './payouts.queries';

/** The ids of a payout that is made alone. */
export interface PayoutIds {
  readonly payoutId: string;
  readonly runId: string;
}

type Payee = VendorRow & { readonly accountHolder: string; readonly iban: string };

/** Minimum number of digits, so that numbers sort as texts. */
const DIGITS = 6;

/**
 * Pays a vendor what is due. Emits "vendor_payout.changed" and "vendor_balance.changed".
 * @throws PosProError 404; 409 ILLEGAL_STATE for a vendor who is not approved or has no account, NOTHING_DUE if nothing is; 422 for a day in
 * the future.
 */
export async function payoutVendor(
  ctx: RequestContext,
  id: string,
  input: PayoutVendorInput,
  ids = newPayoutIds(ctx),
): Promise<VendorPayoutRow> {
  const { id: vendorId } = await requireVendor(ctx.db, id);
  const due = await dueDay(ctx, input);
  return transact(
    ctx,
    async (tx) => {
      const vendor = (await lockVendors(tx, [vendorId])).get(vendorId)!;
      assertPayee(vendor);
      const shop = { ...due.shop, settings: await vendorSettings(tx) };
      const run = { ...due, shop, minimum: ZERO, runId: ids.runId };
      const [payout] = await pay(tx, ctx, [{ vendor, payoutId: ids.payoutId }], run);
      if (!payout) throw nothingDue(vendor, due.until);
      return payout;
    },
    { idempotent: { operation: 'payoutVendor', input: { id, ...input } } },
  );
}

/**
 * Pays all vendors to whom at least the minimum of the settings is due, in one transaction. Emits the events of each.
 * @throws PosProError 409 NOTHING_DUE if nothing is due to any of them; 422 for a day in the future.
 */
export async function payoutVendors(ctx: RequestContext, input: PayoutVendorInput): Promise<VendorPayoutRun> {
  const due = await dueDay(ctx, input);
  return transact(
    ctx,
    async (tx) => {
      const ids = await tx.many<{ id: string }>(
        sql`select v.id from vendors v where v.status = 'approved' and v.iban is not null`,
      );
      const locked = await lockVendors(
        tx,
        ids.map(({ id }) => id),
      );
      const payees = [...locked.values()]
        .filter(isPayee)
        .map((vendor) => ({ vendor, payoutId: ctx.ids.next() }));
      const settings = await vendorSettings(tx);
      const { minimumPayout: minimum } = settings;
      const shop = { ...due.shop, settings };
      const payouts = await pay(tx, ctx, payees, { ...due, shop, minimum, runId: ctx.ids.next() });
      const [first] = payouts;
      if (!first)
        throw new PosProError('NOTHING_DUE', `Nothing is due to any vendor until ${due.until}.`, {
          details: { vendors: payees.length, minimum: minimum.toFixed() },
        });
      return requireRun(tx, first.runId);
    },
    { idempotent: { operation: 'payoutVendors', input } },
  );
}

function newPayoutIds({ ids }: RequestContext): PayoutIds {
  return { payoutId: ids.next(), runId: ids.next() };
}

/** The holds that a run pays, and the shop that pays. */
interface DueDay {
  readonly until: string;
  /** The moment before which holds must have ended. */
  readonly before: Date;
  readonly shop: Omit<RunShop, 'settings'>;
}

/** The day that is paid. @throws PosProError 422 for a day in the future. */
async function dueDay(ctx: RequestContext, { until }: PayoutVendorInput): Promise<DueDay> {
  const now = ctx.clock.now();
  const { name, timeZone, currency } = await ownOrganization(ctx);
  const shop = { name, timeZone, currency };
  const today = businessDay(now, timeZone);
  if (until == null || until === today) return { until: today, before: now, shop };
  if (until > today) throw invalid('until', 'The day is in the future; its holds have not ended.', 'FUTURE');
  return { until, before: await endOfDay(ctx.db, until, timeZone), shop };
}

function isPayee(vendor: VendorRow): vendor is Payee {
  return vendor.status === 'approved' && vendor.iban !== null && vendor.accountHolder !== null;
}

function assertPayee(vendor: VendorRow): asserts vendor is Payee {
  if (isPayee(vendor)) return;
  const { name, status } = vendor;
  const obstacle =
    status === 'approved'
      ? 'has no bank account. Enter it with PUT /vendors/{id}, then approve it'
      : `is ${status.replace('_', ' ')}. Only approved vendors are paid`;
  throw new PosProError('ILLEGAL_STATE', `"${name}" ${obstacle}.`, {
    details: { status, hasBankAccount: vendor.iban !== null },
  });
}

function nothingDue({ name, balance, currency }: VendorRow, until: string): PosProError {
  return new PosProError(
    'NOTHING_DUE',
    `Nothing is due to "${name}" until ${until}: the holds have not ended, or refunds exceed the sales.`,
    { details: { balance: balance.toFixed(), currency } },
  );
}

/** The payouts to make: whose holds, from which amount on, and the shop that pays. */
interface Run extends Omit<DueDay, 'shop'> {
  readonly minimum: Decimal;
  readonly runId: string;
  readonly shop: RunShop;
}

/** Claims, writes and posts payouts of locked vendors: three statements, however many there are. */
async function pay(
  tx: Transaction,
  ctx: RequestContext,
  payees: readonly { vendor: Payee; payoutId: string }[],
  { until, before, minimum, runId, shop }: Run,
): Promise<VendorPayoutRow[]> {
  const byId = new Map(payees.map(({ vendor }) => [vendor.id, vendor]));
  const claims = await claimEntries(
    tx,
    payees.map(({ vendor, payoutId }) => ({ vendorId: vendor.id, payoutId })),
    { before, minimum },
  );
  if (claims.length === 0) return [];
  const numbers = await nextNumbers(tx, 'vendor-payout', claims.length);
  const rows = claims.map((claim, index) => {
    const number = `PO-${String(numbers[index]!).padStart(DIGITS, '0')}`;
    return payoutRow(tx, ctx, byId.get(claim.vendorId)!, { ...claim, number, runId, until });
  });
  await postEntries(
    tx,
    ctx,
    byId,
    rows.map(({ id, vendorId, amount }) => ({
      vendorId,
      kind: 'payout',
      amount: amount.negated(),
      payoutId: id,
    })),
    [runPart(tx, { id: runId, until }, shop), sql`payout as (${vendorPayouts.insertMany(rows)})`],
  );
  for (const row of rows) emitPayoutChanged(tx, row);
  return rows;
}

function payoutRow(
  { organizationId, now }: Transaction,
  ctx: RequestContext,
  { accountHolder, iban, bic, currency }: Payee,
  {
    payoutId,
    vendorId,
    amount,
    number,
    runId,
    until,
  }: ClaimedEntries & {
    number: string;
    runId: string;
    until: string;
  },
): VendorPayoutRow {
  return vendorPayouts.complete({
    id: payoutId,
    organizationId,
    vendorId,
    number,
    runId,
    until,
    amount,
    currency,
    accountHolder,
    iban,
    bic,
    userId: userOf(ctx) ?? null,
    createdAt: now,
    updatedAt: now,
  });
}

/** Emits that a payout was made or has another status. */
export function emitPayoutChanged(
  tx: Transaction,
  { id, number, vendorId, amount, currency, status }: VendorPayoutRow,
): void {
  tx.emit(
    vendorPayoutChanged({
      key: id,
      payload: { number, vendorId, amount: formatMoney(amount, currency), currency, status },
    }),
  );
}
