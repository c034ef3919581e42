/** Sets and deletes exchange rates by hand. */
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { notFound } from '#kernel/errors';
import { deletionOf, type Deletion } from '#kernel/graph/deletion';
import { isUuid } from '#kernel/ids';
import { FieldErrors } from '#kernel/validation';
import { currencyOf } from '#subgraphs/auth/index';
import { exchangeRateChanged } from '../events';
import type { SetExchangeRateInput } from '../inputs.generated';
import { exchangeRates, type ExchangeRateRow, type NewExchangeRate } from '../tables.generated';
import { pairOf } from './conversion.rules';
import { rateCurrencyErrors, rateErrors } from './rate-input.rules';
import { today } from './today';

const REPLACED = exchangeRates.pick('base', 'quote', 'rate', 'source', 'updatedAt');

/** A rate to store; the pair follows from the currencies. */
export type RateToWrite = Pick<NewExchangeRate, 'id' | 'base' | 'quote' | 'rate' | 'source'> & {
  date: string;
};

/** The result of writing one rate. */
export interface WrittenRate {
  readonly pair: string;
  readonly date: string;
  readonly created: boolean;
}

/**
 * Writes rates; a pair has one rate a day, whatever its direction, and an equal one is not written again. Rates that were set by hand
 * are replaced by those of `manual` alone. One statement.
 * @returns the written ones.
 */
export function writeRates(tx: Transaction, rates: readonly RateToWrite[]): Promise<WrittenRate[]> {
  const times = { organizationId: tx.organizationId, createdAt: tx.now, updatedAt: tx.now };
  const rows = rates.map((rate) => ({ ...rate, ...times, pair: pairOf(rate.base, rate.quote) }));
  return tx.many<WrittenRate>(sql`
    ${exchangeRates.insertMany(rows)}
    on conflict (organization_id, pair, date) do update set ${REPLACED.excluded}
    where (exchange_rates.source <> 'manual' or excluded.source = 'manual')
      and row(exchange_rates.base, exchange_rates.quote, exchange_rates.rate, exchange_rates.source)
        is distinct from row(excluded.base, excluded.quote, excluded.rate, excluded.source)
    returning pair, date, xmax = 0 as created`);
}

/**
 * Sets the rate of a day by hand; imports leave it. Emits "exchange_rate.changed".
 * @throws PosProError 422 by field.
 */
export async function setExchangeRate(
  ctx: RequestContext,
  input: SetExchangeRateInput,
): Promise<ExchangeRateRow> {
  const base = input.base?.trim().toUpperCase() ?? (await currencyOf(ctx));
  const quote = input.currency.trim().toUpperCase();
  const now = await today(ctx);
  const date = input.date ?? now;
  const errors = new FieldErrors();
  errors.take(rateCurrencyErrors('base', base, date));
  errors.take(rateCurrencyErrors('currency', quote, date));
  errors.take(rateErrors('rate', input.rate));
  if (base === quote) errors.add('currency', 'Must be another currency than the base.', 'SAME');
  if (date > now) errors.add('date', 'Must not be in the future.', 'IN_FUTURE');
  errors.throwIfAny();
  return transact(ctx, async (tx) => {
    const rate = { id: ctx.ids.next(), base, quote, date, rate: input.rate, source: 'manual' } as const;
    const [written] = await writeRates(tx, [rate]);
    const pair = pairOf(base, quote);
    if (written)
      tx.emit(
        exchangeRateChanged({ key: pair, payload: { base, quote, date, source: 'manual', change: 'set' } }),
      );
    return tx.one<ExchangeRateRow>(sql`
      select ${exchangeRates.select('r')} from exchange_rates r
      where r.organization_id = ${tx.organizationId}::uuid and r.pair = ${pair} and r.date = ${date}::date`);
  });
}

/** Deletes a rate, so that the latest one before it applies. Emits "exchange_rate.changed". @throws PosProError 404 */
export async function deleteExchangeRate(ctx: RequestContext, id: string): Promise<Deletion> {
  return transact(ctx, async (tx) => {
    const deleted = isUuid(id)
      ? await tx.maybeOne<ExchangeRateRow>(
          sql`delete from exchange_rates where id = ${id}::uuid returning ${exchangeRates.columns}`,
        )
      : undefined;
    if (!deleted) throw notFound('exchange rate', id);
    const { pair, base, quote, date, source } = deleted;
    tx.emit(exchangeRateChanged({ key: pair, payload: { base, quote, date, source, change: 'deleted' } }));
    return deletionOf(deleted.id);
  });
}
