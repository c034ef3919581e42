import { useEffect, useState } from 'preact/hooks';
import { usePage } from '../shared/page-context';
import type { DayFiguresFragment, SalesTodaySubscription } from './operations.generated';
import { Panel } from './panel';
import { MINUTES, salesPerMinute, type SalesState } from './sales-state';

export interface TodaySoFarProps {
  /** The live totals; undefined until the server has sent them. */
  readonly today: SalesTodaySubscription['salesToday'] | undefined;
  /** The figures of the day, which are read after sales. */
  readonly day: DayFiguresFragment | undefined;
  readonly sales: SalesState;
}

/** The totals of the day, live. */
export function TodaySoFar({ today, day, sales }: TodaySoFarProps) {
  const { formats } = usePage();
  const now = useMinute();
  if (!today) return <Panel title="Today">Loading …</Panel>;
  return (
    <Panel title={`Today, ${formats.day(today.date)}`}>
      <dl class="figures">
        <div class="figure-main">
          <dt>Net sales</dt>
          <dd>{formats.money(today.netSales)}</dd>
        </div>
        <Figure label="Sales" value={formats.number(today.salesCount)} />
        <Figure label="Returns" value={formats.number(today.returnsCount)} />
        <Figure label="Average sale" value={day ? formats.money(day.averageSale) : '–'} />
        <Figure
          label={`Sales a minute, last ${MINUTES} minutes`}
          value={formats.number(salesPerMinute(sales.minutes, now))}
        />
      </dl>
    </Panel>
  );
}

function Figure({ label, value }: { label: string; value: string }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** The present moment, renewed often enough for figures by minute. */
function useMinute(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 15_000);
    return () => clearInterval(timer);
  }, []);
  // An event may come between two ticks.
  return Math.max(now, Date.now());
}
