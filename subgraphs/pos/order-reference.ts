import type { RequestContext } from '#kernel/context';
import { rememberOrder, type PostedOrder } from '#subgraphs/orders/index';

/** The graph's reference to an order of this request, which the domain of orders then answers without reading it again. */
export function orderReference(ctx: RequestContext, posted: PostedOrder) {
  rememberOrder(ctx, posted);
  return { __typename: 'Order' as const, id: posted.order.id };
}
