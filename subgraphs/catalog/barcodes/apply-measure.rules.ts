/** The quantity and unit price of an item, by the measure on its barcode. */
import { isoCurrency } from '#kernel/iso-currencies';
import { Decimal, ONE, formatDecimal } from '#kernel/decimal';
import { currencyExponent } from '#kernel/money';
import type { CodeMeasure, LabelValue } from './barcode-candidates.rules';
import type { ElementAmount, ElementContent, ElementMeasure } from './gs1-measures.rules';
import { matchesLabelPrice, applyLabel, type LabelledAmount } from './variable-measure.rules';
import { convert, measureUnitNamed, type MeasureUnit } from './measure-units.rules';

/** An item to which a barcode's measure is applied. */
export interface MeasuredItem {
  readonly name: string;
  readonly unit: string;
  readonly unitPrice: Decimal;
  readonly quantityPlaces: number;
}

/** The reason why a code names an item but cannot be sold. */
export interface LabelError {
  readonly reason:
    'LABEL_ZERO' | 'LABEL_UNIT' | 'LABEL_MEASURE' | 'LABEL_CURRENCY' | 'LABEL_PRICE' | 'LABEL_CHECK_DIGIT';
  /** The error and its remedy, for people. */
  readonly message: string;
}

/** The quantity and unit price that are sold, or the error. */
export type AppliedMeasure = LabelledAmount & { readonly labelError?: LabelError | undefined };

/** The unit of products without a named unit: nothing is known about such goods. */
const UNNAMED_UNIT = 'piece';
/** Units in which goods without a named unit may be sold: those of the metric system. */
const METRIC: ReadonlySet<string> = new Set(['kg', 'm', 'm2', 'l', 'm3']);

/**
 * Applies a code's measure to its item. A measure in the item's unit is the quantity; one in another unit of the same dimension is
 * converted; anything else is an error, because any quantity sold would differ from the code.
 *
 * @param currency the till's currency; every amount on a code is in it and has its decimal places.
 */
export function applyMeasure(
  item: MeasuredItem,
  measured: CodeMeasure | undefined,
  currency: string,
): AppliedMeasure {
  const outcome = outcomeOf(item, measured, currency);
  return 'reason' in outcome
    ? { quantity: ONE, unitPrice: item.unitPrice, label: undefined, labelError: outcome }
    : outcome;
}

function outcomeOf(
  item: MeasuredItem,
  measured: CodeMeasure | undefined,
  currency: string,
): LabelledAmount | LabelError {
  if (!measured) return applyLabel(item, undefined);
  if (measured.content) return applyContent(item, measured.content, currency);
  return applyShopLabel(item, measured, currency);
}

/** A shop's own label, as scales print it. */
function applyShopLabel(
  item: MeasuredItem,
  measured: CodeMeasure,
  currency: string,
): LabelledAmount | LabelError {
  const { kind, value, wrongCheckDigit, registered } = measured;
  if (wrongCheckDigit) {
    return labelError(
      'LABEL_CHECK_DIGIT',
      'The check digit of the price on the label is wrong. Scan it again, or type the price.',
    );
  }
  if (value.isZero()) {
    // The whole code of goods that are sold by the piece is not a weight.
    if (registered && kind === 'weight' && item.quantityPlaces === 0) return applyLabel(item, undefined);
    return zero(kind === 'weight' ? 'a weight' : 'a price');
  }
  if (kind === 'price') return priceLabel(item, { identifier: '', value }, currency);
  const quantity = value.times(thousandthOf(item));
  if (quantity.decimalPlaces() <= item.quantityPlaces)
    return applyLabel(item, { kind, value: quantity, places: measured.places });
  return labelError('LABEL_UNIT', `The label says ${formatDecimal(quantity)}, but ${soldBy(item)}.`);
}

/** Scales print grams as thousandths of a kilogram; the quantity of goods that are sold by the gram is in grams. */
function thousandthOf({ unit }: MeasuredItem): number {
  return ['g', 'ml', 'mm'].includes(measureUnitNamed(unit) ?? '') ? 1000 : 1;
}

/** GS1 elements. */
function applyContent(
  item: MeasuredItem,
  content: ElementContent,
  currency: string,
): LabelledAmount | LabelError {
  const { measures, amount, unitPrice, foreign } = content;
  if (foreign)
    return labelError(
      'LABEL_MEASURE',
      `AI ${foreign.identifier} is ${foreign.meaning}: it does not measure the goods.`,
    );
  const nothing = [...measures.filter(isTrade), ...[amount, unitPrice].filter((one) => one !== undefined)];
  const empty = nothing.find(({ value }) => value.isZero());
  if (empty) return zero(`AI ${empty.identifier}`);
  const wrong =
    amountError(amount, currency, currencyExponent(currency)) ?? amountError(unitPrice, currency, 4);
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
    return labelError(
      'LABEL_MEASURE',
      `AI ${unitPrice.identifier} is the price of a unit, and no element says how many there are.`,
    );
  // Gross weight and outer sizes of a case are not a quantity: one is sold.
  return applyLabel(item, undefined);
}

