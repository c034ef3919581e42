/** The weight and the volume of what is sent. */
import { sql, type Queryable } from '#kernel/db/database';
import { ONE, type Decimal } from '#kernel/decimal';
import { convert, measureUnitNamed } from '../barcodes/measure-units.rules';
import { variants, type VariantRow } from '../tables.generated';

/** One packed unit of a variant. */
export interface ItemSizes {
  readonly id: string;
  readonly sku: string;
  /** In kilograms; of goods that are sold by weight, the weight of one unit of measure. Null if it is not known. */
  readonly weight: Decimal | null;
  /** In cubic centimetres; null if a dimension is not known. */
  readonly volume: Decimal | null;
}

const SIZES = variants.pick('id', 'sku', 'weight', 'length', 'width', 'height');
type SizedVariant = Pick<VariantRow, 'id' | 'sku' | 'weight' | 'length' | 'width' | 'height'> & {
  unit: string;
};

/** The sizes of variants, by id. */
export async function itemSizes(
  db: Queryable,
  variantIds: readonly string[],
): Promise<ReadonlyMap<string, ItemSizes>> {
  const rows = await db.many<SizedVariant>(sql`
    select ${SIZES.select('v')}, p.unit from variants v join products p on p.id = v.product_id
    where v.id = any(${variantIds}::uuid[])`);
  return new Map(
    rows.map(({ id, sku, weight, length, width, height, unit }) => [
      id,
      {
        ...{ id, sku, weight: weight ?? weightOfUnit(unit) },
        volume: length && width && height ? length.times(width).times(height) : null,
      },
    ]),
  );
}

function weightOfUnit(name: string): Decimal | null {
  const unit = measureUnitNamed(name);
  return (unit && convert(ONE, unit, 'kg')) ?? null;
}
