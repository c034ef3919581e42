import { usePage } from '../shared/page-context';
import { daysBefore } from './days';
import { hoursSeries } from './hours-series';
import { DayDocument, type DayFiguresFragment } from './operations.generated';
import { Panel } from './panel';
import { Plot } from './plot';
import { usePolledQuery } from './polled-query';

const EVERY_MS = 3_600_000;

export interface HoursProps {
  readonly branchId: string;
  readonly day: DayFiguresFragment;
}

/** The sales of today by hour, beside those of the same weekday a week before. */
export function Hours({ branchId, day }: HoursProps) {
  const { formats } = usePage();
  const { data } = usePolledQuery({
    query: DayDocument,
    variables: { branchId, date: daysBefore(day.date, 7) },
    everyMs: EVERY_MS,
  });
  const before = data?.dailySalesReport;
  const { hours, today, before: past } = hoursSeries(day, before);
  const summary =
    `Net sales by hour: today so far ${formats.money(day.netSales)}` +
    (before ? `, the same weekday a week before ${formats.money(before.netSales)} in all.` : '.');
  return (
    <Panel title="Sales by hour" wide>
      <Plot
        summary={summary}
        placesLabel="Hour"
        places={hours.map((hour) => formats.hour(hour))}
        format={(value) => formats.money(String(value))}
        formatShort={(value) => formats.shortMoney(value)}
        series={[
          { name: 'present', label: 'Today', values: today },
          { name: 'past', label: 'The same weekday a week before', values: past },
        ]}
      />
    </Panel>
  );
}
