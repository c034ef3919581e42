/** Built-in units of measure, and the check of a product's unit. */
import { QUANTITY_PLACES } from '#kernel/money';
import type { FieldErrors } from '#kernel/validation';
import { nameKey } from '#kernel/fold-text.rules';
import { checkedName } from './product-validators.rules';

/** Built-in units. Quantities in any other unit are whole numbers. */
export const USUAL_UNITS: readonly { code: string; name: string; quantityPlaces: number }[] = [
  { code: 'piece', name: 'Piece', quantityPlaces: 0 },
  { code: 'kg', name: 'Kilogram', quantityPlaces: 3 },
  { code: 'g', name: 'Gram', quantityPlaces: 0 },
  { code: 't', name: 'Tonne', quantityPlaces: 3 },
  { code: 'lb', name: 'Pound', quantityPlaces: 3 },
  { code: 'oz', name: 'Ounce', quantityPlaces: 3 },
  { code: 'l', name: 'Litre', quantityPlaces: 3 },
  { code: 'ml', name: 'Millilitre', quantityPlaces: 0 },
  { code: 'm', name: 'Metre', quantityPlaces: 3 },
  { code: 'cm', name: 'Centimetre', quantityPlaces: 0 },
  { code: 'm2', name: 'Square metre', quantityPlaces: 3 },
  { code: 'm3', name: 'Cubic metre', quantityPlaces: 3 },
  { code: 'h', name: 'Hour', quantityPlaces: 3 },
];
const PLACES_BY_UNIT = new Map(USUAL_UNITS.map((unit) => [unit.code, unit.quantityPlaces]));

export const DEFAULT_UNIT = 'piece';

/**
 * The unit and its decimal places. Without a named unit nothing is known about the goods, so no quantity is excluded.
 * @param places the caller's; they take precedence over those of the unit.
 * @param own the precision of the organization's own units, by key.
 */
export function checkedUnit(
  faults: FieldErrors,
  field: string,
  unit: string | null | undefined,
  places: number | null | undefined,
  own: ReadonlyMap<string, number> = new Map(),
): { unit: string; quantityPlaces: number } {
  const name = unit == null ? undefined : checkedName(faults, field, unit, 20);
  if (places != null && (!Number.isInteger(places) || places < 0 || places > QUANTITY_PLACES)) {
    faults.add('quantityPlaces', 'Must be 0 to 3.', 'RANGE');
  }
  const usual =
    name === undefined ? QUANTITY_PLACES : (own.get(nameKey(name)) ?? PLACES_BY_UNIT.get(nameKey(name)) ?? 0);
  return { unit: name ?? DEFAULT_UNIT, quantityPlaces: places ?? usual };
}
