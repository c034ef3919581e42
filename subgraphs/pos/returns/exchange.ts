/** Goods come back and others go out: a return and a sale in one transaction, with one settlement. */
import { textFaults, throwFaults } from '#kernel/validation';
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import { isUniqueViolation, transact } from '#kernel/db/transact';
import { Decimal, sum } from '#kernel/decimal';
import { PosProError, invalid } from '#kernel/errors';
import {
  allItems,
  cashDue,
  giveBack,
  matchItems,
  orderById,
  orderByReference,
  requestHash,
  type Payout,
  type WrittenOrder,
} from '#subgraphs/orders/index';
import { paymentsOfOrders } from '#subgraphs/payments/index';
import { refuseIssues, saleFaults } from '../sale/basket';
import type { CheckoutInput, ExchangeInput } from '../inputs.generated';
import { methodIssues } from '../sale/tender-validation.rules';
import { takeBack } from './unreceipted-returns';
import type { PreparedSale } from '../sale/prepared-sale';
import { bookSale, prepareSale } from '../sale/sale';

/** Both halves of an exchange. */
export interface Exchange {
  returned: WrittenOrder;
  sold: WrittenOrder;
}

const OPERATION = 'exchangeItems';

/**
 * Exchanges goods.
 * @throws PosProError as checkout and as a refund; in each, nothing has been written.
 */
export async function exchangeItems(ctx: RequestContext, input: ExchangeInput): Promise<Exchange> {
  throwFaults(textFaults('reason', input.reason, { min: 1, max: 500 }));
  if (input.orderId == null && (input.returned ?? []).length === 0) {
    throw invalid('returned', 'Say what comes back.', 'REQUIRED');
  }
  const sale = saleOf(input);
  refuseIssues(saleFaults(sale, ctx.clock.now()));
  const hash = input.clientReference ? requestHash(OPERATION, input) : undefined;
  const idempotent = { operation: OPERATION, input, key: input.clientReference ?? undefined };
  try {
    return await transact(ctx, (tx) => exchangeWithin(tx, ctx, input, sale, hash), { idempotent });
  } catch (error) {
    if (
      input.clientReference == null ||
      hash === undefined ||
      !isUniqueViolation(error, 'order_references_pkey')
    )
      throw error;
    return earlier(ctx, input.clientReference, hash, error);
  }
}

function saleOf({
  items,
  discount,
  customerId,
  payments,
  paymentMethod,
  ...rest
}: ExchangeInput): CheckoutInput {
  const { approvalTokens, ageConfirmed, registerId, clientReference, note } = rest;
  return {
    items,
    discount,
    customerId,
    payments,
    paymentMethod,
    approvalTokens,
    ageConfirmed,
    registerId,
    clientReference,
    note,
  };
}

/** The reference stands on the sale, which names the return. */
async function earlier(
  ctx: RequestContext,
  reference: string,
  hash: string,
  cause: unknown,
): Promise<Exchange> {
  const saleId = await orderByReference(ctx.db, reference, hash);
  if (saleId === undefined) throw cause;
  ctx.reply.replayed = true;
  const sale = await orderById(ctx.db, saleId);
  const back = await orderById(ctx.db, sale.exchangeOrderId!);
  const payments = await paymentsOfOrders(ctx.db, [sale.id, back.id]);
  return {
    returned: { order: back, payments: payments.get(back.id) ?? [] },
    sold: { order: sale, payments: payments.get(sale.id) ?? [] },
  };
}

async function exchangeWithin(
  tx: Transaction,
  ctx: RequestContext,
  input: ExchangeInput,
  saleInput: CheckoutInput,
  hash: string | undefined,
): Promise<Exchange> {
  const exchange = { saleId: ctx.ids.next(), returnId: ctx.ids.next() };
  const sale = await prepareSale(tx, ctx, saleInput, { hash, exchange });
  if (sale.session.training) {
    throw new PosProError(
      'ILLEGAL_STATE',
      'The register is open for training, where only sales can be practised.',
      {
        facts: { training: true },
      },
    );
  }
  let credit = sale.totals.total.times(0);
  const payout = (amount: Decimal): Payout => {
    const split = splitPayout(sale, amount, input.refundMethod ?? 'cash', input.customerId);
    credit = split.credit;
    return split.payout;
  };
  const returned = await underReturned(
    input.orderId == null
      ? takeBack(tx, ctx, returnOf(input, sale), { payout, exchange })
      : giveBackOf(tx, ctx, input, sale, { payout, exchange }),
  );
  const sold = await bookSale(tx, ctx, sale, { credit });
  return { returned, sold };
}

/** What is wrong with goods that come back stands under `returned` in the input; its `items` go out. */
async function underReturned(work: Promise<WrittenOrder>): Promise<WrittenOrder> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof PosProError) || !error.errors) throw error;
    const { code, message, status, errors, facts } = error;
    const named = errors.map((fault) => ({
      ...fault,
      field: fault.field.replace(/^items(?=\.|$)/, 'returned'),
    }));
    throw new PosProError(code, message, {
      status,
      errors: named,
      ...(facts ? { facts } : {}),
      cause: error,
    });
  }
}

/** What of the returned goods' worth pays for the new ones, and how the rest goes out. */
function splitPayout(
  { terms, totals }: PreparedSale,
  amount: Decimal,
  method: string,
  customerId: string | null | undefined,
): { credit: Decimal; payout: Payout } {
  const credit = Decimal.min(amount, totals.total);
  const rest = amount.minus(credit);
  const out = method === 'cash' ? cashDue(terms, rest) : rest;
  if (!out.isZero()) refuseIssues(methodIssues(terms, [{ method, amount: out }], customerId));
  const tenders = [
    { method: 'exchange', amount: credit },
    { method, amount: out },
  ].filter((tender) => !tender.amount.isZero());
  const named = tenders.map((tender) => ({ ...tender, reference: null, refundedPaymentId: null }));
  return { credit, payout: { tenders: named, total: credit.plus(out) } };
}

type Way = Pick<Parameters<typeof takeBack>[3], 'payout' | 'exchange'>;

function giveBackOf(
  tx: Transaction,
  ctx: RequestContext,
  input: ExchangeInput,
  sale: PreparedSale,
  way: Way,
): Promise<WrittenOrder> {
  const items = input.returned ?? [];
  return giveBack(tx, ctx, {
    id: input.orderId!,
    input: {
      reason: input.reason.trim(),
      restock: input.restock ?? true,
      registerId: sale.session.registerId,
    },
    choose: (inside, order) =>
      items.length === 0 ? Promise.resolve(allItems(order)) : matchItems(inside, order, items),
    ...way,
  });
}

function returnOf({ returned, reason, restock, customerId }: ExchangeInput, sale: PreparedSale) {
  // Without a receipt there are no lines that could be named.
  const items = (returned ?? []).map(({ productId, variantId, sku, barcode, quantity, unitPrice }) => ({
    productId,
    variantId,
    sku,
    barcode,
    quantity,
    unitPrice,
  }));
  return {
    items,
    reason,
    restock: restock ?? true,
    customerId: customerId ?? null,
    registerId: sale.session.registerId,
  };
}

/** What the returned goods paid for of the new ones. */
export function exchangedIn({ sold }: Exchange): Decimal {
  return sum(sold.payments.filter(({ method }) => method === 'exchange').map(({ amount }) => amount));
}
