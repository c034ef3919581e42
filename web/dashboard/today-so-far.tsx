import { useSubscription } from '@urql/preact';
import { usePage } from '../shared/page-context';
import { SalesTodayDocument } from './operations.generated';
import { Panel } from './panel';

/** The totals of the day. The server sends them at once, and again after each sale. */
export function TodaySoFar({ branchId }: { branchId: string }) {
  const { formats } = usePage();
  const [{ data }] = useSubscription({ query: SalesTodayDocument, variables: { branchId } });
  const today = data?.salesToday;
  if (!today) return <Panel title="Today">Loading …</Panel>;
  return (
    <Panel title={`Today, ${formats.day(today.date)}`}>
      <dl class="figures">
        <div class="figure-main">
          <dt>Net sales</dt>
          <dd>{formats.money(today.netSales)}</dd>
        </div>
        <div>
          <dt>Sales</dt>
          <dd>{formats.number(today.salesCount)}</dd>
        </div>
        <div>
          <dt>Returns</dt>
          <dd>{formats.number(today.returnsCount)}</dd>
        </div>
      </dl>
    </Panel>
  );
}
