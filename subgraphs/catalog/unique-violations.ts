/** Maps the database's unique violations to errors that name the field. */
import { isUniqueViolation } from '#kernel/db/pg-errors';
import { PosProError, type FieldError } from '#kernel/errors';

/** Fields by their unique constraint or index. */
const GUARDED: Readonly<Record<string, { field: string; what: string }>> = {
  variants_sku_key: { field: 'sku', what: 'SKU' },
  barcodes_organization_id_code_key: { field: 'barcode', what: 'barcode' },
  categories_organization_id_path_key_key: { field: 'name', what: 'category' },
  brands_organization_id_name_key_key: { field: 'name', what: 'brand' },
  tax_classes_organization_id_name_key_key: { field: 'name', what: 'tax class of this name' },
  tax_classes_organization_id_code_key_key: { field: 'code', what: 'tax class with this code' },
  tax_rates_organization_id_tax_class_id_valid_from_key: { field: 'validFrom', what: 'rate' },
  price_lists_organization_id_name_key_key: { field: 'name', what: 'price list' },
  barcode_rules_organization_id_prefix_key: { field: 'prefix', what: 'rule' },
  units_organization_id_code_key_key: { field: 'code', what: 'unit' },
  variants_options_key: { field: 'options', what: 'variant of this product' },
};

/**
 * The error for the caller instead of the database's unique violation; any other error is returned unchanged. Operations check for
 * taken values first, with a more precise message. This is for two callers who write the same value at the same moment.
 */
export function toAlreadyExists(error: unknown): unknown {
  const guarded = Object.entries(GUARDED).find(([constraint]) => isUniqueViolation(error, constraint))?.[1];
  if (!guarded) return error;
  return alreadyExists([
    { field: guarded.field, message: `There is another ${guarded.what} of this value.` },
  ]);
}

/** A 409 that names each field whose value is taken. */
export function alreadyExists(faults: readonly Omit<FieldError, 'code'>[]): PosProError {
  const errors = faults.map((fault) => ({ ...fault, code: 'ALREADY_EXISTS' }));
  return new PosProError('ALREADY_EXISTS', errors.map((error) => error.message).join(' '), { errors });
}

/** Runs work that writes unique values. @throws PosProError ALREADY_EXISTS instead of the database's unique violation. */
export async function mapUniqueViolations<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw toAlreadyExists(error);
  }
}
