/** Exchanges: a return and a sale in one transaction, with one settlement. */
import { textErrors, throwFieldErrors } from '#kernel/validation';
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import { Decimal, ZERO, sum } from '#kernel/decimal';
import { PosProError, invalid } from '#kernel/errors';
import {
  answerOnce,
  cashDue,
  giftCardIssues,
  itemIssuesIn,
  matchItems,
  postedOrderById,
  postRefund,
  remainingLines,
  tenderIssues,
  throwIssues,
  type PostedOrder,
  type RefundRequest,
  type RefundTenders,
} from '#subgraphs/orders/index';
import { validateCheckoutInput } from '../sale/checkout-input.rules';
import type { CheckoutInput, ExchangeInput } from '../inputs.generated';
import { postSale } from '../sale/post-sale';
import { prepareSale } from '../sale/prepare-sale';
import type { PreparedSale } from '../sale/prepared-sale';
import { postUnreceiptedReturn } from './unreceipted-returns';

/** The return and the sale of an exchange. */
export interface Exchange {
  returned: PostedOrder;
  sold: PostedOrder;
}

/**
 * Exchanges goods.
 * @throws PosProError as checkout and as a refund; in each, nothing has been written.
 */
export async function exchangeItems(ctx: RequestContext, input: ExchangeInput): Promise<Exchange> {
  throwFieldErrors(textErrors('reason', input.reason, { min: 1, max: 500 }));
  if (input.orderId == null && (input.returned ?? []).length === 0) {
    throw invalid('returned', 'Name at least one item to return.', 'REQUIRED');
  }
  if (input.refundMethod === 'gift_card')
    throw invalid('refundMethod', 'An exchange cannot issue a gift card: refund the goods instead.');
  throwIssues(validateCheckoutInput(saleInput(input), ctx.clock.now()));
  return answerOnce(ctx, 'exchangeItems', input, {
    work: (tx, requestHash) => postExchange(tx, ctx, input, requestHash),
    replay: exchangeBySale,
  });
}

function saleInput({
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

/** The client reference is stored with the sale, which names the return. */
async function exchangeBySale(ctx: RequestContext, saleId: string): Promise<Exchange> {
  const sold = await postedOrderById(ctx, saleId);
  return { returned: await postedOrderById(ctx, sold.order.exchangeOrderId!), sold };
}

async function postExchange(
  tx: Transaction,
  ctx: RequestContext,
  input: ExchangeInput,
  requestHash: string | undefined,
): Promise<Exchange> {
  const exchange = { saleId: ctx.ids.next(), returnId: ctx.ids.next() };
  const sale = await prepareSale(tx, ctx, saleInput(input), { requestHash, exchange });
  if (sale.session.training) {
    const message = 'The register is open for training, which permits sales only.';
    throw new PosProError('ILLEGAL_STATE', message, { details: { training: true } });
  }
  throwIssues(giftCardIssues(sale.lines, 'An exchange cannot sell a gift card: sell it separately.'));
  let credit = ZERO;
  const tendersFor = (amount: Decimal): RefundTenders => {
    credit = Decimal.min(amount, sale.totals.total);
    return exchangeTenders(sale, credit, amount.minus(credit), input);
  };
  const options = { tendersFor, exchange };
  const returned =
    input.orderId == null
      ? await postUnreceiptedReturn(tx, ctx, returnInput(input, sale), { ...options, itemsField: 'returned' })
      : await postRefund(tx, ctx, { ...refundRequest(ctx, input, input.orderId, sale), ...options });
  const sold = await postSale(tx, ctx, sale, { credit });
  return { returned, sold };
}

/** The tenders of the return: the credit pays for the new goods, and the rest is refunded. */
function exchangeTenders(
  { terms }: PreparedSale,
  credit: Decimal,
  remainder: Decimal,
  { refundMethod, customerId }: ExchangeInput,
): RefundTenders {
  const method = refundMethod ?? 'cash';
  const refund = method === 'cash' ? cashDue(terms, remainder) : remainder;
  if (!refund.isZero()) throwIssues(tenderIssues(terms, [{ method, amount: refund }], customerId));
  const tenders = [
    { method: 'exchange' as const, amount: credit },
    { method, amount: refund },
  ].filter((tender) => !tender.amount.isZero());
  return {
    tenders: tenders.map((tender) => ({ ...tender, reference: null, refundedPaymentId: null })),
    total: credit.plus(refund),
  };
}

function refundRequest(
  ctx: RequestContext,
  input: ExchangeInput,
  id: string,
  sale: PreparedSale,
): RefundRequest {
  const { returned, reason, restock } = input;
  return {
    id,
    input: { reason: reason.trim(), restock: restock ?? true, registerId: sale.session.registerId },
    select: async (tx, order) => {
      if (!returned?.length) return { value: remainingLines(order) };
      const match = await matchItems(ctx, tx, order, returned);
      return match.issues ? { issues: itemIssuesIn('returned', match.issues) } : match;
    },
  };
}

function returnInput({ returned, reason, restock, customerId }: ExchangeInput, sale: PreparedSale) {
  // Without a receipt there is no sale whose lines could be named.
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

/** The part of the new goods that the returned goods paid for. */
export function exchangedAmount({ sold }: Exchange): Decimal {
  return sum(sold.payments.filter(({ method }) => method === 'exchange').map(({ amount }) => amount));
}
