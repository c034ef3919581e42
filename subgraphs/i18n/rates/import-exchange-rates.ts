/** Imports exchange rates from items, or from an XML, CSV or XLSX file. */
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import type { FieldError } from '#kernel/errors';
import { CellReader } from '#kernel/import/cell-reader.rules';
import {
  NOTHING_DONE,
  type BatchResult,
  type Importer,
  type RowError,
  type SeenKeys,
} from '#kernel/import/importer';
import type { ImportJobRow } from '#kernel/import/import-jobs';
import { startImport } from '#kernel/import/start-import';
import { DateCell } from '#kernel/import/table-file';
import { currencyOf } from '#subgraphs/auth/index';
import { exchangeRateChanged } from '../events';
import type { ImportExchangeRatesInput } from '../inputs.generated';
import type { ExchangeRateRow } from '../tables.generated';
import { pairOf } from './conversion.rules';
import { ECB_XML, ecbCsv, isoDay } from './ecb-files.rules';
import { writeRates } from './exchange-rates';
import { RATE_COLUMNS, type RateColumn } from './rate-columns.rules';
import { rateCurrencyErrors, rateErrors } from './rate-input.rules';
import { today } from './today';

/** A row as read. */
interface RateDraft {
  readonly row: number;
  readonly base: string;
  readonly quote: string;
  readonly date: string;
  readonly rate: Decimal | undefined;
  readonly source: ExchangeRateRow['source'];
  readonly errors: readonly FieldError[];
  readonly warnings: readonly FieldError[];
}

/**
 * Imports rates; those that were set by hand stay. Emits "exchange_rate.changed" for each batch.
 * @throws PosProError as startImport.
 */
export function importExchangeRates(
  ctx: RequestContext,
  input: ImportExchangeRatesInput,
): Promise<ImportJobRow> {
  return startImport(ctx, rateImporter(ctx), input);
}

async function rateImporter(ctx: RequestContext): Promise<Importer<RateDraft, RateColumn>> {
  const rules = { ownCurrency: await currencyOf(ctx), today: await today(ctx) };
  return {
    kind: 'exchange_rate',
    columns: RATE_COLUMNS,
    amounts: ['rate'],
    systems: { noun: 'rate', known: [ecbCsv] },
    xml: [ECB_XML],
    missing: (named) =>
      (['currency', 'date', 'rate'] as const)
        .filter((column) => !named.has(column))
        .map((column) => `There is no column "${column}", so no row can be imported.`),
    read: (numbered, numbers) => readRate(numbered.row, new RateReader(numbered, numbers, NO_CODES), rules),
    write: writeBatch,
  };
}

const NO_CODES: ReadonlySet<RateColumn> = new Set();

class RateReader extends CellReader<RateColumn> {
  code(column: 'base' | 'currency'): string | undefined {
    return this.text(column)?.toUpperCase();
  }

  /** A day, also as a spreadsheet's date. */
  day(): string | undefined {
    const cell = this.cells.date;
    const text = cell instanceof DateCell ? cell.text.slice(0, 10) : this.text('date');
    if (text === undefined) return undefined;
    const day = isoDay(text);
    const isDay =
      /^\d{4}-\d{2}-\d{2}$/.test(day) && new Date(`${day}T00:00:00Z`).toJSON()?.startsWith(day) === true;
    if (isDay) return day;
    this.faults.add('date', `"${text.slice(0, 40)}" is not a day; write it as 2026-08-13.`, 'INVALID');
    return undefined;
  }
}

interface RateRules {
  readonly ownCurrency: string;
  readonly today: string;
}

