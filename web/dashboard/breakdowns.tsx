import { useEffect, useState } from 'preact/hooks';
import type { BranchChoice } from '../shared/branches';
import { usePage } from '../shared/page-context';
import { DataTable } from '../shared/ui/table';
import { channelRows, strongestFirst } from './breakdown-rows';
import { CHANNELS } from './latest-sales';
import {
  BranchDayDocument,
  ChannelsDocument,
  type BranchDayQuery,
  type DayFiguresFragment,
} from './operations.generated';
import { Panel } from './panel';
import { usePolledQuery } from './polled-query';

const EVERY_MS = 120_000;
/** Branches whose figures are read: each is a report of its own. */
const MAX_BRANCHES = 20;

/** Payments of the day by their method. */
export function Tenders({ day }: { day: DayFiguresFragment }) {
  const { formats } = usePage();
  return (
    <Panel title="By tender">
      <DataTable
        caption="Payments of today by method"
        empty="No payments yet."
        rows={day.payments}
        keyOf={({ method }) => method}
        columns={[
          { header: 'Method', cell: ({ method }) => method.replaceAll('_', ' ') },
          { header: 'Payments', numeric: true, cell: ({ count }) => formats.number(count) },
          { header: 'Amount', numeric: true, cell: ({ amount }) => formats.money(amount) },
        ]}
      />
    </Panel>
  );
}

/** Sales of the day by the channel of the order. */
export function Channels({ branchId, date }: { branchId: string; date: string }) {
  const { formats } = usePage();
  const { data } = usePolledQuery({
    query: ChannelsDocument,
    variables: { branchId, date },
    everyMs: EVERY_MS,
  });
  return (
    <Panel title="By channel">
      <DataTable
        caption="Sales of today by channel"
        empty="No sales yet."
        rows={channelRows(data)}
        keyOf={({ channel }) => channel}
        columns={[
          { header: 'Channel', cell: ({ channel }) => CHANNELS[channel] },
          { header: 'Sales', numeric: true, cell: ({ salesCount }) => formats.number(salesCount) },
          { header: 'Net sales', numeric: true, cell: ({ netSales }) => formats.money(netSales) },
        ]}
      />
    </Panel>
  );
}

/** Sales of the day in each branch, the strongest first. */
export function Branches({ branches }: { branches: readonly BranchChoice[] }) {
  const { formats } = usePage();
  const reports = useBranchReports(branches);
  const nameOf = (id: string) => branches.find((branch) => branch.id === id)?.name ?? '';
  return (
    <Panel title="By branch">
      <DataTable
        caption="Sales of today by branch"
        empty="Loading …"
        rows={reports}
        keyOf={({ branchId }) => branchId}
        columns={[
          { header: 'Branch', cell: ({ branchId }) => nameOf(branchId) },
          { header: 'Sales', numeric: true, cell: ({ salesCount }) => formats.number(salesCount) },
          { header: 'Average', numeric: true, cell: ({ averageSale }) => formats.money(averageSale) },
          { header: 'Net sales', numeric: true, cell: ({ netSales }) => formats.money(netSales) },
        ]}
      />
    </Panel>
  );
}

type BranchReport = BranchDayQuery['dailySalesReport'];

/** The report of each branch, read one after the other, so that a chain of shops does not ask for all at the same moment. */
function useBranchReports(branches: readonly BranchChoice[]): readonly BranchReport[] {
  const { client } = usePage();
  const [reports, setReports] = useState<readonly BranchReport[]>([]);
  useEffect(() => {
    let stopped = false;
    const read = async () => {
      const all: BranchReport[] = [];
      for (const { id } of branches.slice(0, MAX_BRANCHES)) {
        const { data } = await client.graph
          .query(BranchDayDocument, { branchId: id }, { requestPolicy: 'network-only' })
          .toPromise();
        if (data) all.push(data.dailySalesReport);
      }
      // While the server is away the last figures stay.
      if (!stopped && all.length > 0) setReports(strongestFirst(all));
    };
    void read();
    const timer = setInterval(() => void read(), EVERY_MS);
    return () => {
      stopped = true;
      clearInterval(timer);
    };
  }, [branches, client]);
  return reports;
}
