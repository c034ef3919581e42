import { usePage } from '../shared/page-context';
import { Notice } from '../shared/ui/notice';
import { ForecastDocument } from './operations.generated';
import { Panel } from './panel';
import { Plot } from './plot';
import { usePolledQuery } from './polled-query';

const EVERY_MS = 3_600_000;

/** The net sales of the next days as they are expected, with the band in which four of five days lie. */
export function Forecast({ branchId }: { branchId: string }) {
  const { formats } = usePage();
  const { data, problem } = usePolledQuery({
    query: ForecastDocument,
    variables: { branchId },
    everyMs: EVERY_MS,
  });
  const points = data?.salesForecast.points ?? [];
  const values = (of: 'mean' | 'lower' | 'upper') => points.map((point) => Number(point[of]));
  return (
    <Panel title="Forecast" wide>
      {problem !== undefined && !data && <Notice kind="warning">{problem}</Notice>}
      {data && points.length === 0 && <p class="empty">There are too few sales for a forecast.</p>}
      {points.length > 0 && (
        <Plot
          summary="Expected net sales of the next days, with the band in which four of five days lie."
          placesLabel="Day"
          places={points.map(({ date }) => formats.weekday(date))}
          format={(value) => formats.money(String(value))}
          formatShort={(value) => formats.shortMoney(value)}
          band
          series={[
            { name: 'present', label: 'Expected', values: values('mean') },
            { name: 'low', label: 'Low', values: values('lower') },
            { name: 'high', label: 'High', values: values('upper') },
          ]}
        />
      )}
    </Panel>
  );
}
