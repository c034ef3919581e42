import { usePage } from '../shared/page-context';
import { daysBefore } from './days';
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
  const [first, last] = openHours([day, ...(before ? [before] : [])]);
  const hours = Array.from({ length: last - first + 1 }, (_, at) => first + at);
  const present = Math.max(-1, ...day.hours.map(({ hour }) => hour));
  const by = (of: DayFiguresFragment | undefined) => hours.map((hour) => salesIn(of, hour));
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
          {
            name: 'present',
            label: 'Today',
            // Hours that have not come yet are no hours without sales.
            values: by(day).map((value, at) => (hours[at]! <= present ? value : null)),
          },
          { name: 'past', label: 'The same weekday a week before', values: by(before) },
        ]}
      />
    </Panel>
  );
}

function salesIn(day: DayFiguresFragment | undefined, hour: number): number {
  return Number(day?.hours.find((one) => one.hour === hour)?.netSales ?? 0);
}

/** The first and the last hour with sales on one of the days; the usual hours of a shop where there are none. */
function openHours(days: readonly DayFiguresFragment[]): [first: number, last: number] {
  const hours = days.flatMap((day) =>
    day.hours.filter(({ salesCount }) => salesCount > 0).map(({ hour }) => hour),
  );
  return hours.length > 0 ? [Math.min(...hours), Math.max(...hours)] : [8, 20];
}
