/** Printing receipts. */
import { userOf } from '../../kernel/auth/actor';
import type { RequestContext } from '../../kernel/context';
import { sql } from '../../kernel/db/database';
import { transact } from '../../kernel/db/transact';
import { PosProError } from '../../kernel/errors';
import { sellingTerms, userNames } from '../auth';
import { orderById, ordersByIds, type FullOrder } from '../orders';
import { paymentMethods, paymentsOfOrders } from '../payments';
import { registersByIds } from '../registers';
import { layOut, receiptText, type ReceiptFacts } from './receipt';
import { receiptHtml } from './receipt-html';

export type ReceiptFormat = 'text' | 'html' | 'escpos' | 'pdf';

/** A receipt, ready to be shown or printed. */
export interface PrintedReceipt {
  receiptNumber: string;
  format: ReceiptFormat;
  content: string;
  encoding: 'utf-8' | 'base64';
  /** 1 for the original; everything after it says that it is a copy. */
  copy: number;
}

/**
 * Makes the receipt of an order and counts it.
 * @throws PosProError 404; 409 ILLEGAL_STATE for an order that has no receipt yet; 501 for a format that is not made here.
 */
export async function printReceipt(ctx: RequestContext, orderId: string, format: ReceiptFormat): Promise<PrintedReceipt> {
  if (format !== 'text' && format !== 'html') {
    throw new PosProError('NOT_IMPLEMENTED', `Receipts are made as "text" and "html"; "${format}" is not available.`);
  }
  const order = await orderById(ctx.db, orderId);
  const receiptNumber = order.receiptNumber;
  if (receiptNumber === null) {
    throw new PosProError('ILLEGAL_STATE', `Order ${order.number} is ${order.status} and has no receipt yet.`, {
      facts: { status: order.status },
    });
  }
  const facts = await readFacts(ctx, order);
  const copy = await countPrint(ctx, order);
  const layout = layOut({ ...facts, copy });
  const content = format === 'text' ? receiptText(layout) : receiptHtml(layout, receiptNumber);
  return { receiptNumber, format, content, encoding: 'utf-8', copy };
}

async function readFacts(ctx: RequestContext, order: FullOrder): Promise<Omit<ReceiptFacts, 'copy'>> {
  const [terms, payments, names, registers, originals, methods] = await Promise.all([
    sellingTerms(ctx.db, order.branchId),
    paymentsOfOrders(ctx.db, [order.id]),
    order.cashierId ? userNames(ctx, [order.cashierId]) : new Map<string, string>(),
    order.registerId ? registersByIds(ctx.db, [order.registerId]) : [],
    order.originalOrderId ? ordersByIds(ctx.db, [order.originalOrderId]) : [],
    paymentMethods(ctx.db),
  ]);
  const [register] = registers.values();
  return {
    order,
    terms,
    payments: payments.get(order.id) ?? [],
    cashierName: names.get(order.cashierId ?? '') ?? null,
    registerName: register?.name ?? null,
    originalReceipt: originals[0]?.receiptNumber ?? null,
    methodNames: new Map(methods.map(({ method, name }) => [method, name])),
  };
}

async function countPrint(ctx: RequestContext, order: FullOrder): Promise<number> {
  return transact(ctx, async (tx) => {
    const { copies } = await tx.one<{ copies: number }>(sql`
      insert into receipt_prints as known (organization_id, order_id, copies, last_printed_at, last_printed_by)
      values (${tx.organizationId}, ${order.id}, 1, ${tx.now}, ${userOf(ctx) ?? null}::uuid)
      on conflict (organization_id, order_id) do update set copies = known.copies + 1,
        last_printed_at = excluded.last_printed_at, last_printed_by = excluded.last_printed_by
      returning copies`);
    return copies;
  });
}