/** A quantity of the goods: never in kilograms per square metre. */
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

/** The quantity in the item's own unit; undefined if no measure gives one. */
function quantityIn(
  item: MeasuredItem,
  measures: readonly ElementMeasure[],
): FoundQuantity | LabelError | undefined {
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

/** AI 357n holds ounces of weight; for goods that are sold by volume, fluid ounces. */
function isVolume(unit: MeasureUnit): boolean {
  return convert(ONE, unit, 'l') !== undefined;
}

function isCounted(item: MeasuredItem): boolean {
  return measureUnitNamed(item.unit) === undefined;
}

/** A quantity with the unit price on the code, if there is one. */
function atUnitPrice(
  item: MeasuredItem,
  found: FoundQuantity,
  unitPrice: ElementAmount | undefined,
): LabelledAmount | LabelError {
  const label: LabelValue = { kind: 'weight', value: found.quantity, places: 3 };
  if (!unitPrice) return applyLabel(item, label);
  // Only goods without a unit are counted in pieces.
  if (found.measure.unit === measureUnitNamed(item.unit)) {
    return applyLabel({ ...item, unitPrice: unitPrice.value }, label);
  }
  const message = `AI ${unitPrice.identifier} is the price of a ${found.measure.unit!}, but ${soldBy(item)}.`;
  return labelError('LABEL_UNIT', message);
}

/** A quantity that costs the amount on the code: the unit price is adjusted, because the customer agreed to the code. */
function priceFor(
  item: MeasuredItem,
  quantity: Decimal,
  amount: ElementAmount,
  currency: string,
): LabelledAmount | LabelError {
  const label: LabelValue = { kind: 'price', value: amount.value, places: currencyExponent(currency) };
  if (matchesLabelPrice(label, quantity, item.unitPrice))
    return { quantity, unitPrice: item.unitPrice, label };
  const unitPrice = amount.value.dividedBy(quantity).toDecimalPlaces(4, Decimal.ROUND_HALF_UP);
  if (matchesLabelPrice(label, quantity, unitPrice)) return { quantity, unitPrice, label };
  const message = `AI ${amount.identifier} says ${formatDecimal(amount.value)} ${currency}, which no unit price of four places gives for ${formatDecimal(quantity)} ${item.unit}.`;
  return labelError('LABEL_PRICE', message);
}

function priceLabel(
  item: MeasuredItem,
  amount: ElementAmount,
  currency: string,
): LabelledAmount | LabelError {
  const places = currencyExponent(currency);
  return (
    amountError(amount, currency, places) ?? applyLabel(item, { kind: 'price', value: amount.value, places })
  );
}

function amountError(
  amount: ElementAmount | undefined,
  currency: string,
  places: number,
): LabelError | undefined {
  if (!amount) return undefined;
  const { identifier, value, currencyNumber: number } = amount;
  const source = identifier === '' ? 'The label' : `AI ${identifier}`;
  if (number !== undefined && number !== isoCurrency(currency)?.number) {
    return labelError(
      'LABEL_CURRENCY',
      `${source} says an amount in the currency ${number} (ISO 4217); this till sells in ${currency}.`,
    );
  }
  if (value.decimalPlaces() <= places) return undefined;
  return labelError(
    'LABEL_PRICE',
    `${source} says ${formatDecimal(value)}; an amount in ${currency} has ${places} decimal places at most here.`,
  );
}

function unfit(item: MeasuredItem, { identifier, role, unit, value }: ElementMeasure): LabelError {
  const what = { trade: '', side: ', a width or height', logistic: ', a gross weight or outer size' }[role];
  const message = `AI ${identifier} says ${formatDecimal(value)} ${unit ?? 'pieces'}${what}, but ${soldBy(item)}.`;
  return labelError(role === 'trade' ? 'LABEL_UNIT' : 'LABEL_MEASURE', message);
}

function soldBy({ name, unit, quantityPlaces }: MeasuredItem): string {
  const places = quantityPlaces === 0 ? ', in whole numbers only' : '';
  return `"${name}" is sold by the ${unit}${places}`;
}

function zero(what: string): LabelError {
  return labelError(
    'LABEL_ZERO',
    `${what[0]!.toUpperCase()}${what.slice(1)} of zero sells nothing. Weigh the goods again, or type the quantity.`,
  );
}

function labelError(reason: LabelError['reason'], message: string): LabelError {
  return { reason, message };
}
