/** The weight that a carrier bills: the real one, or that of the space which a parcel takes, rounded up. */
import { Decimal, sum } from '#kernel/decimal';

/** A parcel, or goods that are not packed yet. Kilograms, centimetres and cubic centimetres. */
export interface Parcel {
  readonly weight: Decimal | null;
  /** Null if they are not known, as of goods that are not packed yet. */
  readonly dimensions: readonly [length: Decimal, width: Decimal, height: Decimal] | null;
  /** Known of goods that are not packed; of a parcel it follows from its dimensions. */
  readonly volume: Decimal | null;
}

/** The rules of a rate for weights. */
export interface WeightTerms {
  readonly units: 'metric' | 'imperial';
  readonly divisor: Decimal | null;
  readonly weightStep: Decimal | null;
  readonly roundDimensions: boolean;
}

export const KG_PER_POUND = new Decimal('0.45359237');
export const CM_PER_INCH = new Decimal('2.54');
const CM3_PER_INCH3 = CM_PER_INCH.pow(3);
/** Decimal places of a weight: a millionth of a gram. */
const PLACES = 9;

/** The value of a weight in the units of a rate. */
const weightIn = (units: WeightTerms['units'], kilograms: Decimal) =>
  units === 'metric' ? kilograms : kilograms.dividedBy(KG_PER_POUND);

const lengthIn = (units: WeightTerms['units'], centimetres: Decimal) =>
  units === 'metric' ? centimetres : centimetres.dividedBy(CM_PER_INCH);

/** Something that is needed and not known. */
export type Unknown = 'weight' | 'dimensions';

/**
 * The billable weight of parcels in the units of the rate: each parcel is rounded up by itself, and then they are added.
 * @returns what is not known if it cannot be calculated.
 */
export function billableWeight(parcels: readonly Parcel[], terms: WeightTerms): Decimal | Unknown {
  const weights: Decimal[] = [];
  for (const parcel of parcels) {
    if (parcel.weight === null) return 'weight';
    const weight = parcelWeight(parcel, parcel.weight, terms);
    if (weight === undefined) return 'dimensions';
    weights.push(weight);
  }
  return sum(weights);
}

function parcelWeight(parcel: Parcel, kilograms: Decimal, terms: WeightTerms): Decimal | undefined {
  const { units, divisor, weightStep } = terms;
  const weight = weightIn(units, kilograms);
  if (divisor === null) return roundedUp(weight, weightStep);
  const volume = parcelVolume(parcel, terms);
  return volume && roundedUp(Decimal.max(weight, volume.dividedBy(divisor)), weightStep);
}

/** The volume in cubic centimetres or inches. */
function parcelVolume(
  { dimensions, volume }: Parcel,
  { units, roundDimensions }: WeightTerms,
): Decimal | undefined {
  if (dimensions) {
    const sides = dimensions.map((side) => lengthIn(units, side));
    const [length, width, height] = roundDimensions ? sides.map((side) => side.ceil()) : sides;
    return length!.times(width!).times(height!);
  }
  if (volume === null) return undefined;
  return units === 'metric' ? volume : volume.dividedBy(CM3_PER_INCH3);
}

/** A quotient that goes on for ever is cut first, so that twelve pounds stay twelve pounds. */
function roundedUp(quotient: Decimal, step: Decimal | null): Decimal {
  const weight = quotient.toDecimalPlaces(PLACES);
  return step === null ? weight : weight.dividedBy(step).ceil().times(step);
}

/** The volume of parcels in litres; undefined if it is not known. */
export function litres(parcels: readonly Parcel[]): Decimal | undefined {
  const volumes = parcels.map(({ dimensions, volume }) =>
    dimensions ? dimensions[0].times(dimensions[1]).times(dimensions[2]) : volume,
  );
  if (volumes.includes(null)) return undefined;
  return sum(volumes as Decimal[]).dividedBy(1000);
}
