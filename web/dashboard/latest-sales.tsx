import { useQuery, useSubscription } from '@urql/preact';
import { useMemo } from 'preact/hooks';
import { usePage } from '../shared/page-context';
import { DataTable } from '../shared/ui/table';
import { withNewest } from './latest';
import { LatestSalesDocument, SaleCompletedDocument, type SaleRowFragment } from './operations.generated';
import { Panel } from './panel';

/** Sales that are shown. */
const SIZE = 12;
const NONE: readonly SaleRowFragment[] = [];

/** The latest sales and returns, and each new one as it comes. */
export function LatestSales({ branchId }: { branchId: string }) {
  const { formats } = usePage();
  const [{ data }] = useQuery({
    query: LatestSalesDocument,
    variables: { branchId, size: SIZE },
    requestPolicy: 'network-only',
  });
  const [{ data: live = NONE }] = useSubscription(
    { query: SaleCompletedDocument, variables: { branchId } },
    (rows: readonly SaleRowFragment[] = NONE, { saleCompleted: { order } }) =>
      order ? withNewest(rows, [order], SIZE) : rows,
  );
  const rows = useMemo(() => withNewest(data?.orders.items ?? NONE, live, SIZE), [data, live]);
  return (
    <Panel title="Latest sales" wide>
      <DataTable
        caption="Latest sales"
        empty="No sales yet."
        rows={rows}
        keyOf={({ id }) => id}
        columns={[
          { header: 'Number', cell: ({ number }) => number },
          { header: 'Time', cell: ({ createdAt }) => formats.time(createdAt) },
          { header: 'Kind', cell: ({ kind }) => kind },
          { header: 'Channel', cell: ({ channel }) => channel },
          { header: 'Total', numeric: true, cell: ({ total }) => formats.money(total) },
        ]}
      />
    </Panel>
  );
}
