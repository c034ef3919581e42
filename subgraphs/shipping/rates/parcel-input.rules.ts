/** Parcels in the input, in kilograms and centimetres. */
import { type Decimal } from '#kernel/decimal';
import type { FieldErrors } from '#kernel/validation';
import { rangeErrors } from '#kernel/validation';
import type { ParcelInput } from '../inputs.generated';
import { CM_PER_INCH, KG_PER_POUND, type Parcel } from './billable-weight.rules';

const MAX_PARCELS = 100;
/** Tons, or kilometres. */
const MAX_SIZE = 100_000;

/** The parcels of an input. A parcel has all three dimensions or none. */
export function checkedParcels(errors: FieldErrors, parcels: readonly ParcelInput[]): Parcel[] {
  if (parcels.length < 1 || parcels.length > MAX_PARCELS)
    errors.add('parcels', `Give 1 to ${MAX_PARCELS} parcels.`, 'LENGTH');
  return parcels.slice(0, MAX_PARCELS).map((parcel, index) => {
    const { weight, length, width, height } = parcel;
    const path = `parcels.${index}`;
    for (const [field, value] of Object.entries({ weight, length, width, height }))
      if (value != null) errors.take(rangeErrors(`${path}.${field}`, value, '0.001', MAX_SIZE));
    const sides = [length, width, height].filter((side) => side != null);
    if (sides.length % 3 !== 0)
      errors.add(path, 'Give the length, the width and the height, or none of them.', 'REQUIRED');
    const centimetres = (side: Decimal) => (parcel.lengthUnit === 'in' ? side.times(CM_PER_INCH) : side);
    return {
      weight: parcel.weightUnit === 'lb' ? weight.times(KG_PER_POUND) : weight,
      dimensions:
        sides.length === 3 ? [centimetres(sides[0]!), centimetres(sides[1]!), centimetres(sides[2]!)] : null,
      volume: null,
    };
  });
}
