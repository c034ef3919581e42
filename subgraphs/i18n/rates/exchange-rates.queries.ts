/** Reads exchange rates: those that apply on a day, and the history of a pair. */
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { PosProError, invalid } from '#kernel/errors';
import { listPage, type Page } from '#kernel/paging';
import { throwFieldErrors } from '#kernel/validation';
import { currencyOf } from '#subgraphs/auth/index';
import type { QueryExchangeRateHistoryArgs } from '../inputs.generated';
import { exchangeRates, type ExchangeRateRow } from '../tables.generated';
import { enabledCurrencies } from '../currencies/currencies';
import { knownCurrency } from './known-currency';
import {
  conversionPaths,
  findLegs,
  fixedQuotation,
  pairOf,
  pairsOf,
  rateDateOf,
  shownRate,
  sourceOf,
  type ConversionLeg,
  type Quotation,
  type Quotations,
} from './conversion.rules';
import { today } from './today';

/** Days for which a rate applies if no later one was published: over holidays, and no longer. */
const DEFAULT_MAX_AGE_DAYS = 7;

/** The day that decides which rates apply, and the maximum age of a rate. */
export interface RateDay {
  readonly date: string;
  readonly maxAgeDays?: number | null | undefined;
}

/** The latest rate of each pair on or before a day, if it is not too old; the fixed ones, too. One statement. */
async function quotationsOn(
  db: Queryable,
  pairs: readonly string[],
  { date, maxAgeDays }: RateDay,
): Promise<Quotations> {
  const fixed = new Map<string, Quotation>();
  for (const pair of pairs) {
    const quotation = fixedQuotation(pair, date);
    if (quotation) fixed.set(pair, quotation);
  }
  const open = [...new Set(pairs)].filter((pair) => !fixed.has(pair));
  if (open.length === 0) return fixed;
  const rows = await db.many<Quotation & { pair: string }>(sql`
    select p.pair, r.base, r.quote, r.rate, r.date, r.source from unnest(${open}::text[]) as p (pair)
    cross join lateral (
      select r.base, r.quote, r.rate, r.date, r.source from exchange_rates r
      where r.organization_id = ${db.organizationId}::uuid and r.pair = p.pair and r.date <= ${date}::date
        and r.date >= ${date}::date - ${maxAgeDays ?? DEFAULT_MAX_AGE_DAYS}::int
      order by r.date desc limit 1
    ) r`);
  return new Map([...fixed, ...rows.map(({ pair, ...quotation }): [string, Quotation] => [pair, quotation])]);
}

/** A way from one currency to another, with its rates. */
export interface RatePath {
  readonly path: string[];
  readonly legs: readonly ConversionLeg[];
}

/** The way from one currency to another on a day; undefined if a rate is missing or too old. One statement. */
export async function findRatePath(
  db: Queryable,
  { from, to, ownCurrency }: { from: string; to: string; ownCurrency: string },
  day: RateDay,
): Promise<RatePath | undefined> {
  const paths = conversionPaths(from, to, ownCurrency);
  return findLegs(paths, await quotationsOn(db, paths.flatMap(pairsOf), day));
}

/**
 * The way from one currency to another on a day.
 * @throws PosProError 422 RATE_UNAVAILABLE if a rate is missing or too old: a conversion never guesses.
 */
export async function requireRatePath(
  db: Queryable,
  currencies: { from: string; to: string; ownCurrency: string },
  day: RateDay,
): Promise<RatePath> {
  const found = await findRatePath(db, currencies, day);
  if (found) return found;
  const { from, to } = currencies;
  const days = day.maxAgeDays ?? DEFAULT_MAX_AGE_DAYS;
  throw new PosProError(
    'RATE_UNAVAILABLE',
    `There is no rate from ${from} to ${to} for ${day.date} that is at most ${days} days old. Import rates or set one.`,
    { details: { from, to, date: day.date, maxAgeDays: days } },
  );
}

/** One unit of the base in another currency, on a day. */
export interface ShownRate {
  readonly currency: string;
  readonly rate: string;
  readonly date: string;
  readonly source: ReturnType<typeof sourceOf>;
  readonly path: string[];
}

/** The rates of a base on a day, for the organization's enabled currencies that have one. */
export async function ratesOfDay(
  ctx: RequestContext,
  given: { base?: string | null; date?: string | null; maxAgeDays?: number | null },
): Promise<{ base: string; date: string; rates: ShownRate[] }> {
  const ownCurrency = await currencyOf(ctx);
  const base = given.base == null ? ownCurrency : knownCurrency('base', given.base);
  throwFieldErrors(maxAgeErrors(given.maxAgeDays));
  const date = given.date ?? (await today(ctx));
  const others = (await enabledCurrencies(ctx)).filter((code) => code !== base);
  const ways = others.map((currency) => ({ currency, paths: conversionPaths(base, currency, ownCurrency) }));
  const pairs = ways.flatMap(({ paths }) => paths.flatMap(pairsOf));
  const quotations = await quotationsOn(ctx.db, pairs, { date, maxAgeDays: given.maxAgeDays });
  const rates = ways.flatMap(({ currency, paths }) => {
    const found = findLegs(paths, quotations);
    if (!found) return [];
    const { legs, path } = found;
    const rate = shownRate(legs).toFixed();
    return [{ currency, rate, date: rateDateOf(legs) ?? date, source: sourceOf(legs), path }];
  });
  return { base, date, rates };
}

/** The errors of a maximum age of rates. */
export function maxAgeErrors(maxAgeDays: number | null | undefined) {
  if (maxAgeDays == null || (maxAgeDays >= 0 && maxAgeDays <= 366)) return [];
  return [{ field: 'maxAgeDays', message: 'Must be from 0 to 366.', code: 'OUT_OF_RANGE' }];
}

/** A page of stored rates, the newest first. Both ends of the range of days are included. */
export function listExchangeRates(
  db: Queryable,
  { currency, base, from, to, source, ...page }: QueryExchangeRateHistoryArgs,
): Promise<Page<ExchangeRateRow>> {
  if (base != null && currency == null) throw invalid('currency', 'Is required beside base.', 'REQUIRED');
  const code = currency?.toUpperCase();
  const where = [
    ...(code === undefined
      ? []
      : [
          base == null
            ? sql`(r.base = ${code} or r.quote = ${code})`
            : sql`r.pair = ${pairOf(code, base.toUpperCase())}`,
        ]),
    ...(from == null ? [] : [sql`r.date >= ${from}::date`]),
    ...(to == null ? [] : [sql`r.date <= ${to}::date`]),
    ...(source == null ? [] : [sql`r.source = ${source}`]),
  ];
  const list = {
    select: exchangeRates.select('r'),
    from: sql`exchange_rates r`,
    where,
    sorts: { date: sql`r.date`, createdAt: sql`r.created_at` },
    updatedAt: sql`r.updated_at`,
    defaultSort: '-date',
    id: sql`r.id`,
  };
  return listPage<ExchangeRateRow>(db, list, page);
}
