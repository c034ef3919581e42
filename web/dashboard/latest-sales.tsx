import { usePage } from '../shared/page-context';
import { DataTable } from '../shared/ui/table';
import { Panel } from './panel';
import type { SalesState } from './sales-state';

/** The latest sales and returns. A screen reader is told of the last one alone, when it has nothing else to say. */
export function LatestSales({ sales }: { sales: SalesState }) {
  const { formats } = usePage();
  const [last] = sales.rows;
  return (
    <Panel title="Latest sales" wide>
      <p class="unseen" role="log" aria-live="polite">
        {sales.at !== undefined && last && `${last.kind}: ${formats.money(last.total)}, ${last.number}`}
      </p>
      <DataTable
        caption="Latest sales"
        empty="No sales yet."
        rows={sales.rows}
        keyOf={({ id }) => id}
        columns={[
          { header: 'Number', cell: ({ number }) => number },
          { header: 'Time', cell: ({ createdAt }) => formats.time(createdAt) },
          { header: 'Kind', cell: ({ kind }) => kind },
          { header: 'Channel', cell: ({ channel }) => CHANNELS[channel] },
          { header: 'Total', numeric: true, cell: ({ total }) => formats.money(total) },
        ]}
      />
    </Panel>
  );
}

/** The channels of orders, as people call them. */
export const CHANNELS = {
  pos: 'Till',
  web: 'Web shop',
  phone: 'Phone',
  marketplace: 'Marketplace',
  erp: 'ERP',
} as const;
