import type { RequestContext } from '#kernel/context';
import { transact } from '#kernel/db/transact';
import type { PostedOrder } from '../model';
import { postedOrderById } from '../order/client-reference';
import { orderById } from '../order/orders.queries';

/**
 * Reads an order with its gift cards, whose codes the answer has. Writes nothing but the entry of the audit trail, so that it is known
 * who has seen the codes.
 * @throws PosProError 404.
 */
export async function handOverGiftCards(ctx: RequestContext, orderId: string): Promise<PostedOrder> {
  const { id } = await transact(ctx, (tx) => orderById(tx, orderId));
  return postedOrderById(ctx, id);
}
