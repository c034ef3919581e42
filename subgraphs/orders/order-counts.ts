/** Counts sales, refunds, tenders and changes of status for Prometheus, from the events of all organizations and processes. */
import { sql, type Database } from '#kernel/db/database';
import { presentEnd, type Position } from '#kernel/events/outbox';
import type { Reading } from '#kernel/metric-source';
import { PAYMENT_METHODS } from '#subgraphs/payments/index';
import { orderChanged, saleCompleted } from './events';
import type { OrderChannel } from './model';

/** Sums since the last scrape; `amount` is null where there is none. */
interface Increment {
  readonly name: 'sales' | 'refunds' | 'tenders' | 'order_status_changes';
  readonly labels: Readonly<Record<string, string>>;
  readonly count: number;
  readonly amount: number | null;
}

/** The channels of most shops. */
const CHANNELS: readonly OrderChannel[] = ['pos', 'web'];

const perDatabase = new WeakMap<Database, OrderCounter>();

/** The counts since the first call, by the names of their metrics. */
export function orderCountsOf(database: Database): Promise<Readonly<Record<string, readonly Reading[]>>> {
  let counter = perDatabase.get(database);
  if (!counter) perDatabase.set(database, (counter = new OrderCounter(database)));
  return counter.read();
}

class OrderCounter {
  private position: Position | undefined;
  private running: Promise<void> | undefined;
  private readonly metrics = new Map<string, Map<string, Reading>>();

  constructor(private readonly database: Database) {}

  async read(): Promise<Readonly<Record<string, readonly Reading[]>>> {
    // A scrape may give up on a slow read and the next one come before its end: they share it, so that no event counts twice.
    this.running ??= this.advance().finally(() => (this.running = undefined));
    await this.running;
    return Object.fromEntries([...this.metrics].map(([name, series]) => [name, [...series.values()]]));
  }

  private async advance(): Promise<void> {
    const end = await presentEnd(this.database.system);
    const increments = this.position ? await this.incrementsBetween(this.position, end) : await this.zeros();
    this.position = end;
    for (const { name, labels, count, amount } of increments) {
      this.add(`pospro_${name}_total`, labels, count);
      if (amount !== null) this.add(`pospro_${name}_amount_total`, labels, amount);
    }
  }

  private add(name: string, labels: Reading['labels'], value: number): void {
    const series = this.metrics.get(name) ?? new Map<string, Reading>();
    this.metrics.set(name, series);
    const key = JSON.stringify(labels);
    series.set(key, { labels, value: (series.get(key)?.value ?? 0) + value });
  }

  /** Series that begin with 0: of one that appears with its first sale, Prometheus would not see that sale. */
  private async zeros(): Promise<Increment[]> {
    const rows = await this.database.system.many<{ currency: string }>(
      sql`select distinct currency from organizations`,
    );
    return rows.flatMap(({ currency }) => [
      ...CHANNELS.flatMap((channel): Increment[] => [
        { name: 'sales', labels: { channel, currency }, count: 0, amount: 0 },
        { name: 'refunds', labels: { channel, currency }, count: 0, amount: 0 },
      ]),
      ...PAYMENT_METHODS.map((method): Increment => ({
        name: 'tenders',
        labels: { method, currency },
        count: 0,
        amount: 0,
      })),
    ]);
  }

  private incrementsBetween(after: Position, end: Position): Promise<Increment[]> {
    return this.database.system.many<Increment>(sql`
      with events as materialized (
        select e.type, e.payload from outbox_events e
        where (e.xid, e.sequence) > (pospro_cursor_xid(${after.xid}), ${after.sequence}::bigint)
          and e.xid < pospro_cursor_xid(${end.xid}) and e.type in (${saleCompleted.type}, ${orderChanged.type})
      )
      select case e.payload ->> 'kind' when 'sale' then 'sales' else 'refunds' end as name,
        jsonb_build_object('channel', e.payload ->> 'channel', 'currency', e.payload ->> 'currency') as labels,
        count(*) as count, abs(sum((e.payload ->> 'total')::numeric))::float8 as amount
      from events e where e.type = ${saleCompleted.type} group by 1, 2
      union all
      select 'tenders', jsonb_build_object('method', p.method, 'currency', p.currency), count(*), sum(p.amount)::float8
      from events e join payments p on p.order_id = (e.payload ->> 'orderId')::uuid
      where e.type = ${saleCompleted.type} and e.payload ->> 'kind' = 'sale' and p.amount > 0 group by 1, 2
      union all
      select 'order_status_changes', jsonb_build_object('channel', e.payload ->> 'channel', 'status', e.payload ->> 'status'),
        count(*), null
      from events e where e.type = ${orderChanged.type} and e.payload ->> 'kind' = 'sale' group by 1, 2`);
  }
}
