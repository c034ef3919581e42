/** Entries of a register session, as sales and refunds post them. */
import type { RequestContext } from '#kernel/context';
import { transact } from '#kernel/db/transact';
import { postToSession, type SessionEntry } from '#subgraphs/registers/index';
import { amount } from '#test/harness/values';

/** A cash sale without discount, at 19 % included. */
export function cashSale(price: string | number): SessionEntry {
  const gross = amount(price);
  const net = gross.dividedBy('1.19').toDecimalPlaces(2);
  return {
    sales: 1,
    gross,
    tax: [{ rate: amount(19), net, tax: gross.minus(net) }],
    tenders: [{ method: 'cash', amount: gross, count: 1 }],
  };
}

/** A cash refund. */
export function cashRefund(price: string | number): SessionEntry {
  const refunds = amount(price);
  return { returns: 1, refunds, tenders: [{ method: 'cash', amount: refunds.negated(), count: 1 }] };
}

/** Posts an entry in its own transaction. */
export function post(ctx: RequestContext, sessionId: string, entry: SessionEntry): Promise<void> {
  return transact(ctx, (tx) => postToSession(tx, sessionId, entry));
}
