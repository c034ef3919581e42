import { useQuery, useSubscription } from '@urql/preact';
import { useMemo } from 'preact/hooks';
import { useMay } from '../shared/page-context';
import { LatestSalesDocument, SaleCompletedDocument } from './operations.generated';
import { withNewest } from './latest';
import { NO_SALES, ROWS, withOrder, type SalesState } from './sales-state';

/** Sales that are read at first: those of the last minutes, for their speed. */
const READ = 100;

/** The latest sales of a branch, and each new one as it comes; none for those who may not read orders. */
export function useLiveSales(branchId: string): SalesState {
  const pause = !useMay('orders:read');
  const [{ data }] = useQuery({
    query: LatestSalesDocument,
    variables: { branchId, size: READ },
    requestPolicy: 'network-only',
    pause,
  });
  const [{ data: live = NO_SALES }] = useSubscription(
    { query: SaleCompletedDocument, variables: { branchId }, pause },
    (state: SalesState = NO_SALES, { saleCompleted: { order, at } }) =>
      order ? withOrder(state, order, at) : state,
  );
  return useMemo(() => merged(data?.orders.items ?? [], live), [data, live]);
}

/** Orders that were read, and those that have come since. */
function merged(read: SalesState['rows'], live: SalesState): SalesState {
  const known = new Set(live.rows.map(({ id }) => id));
  const older = read.filter(({ id }) => !known.has(id));
  const before = older.reduce((state, order) => withOrder(state, order, order.createdAt), NO_SALES);
  const minutes = new Map(before.minutes);
  for (const [minute, count] of live.minutes) minutes.set(minute, count + (minutes.get(minute) ?? 0));
  return { rows: withNewest(before.rows, live.rows, ROWS), minutes, at: live.at };
}
