/** Rates of shipping zones: created, changed, deleted and listed. */
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { requireRow, rowsByIds } from '#kernel/db/rows-by-id';
import { transact } from '#kernel/db/transact';
import { isChanged, lockVersion } from '#kernel/db/versions';
import { Decimal } from '#kernel/decimal';
import { notFound } from '#kernel/errors';
import { deletionOf, type Deletion } from '#kernel/graph/deletion';
import { isUuid } from '#kernel/ids';
import { listPage, sameId, type Page } from '#kernel/paging';
import { currencyOf } from '#subgraphs/auth/index';
import { shippingRateChanged } from '../events';
import type {
  CreateShippingRateInput,
  QueryShippingRatesArgs,
  UpdateShippingRateInput,
} from '../inputs.generated';
import { tableRates, type TableRateRow } from '../tables.generated';
import { withFreeName } from '../unique-codes';
import { changedTerms, type RateTerms } from './table-rate-input.rules';

/** A band with the currency in which its price is formatted. */
export interface ShownBand {
  readonly upTo: Decimal | null;
  readonly price: Decimal;
  readonly currency: string;
}

/** A rate as it is shown. */
export type ShownRate = Omit<TableRateRow, 'bands'> & { currency: string; bands: ShownBand[] };

const NEW_RATE: RateTerms = {
  ...{ code: '', name: '', basis: 'weight', bands: [], freeFrom: null, units: 'metric' },
  ...{ divisor: null, weightStep: null, roundDimensions: false, minDays: null, maxDays: null, enabled: true },
};

/**
 * Adds a rate to a zone. Emits "shipping_rate.changed".
 * @throws PosProError 404 for an unknown zone; 422 by field; 409 ALREADY_EXISTS for a taken code.
 */
export async function createShippingRate(
  ctx: RequestContext,
  { zoneId, ...input }: CreateShippingRateInput,
  id = ctx.ids.next(),
): Promise<ShownRate> {
  const currency = await currencyOf(ctx);
  return withFreeName(() =>
    transact(ctx, async (tx) => {
      const zone = isUuid(zoneId) ? await tx.prisma.shippingZone.findFirst({ where: { id: zoneId } }) : null;
      if (!zone) throw notFound('shipping zone', zoneId);
      const terms = changedTerms(NEW_RATE, input, currency);
      const { organizationId, now } = tx;
      const times = { createdAt: now, updatedAt: now };
      const row = tableRates.complete({ id, organizationId, zoneId: zone.id, ...terms, ...times });
      await tx.run(tableRates.insert(row));
      const { name } = row;
      tx.emit(shippingRateChanged({ key: id, payload: { name, zoneId: zone.id, change: 'created' } }));
      return shownRate(row, currency);
    }),
  );
}

/**
 * Changes a rate. Emits "shipping_rate.changed".
 * @throws PosProError 404; 422 by field; 409 ALREADY_EXISTS for a taken code, and CONFLICT for another version.
 */
export async function updateShippingRate(
  ctx: RequestContext,
  id: string,
  { version, ...input }: UpdateShippingRateInput,
): Promise<ShownRate> {
  const currency = await currencyOf(ctx);
  return withFreeName(() =>
    transact(ctx, async (tx) => {
      const before = await lockVersion(tx, tableRates, 'shipping rate', { id, version });
      const terms = changedTerms(before, input, currency);
      const after = await tx.one<TableRateRow>(sql`
        update table_rates set ${tableRates.set({ ...terms, updatedAt: tx.now })} where id = ${before.id}
        returning ${tableRates.columns}`);
      const { name, zoneId } = after;
      if (isChanged(before, after))
        tx.emit(shippingRateChanged({ key: after.id, payload: { name, zoneId, change: 'updated' } }));
      return shownRate(after, currency);
    }),
  );
}

/** Deletes a rate. Emits "shipping_rate.changed". @throws PosProError 404; 409 or 412 for another version. */
export async function deleteShippingRate(
  ctx: RequestContext,
  id: string,
  version?: number | null,
): Promise<Deletion> {
  return transact(ctx, async (tx) => {
    const { name, zoneId, ...rate } = await lockVersion(tx, tableRates, 'shipping rate', { id, version });
    await tx.prisma.tableRate.delete({ where: { id: rate.id } });
    tx.emit(shippingRateChanged({ key: rate.id, payload: { name, zoneId, change: 'deleted' } }));
    return deletionOf(rate.id);
  });
}

/** A page of rates, by name. */
export async function listShippingRates(
  ctx: RequestContext,
  filter: QueryShippingRatesArgs,
): Promise<Page<ShownRate>> {
  const currency = await currencyOf(ctx);
  const list = {
    select: tableRates.select('r'),
    from: sql`table_rates r`,
    where: sameId(sql`r.zone_id`, filter.zoneId),
    sorts: { name: sql`r.name`, createdAt: sql`r.created_at` },
    updatedAt: sql`r.updated_at`,
    defaultSort: 'name',
    id: sql`r.id`,
  };
  const page = await listPage<TableRateRow>(ctx.db, list, filter);
  return { ...page, items: page.items.map((row) => shownRate(row, currency)) };
}

/** The rate with an id. @throws PosProError 404. */
export async function requireRate(ctx: RequestContext, id: string): Promise<ShownRate> {
  return shownRate(await requireRow(ctx.db, tableRates, 'shipping rate', id), await currencyOf(ctx));
}

/** Rates by their ids. */
export async function ratesByIds(
  ctx: RequestContext,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ShownRate>> {
  const currency = await currencyOf(ctx);
  const rows = await rowsByIds<TableRateRow>(ctx.db, tableRates, ids);
  return new Map([...rows].map(([id, row]) => [id, shownRate(row, currency)]));
}

/** The rates that are offered, by name. */
export function enabledRates(db: Queryable): Promise<TableRateRow[]> {
  return db.many<TableRateRow>(
    sql`select ${tableRates.select('r')} from table_rates r where r.enabled order by r.name, r.id`,
  );
}

function shownRate(row: TableRateRow, currency: string): ShownRate {
  const bands = row.bands.map(({ upTo, price }) => ({
    upTo: upTo === null ? null : new Decimal(upTo),
    price: new Decimal(price),
    currency,
  }));
  return { ...row, currency, bands };
}
