/** The prices that a till charges by itself: of scanned labels, and of the lines of a basket by the price lists. */
import { applyMeasure } from '#subgraphs/catalog/barcodes/apply-measure.rules';
import { priceOf, type Added, type Basket, type Item, type Line } from './basket';
import type { Catalogue, CatalogueItem } from './catalogue';
import { Decimal, sum } from './money';
import type { SellingRules } from './selling-rules';

/** The till's copies, and the branch at which it sells. */
export interface TillCopies {
  readonly catalogue: Catalogue;
  readonly rules: SellingRules;
  readonly branchId: string;
}

/** An item, or why its label cannot be sold. */
export type OfflineScan = { readonly item: Item; readonly added: Added } | { readonly error: string };

const ONE = new Decimal(1);

/** Reads a scanned code as the server does; undefined for an unknown code. */
export function scanOffline(copies: TillCopies, code: string, at: Date): OfflineScan | undefined {
  const { catalogue, rules } = copies;
  const scanned = catalogue.scan(code, rules.labels);
  if (!scanned) return undefined;
  const { item, measured } = scanned;
  // A price label was priced by the scale, as one unit.
  const units = measured?.kind === 'weight' ? measured.value : ONE;
  const priced = atListedPrice(copies, item, units, at);
  if (!measured) return { item: priced, added: { quantity: '1' } };
  const { name, unit, quantityPlaces } = item;
  const goods = { name, unit, quantityPlaces, unitPrice: new Decimal(priced.price) };
  const { quantity, unitPrice, labelError, label } = applyMeasure(goods, measured, rules.currency);
  if (labelError) return { error: labelError.message };
  return {
    item: { ...priced, price: unitPrice.toFixed() },
    added: { quantity: quantity.toFixed(), label: label ? code : null },
  };
}

/** An item at the price of the price lists. */
export function atListedPrice(copies: TillCopies, item: CatalogueItem, quantity: Decimal, at: Date): Item {
  const { rules, branchId } = copies;
  const listed = rules.listedPrice(item.variantId, item.price, { branchId, at, quantity });
  return listed === undefined ? item : { ...item, price: listed };
}

/**
 * The price of one unit of each line without the server. A price that applies from a quantity on counts all units of the variant in the
 * basket, as at the server; a label keeps the price of its scan.
 */
export function unitPrices({ catalogue, rules, branchId }: TillCopies, basket: Basket, at: Date): string[] {
  const { lines } = basket;
  return lines.map((line) => {
    if (line.label !== null || line.value !== null) return priceOf(line);
    const ownPrice = catalogue.variant(line.variantId)?.price ?? line.price;
    const quantity = unitsOf(lines, line.variantId);
    return rules.listedPrice(line.variantId, ownPrice, { branchId, at, quantity }) ?? line.price;
  });
}

function unitsOf(lines: readonly Line[], variantId: string): Decimal {
  return sum(lines.flatMap((line) => (line.variantId === variantId ? [new Decimal(line.quantity)] : [])));
}
