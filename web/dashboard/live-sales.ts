import { useSubscription } from '@urql/preact';
import { useMemo } from 'preact/hooks';
import { useConnection, useMay } from '../shared/page-context';
import { LatestSalesDocument, SaleCompletedDocument } from './operations.generated';
import { withNewest } from './latest';
import { usePolledQuery } from './polled-query';
import { NO_SALES, ROWS, withOrder, type SalesState } from './sales-state';

/** Sales that are read at first: those of the last minutes, for their speed. */
const READ = 100;
const EVERY_MS = 60_000;

/** The latest sales of a branch, and each new one as it comes; none for those who may not read orders. */
export function useLiveSales(branchId: string): SalesState {
  const pause = !useMay('orders:read');
  const connection = useConnection();
  // Read again once the socket is open: a sale between the first reading and the subscription would be in neither.
  const { data } = usePolledQuery({
    query: LatestSalesDocument,
    variables: { branchId, size: READ },
    everyMs: EVERY_MS,
    news: connection,
    pause,
  });
  const [{ data: live = NO_SALES }] = useSubscription(
    { query: SaleCompletedDocument, variables: { branchId }, pause },
    (state: SalesState = NO_SALES, { saleCompleted: { order, at } }) =>
      order ? withOrder(state, order, at) : state,
  );
  return useMemo(() => merged(data?.orders.items ?? [], live), [data, live]);
}

/** Orders that were read, and those that have come by themselves; most are in both. */
function merged(read: SalesState['rows'], live: SalesState): SalesState {
  const known = read.reduce((state, order) => withOrder(state, order, order.createdAt), NO_SALES);
  const minutes = new Map(known.minutes);
  for (const [minute, count] of live.minutes) minutes.set(minute, Math.max(count, minutes.get(minute) ?? 0));
  return { rows: withNewest(known.rows, live.rows, ROWS), minutes, at: live.at };
}
