/** How much of an item is sold, and at what price, by what its barcode says beside its name. Pure. */
import { currencyNumber } from '#kernel/currency-number';
import { Decimal, ONE, formatDecimal } from '#kernel/decimal';
import { currencyExponent } from '#kernel/money';
import type { CodeMeasure, LabelValue } from './barcode-candidates.rules';
import type { ElementAmount, ElementContent, ElementMeasure } from './gs1-measures.rules';
import { comesTo, measure, type LabelledAmount } from './variable-measure.rules';
import { convert, measureUnitNamed, type MeasureUnit } from './measure-units.rules';

/** An item as a barcode's measure is applied to it. */
export interface MeasuredItem {
  readonly name: string;
  readonly unit: string;
  readonly unitPrice: Decimal;
  readonly quantityPlaces: number;
}

/** Why a code that names an item sells nothing of it. */
export interface LabelRefusal {
  readonly reason:
    'LABEL_ZERO' | 'LABEL_UNIT' | 'LABEL_MEASURE' | 'LABEL_CURRENCY' | 'LABEL_PRICE' | 'LABEL_CHECK_DIGIT';
  /** What is wrong, and what to do. */
  readonly message: string;
}

/** What is sold, or why nothing is. */
export type AppliedMeasure = LabelledAmount & { readonly refusal?: LabelRefusal | undefined };

/** The unit that stands where a product names none: nothing is known about such goods then. */
const UNNAMED_UNIT = 'piece';
/** What goods without a named unit may be sold by: those of the metric system. */
const METRIC: ReadonlySet<string> = new Set(['kg', 'm', 'm2', 'l', 'm3']);

/**
 * Applies a code's measure to its item. A measure in the item's unit is the quantity; one in another unit of the same dimension is
 * converted; anything else is refused, because whatever was sold then would be another amount than the code says.
 *
 * @param currency the till's; every amount on a code is in it, and has its places.
 */
export function applyMeasure(
  item: MeasuredItem,
  measured: CodeMeasure | undefined,
  currency: string,
): AppliedMeasure {
  const outcome = outcomeOf(item, measured, currency);
  return 'reason' in outcome
    ? { quantity: ONE, unitPrice: item.unitPrice, label: undefined, refusal: outcome }
    : outcome;
}

function outcomeOf(
  item: MeasuredItem,
  measured: CodeMeasure | undefined,
  currency: string,
): LabelledAmount | LabelRefusal {
  if (!measured) return measure(item, undefined);
  if (measured.content) return applyContent(item, measured.content, currency);
  return applyLabel(item, measured, currency);
}

/** A shop's own label, as scales print them. */
function applyLabel(
  item: MeasuredItem,
  measured: CodeMeasure,
  currency: string,
): LabelledAmount | LabelRefusal {
  const { kind, value, wrongCheckDigit, registered } = measured;
  if (wrongCheckDigit) {
    return refusal(
      'LABEL_CHECK_DIGIT',
      'The check digit of the price on the label is wrong. Scan it again, or type the price.',
    );
  }
  if (value.isZero()) {
    // A weight cannot be meant where the whole code is that of goods sold by the piece.
    if (registered && kind === 'weight' && item.quantityPlaces === 0) return measure(item, undefined);
    return zero(kind === 'weight' ? 'a weight' : 'a price');
  }
  if (kind === 'price') return priceLabel(item, { identifier: '', value }, currency);
  const quantity = value.times(thousandthOf(item));
  if (quantity.decimalPlaces() <= item.quantityPlaces)
    return measure(item, { kind, value: quantity, places: measured.places });
  return refusal('LABEL_UNIT', `The label says ${formatDecimal(quantity)}, but ${soldBy(item)}.`);
}

/** Scales print grams as thousandths of a kilogram; goods that are sold by the gram itself count them. */
function thousandthOf({ unit }: MeasuredItem): number {
  return ['g', 'ml', 'mm'].includes(measureUnitNamed(unit) ?? '') ? 1000 : 1;
}

/** GS1 elements. */
function applyContent(
  item: MeasuredItem,
  content: ElementContent,
  currency: string,
): LabelledAmount | LabelRefusal {
  const { measures, amount, unitPrice, foreign } = content;
  if (foreign)
    return refusal(
      'LABEL_MEASURE',
      `AI ${foreign.identifier} is ${foreign.meaning}: it does not say what is sold here.`,
    );
  const nothing = [...measures.filter(isTrade), ...[amount, unitPrice].filter((one) => one !== undefined)];
  const empty = nothing.find(({ value }) => value.isZero());
  if (empty) return zero(`AI ${empty.identifier}`);
  const wrong =
    amountRefusal(amount, currency, currencyExponent(currency)) ?? amountRefusal(unitPrice, currency, 4);
  if (wrong) return wrong;
  const found = quantityIn(item, measures);
  if (found && 'reason' in found) return found;
  if (amount)
    return found ? priceFor(item, found.quantity, amount, currency) : priceLabel(item, amount, currency);
  if (found) return atUnitPrice(item, found, unitPrice);
  const unused =
    measures.find(({ role }) => role !== 'logistic') ?? (isCounted(item) ? undefined : measures[0]);
  if (unused) return unfit(item, unused);
  if (unitPrice)
    return refusal(
      'LABEL_MEASURE',
      `AI ${unitPrice.identifier} is the price of a unit, and no element says how many there are.`,
    );
  // Gross weight and outer sizes of a case tell nothing about how many are sold: one.
  return measure(item, undefined);
}

/** How much of the goods there is: never in kilograms per square metre. */
interface TradeMeasure extends ElementMeasure {
  readonly unit: MeasureUnit | undefined;
}