function readRate(row: number, read: RateReader, rules: RateRules): RateDraft {
  const base = read.code('base') ?? rules.ownCurrency;
  const quote = read.code('currency');
  const date = read.day();
  const rate = read.decimal('rate');
  const source = read.text('source') === 'ecb' ? 'ecb' : 'file';
  const unread = new Set(read.errors.map(({ field }) => field));
  for (const [field, value] of Object.entries({ currency: quote, date, rate })) {
    if (value === undefined && !unread.has(field) && !unread.has('row'))
      read.faults.add(field, 'Is missing.', 'REQUIRED');
  }
  if (rate) read.faults.take(rateErrors('rate', rate));
  if (quote !== undefined && date !== undefined) {
    read.faults.take(rateCurrencyErrors('base', base, date));
    read.faults.take(rateCurrencyErrors('currency', quote, date));
    if (base === quote) read.faults.add('currency', 'Must be another currency than the base.', 'SAME');
    if (date > rules.today) read.faults.add('date', 'Must not be in the future.', 'IN_FUTURE');
  }
  const { errors, warnings } = read;
  return { row, base, quote: quote ?? '', date: date ?? '', rate, source, errors, warnings };
}

/** Writes the valid rows of a batch in two statements. */
async function writeBatch(
  tx: Transaction,
  ctx: RequestContext,
  drafts: readonly RateDraft[],
  seen: SeenKeys,
): Promise<BatchResult> {
  const { valid, faults } = separate(drafts, seen);
  if (valid.length === 0) return { ...NOTHING_DONE, faults };
  const keys = new Map(valid.map((draft) => [keyOf(draft), draft]));
  const manual = await manualRates(tx, valid);
  const rates = valid.map(({ base, quote, date, rate, source }) => {
    return { id: ctx.ids.next(), base, quote, date, rate: rate!, source };
  });
  const written = await writeRates(tx, rates);
  const dates = written.map(({ date }) => date).sort();
  if (dates.length > 0) {
    const { source } = valid[0]!;
    const payload = { from: dates[0]!, to: dates.at(-1)!, source, change: 'imported' } as const;
    tx.emit(exchangeRateChanged({ key: source, payload }));
  }
  const created = written.filter((rate) => rate.created).length;
  return {
    created,
    updated: valid.length - created,
    unchanged: valid.length - written.length,
    deleted: 0,
    faults,
    oddities: [
      ...valid.flatMap(({ row, warnings }) => warnings.map((warning) => ({ row, ...warning }))),
      ...manual.map((key) => ({ row: keys.get(key)!.row, ...KEPT })),
    ],
    taken: [...keys].map(([key, { row }]) => ({ key, row })),
    notes: [],
  };
}

const KEPT: FieldError = {
  field: 'rate',
  message: 'The rate of this day was set by hand, and stays.',
  code: 'SET_BY_HAND',
};

function keyOf({ base, quote, date }: RateDraft): string {
  return `${pairOf(base, quote)} ${date}`;
}

/** The valid rows; of two rows for one pair and day, the first. */
function separate(drafts: readonly RateDraft[], seen: SeenKeys): { valid: RateDraft[]; faults: RowError[] } {
  const rows = new Map<string, number>();
  const valid: RateDraft[] = [];
  const faults: RowError[] = [];
  for (const draft of drafts) {
    const { row, errors } = draft;
    const key = keyOf(draft);
    const twin = rows.get(key) ?? seen.get(key);
    faults.push(...errors.map((error) => ({ ...error, row })));
    if (errors.length > 0) continue;
    if (twin !== undefined) {
      const message = `The rate of this pair and day is already in row ${twin}.`;
      faults.push({ row, field: 'date', message, code: 'ALREADY_EXISTS' });
      continue;
    }
    rows.set(key, row);
    valid.push(draft);
  }
  return { valid, faults };
}

/** The keys of rates that were set by hand; other transactions cannot change them until the commit. */
async function manualRates(tx: Transaction, drafts: readonly RateDraft[]): Promise<string[]> {
  const pairs = drafts.map(({ base, quote }) => pairOf(base, quote));
  const dates = drafts.map(({ date }) => date);
  const rows = await tx.many<{ key: string }>(sql`
    select r.pair || ' ' || r.date as key from exchange_rates r
    join unnest(${pairs}::text[], ${dates}::date[]) as g (pair, date) on g.pair = r.pair and g.date = r.date
    where r.organization_id = ${tx.organizationId}::uuid and r.source = 'manual' for key share of r`);
  return rows.map(({ key }) => key);
}