function isTrade(measured: ElementMeasure): measured is TradeMeasure {
  return measured.role === 'trade';
}

interface FoundQuantity {
  readonly quantity: Decimal;
  readonly measure: TradeMeasure;
}

/** The quantity in the item's own unit; undefined where no measure can say it. */
function quantityIn(
  item: MeasuredItem,
  measures: readonly ElementMeasure[],
): FoundQuantity | LabelRefusal | undefined {
  const trade = measures.filter(isTrade);
  const own = trade.find((one) => one.unit !== undefined && one.unit === measureUnitNamed(item.unit));
  for (const one of own ? [own] : trade) {
    const quantity = inUnitOf(item, one);
    if (!quantity) continue;
    if (quantity.isZero()) return zero(`AI ${one.identifier}, in the unit of the goods,`);
    if (quantity.decimalPlaces() > item.quantityPlaces) return unfit(item, one);
    return { quantity, measure: one };
  }
  return undefined;
}

function inUnitOf(item: MeasuredItem, { unit, value }: TradeMeasure): Decimal | undefined {
  const target = measureUnitNamed(item.unit);
  if (unit === undefined) return target === undefined ? value : undefined;
  if (target !== undefined) return convert(value, unit === 'oz' && isVolume(target) ? 'fl oz' : unit, target);
  const unnamed = item.unit === UNNAMED_UNIT && item.quantityPlaces > 0;
  return unnamed && METRIC.has(unit) ? convert(value, unit, unit) : undefined;
}

/** AI 357n holds ounces of weight, or of volume where the goods are sold by volume. */
function isVolume(unit: MeasureUnit): boolean {
  return convert(ONE, unit, 'l') !== undefined;
}

function isCounted(item: MeasuredItem): boolean {
  return measureUnitNamed(item.unit) === undefined;
}

/** A quantity whose unit price stands on the code, too, where it does. */
function atUnitPrice(
  item: MeasuredItem,
  found: FoundQuantity,
  unitPrice: ElementAmount | undefined,
): LabelledAmount | LabelRefusal {
  const label: LabelValue = { kind: 'weight', value: found.quantity, places: 3 };
  if (!unitPrice) return measure(item, label);
  // Pieces are counted of goods without a unit only.
  if (found.measure.unit === measureUnitNamed(item.unit)) {
    return measure({ ...item, unitPrice: unitPrice.value }, label);
  }
  const message = `AI ${unitPrice.identifier} is the price of a ${found.measure.unit!}, but ${soldBy(item)}.`;
  return refusal('LABEL_UNIT', message);
}

/** A quantity that costs what stands on the code: its unit price gives way, because the code is what the customer agreed to. */
function priceFor(
  item: MeasuredItem,
  quantity: Decimal,
  amount: ElementAmount,
  currency: string,
): LabelledAmount | LabelRefusal {
  const label: LabelValue = { kind: 'price', value: amount.value, places: currencyExponent(currency) };
  if (comesTo(label, quantity, item.unitPrice)) return { quantity, unitPrice: item.unitPrice, label };
  const unitPrice = amount.value.dividedBy(quantity).toDecimalPlaces(4, Decimal.ROUND_HALF_UP);
  if (comesTo(label, quantity, unitPrice)) return { quantity, unitPrice, label };
  const message = `AI ${amount.identifier} says ${formatDecimal(amount.value)} ${currency}, which no price of four places for ${formatDecimal(quantity)} ${item.unit} comes to.`;
  return refusal('LABEL_PRICE', message);
}

function priceLabel(
  item: MeasuredItem,
  amount: ElementAmount,
  currency: string,
): LabelledAmount | LabelRefusal {
  const places = currencyExponent(currency);
  return (
    amountRefusal(amount, currency, places) ?? measure(item, { kind: 'price', value: amount.value, places })
  );
}

function amountRefusal(
  amount: ElementAmount | undefined,
  currency: string,
  places: number,
): LabelRefusal | undefined {
  if (!amount) return undefined;
  const { identifier, value, currencyNumber: number } = amount;
  const source = identifier === '' ? 'The label' : `AI ${identifier}`;
  if (number !== undefined && number !== currencyNumber(currency)) {
    return refusal(
      'LABEL_CURRENCY',
      `${source} says an amount in the currency ${number} (ISO 4217); this till sells in ${currency}.`,
    );
  }
  if (value.decimalPlaces() <= places) return undefined;
  return refusal(
    'LABEL_PRICE',
    `${source} says ${formatDecimal(value)}; an amount in ${currency} has ${places} decimal places at most here.`,
  );
}

function unfit(item: MeasuredItem, { identifier, role, unit, value }: ElementMeasure): LabelRefusal {
  const what = { trade: '', side: ', a width or height', logistic: ', a gross weight or outer size' }[role];
  const message = `AI ${identifier} says ${formatDecimal(value)} ${unit ?? 'pieces'}${what}, but ${soldBy(item)}.`;
  return refusal(role === 'trade' ? 'LABEL_UNIT' : 'LABEL_MEASURE', message);
}

function soldBy({ name, unit, quantityPlaces }: MeasuredItem): string {
  const places = quantityPlaces === 0 ? ', in whole numbers only' : '';
  return `"${name}" is sold by the ${unit}${places}`;
}

function zero(what: string): LabelRefusal {
  return refusal(
    'LABEL_ZERO',
    `${what[0]!.toUpperCase()}${what.slice(1)} of zero sells nothing. Weigh the goods again, or type the quantity.`,
  );
}

function refusal(reason: LabelRefusal['reason'], message: string): LabelRefusal {
  return { reason, message };
}
