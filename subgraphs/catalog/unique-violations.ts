/** The unique values of the catalogue. */
import {
  mapUniqueViolations as mapViolations,
  toAlreadyExists as toError,
} from '#kernel/db/unique-violations';

const taken = (field: string, what: string) => ({
  field,
  message: `There is another ${what} of this value.`,
});
const TAKEN = {
  variants_sku_key: taken('sku', 'SKU'),
  barcodes_organization_id_code_key: taken('barcode', 'barcode'),
  categories_organization_id_path_key_key: taken('name', 'category'),
  brands_organization_id_name_key_key: taken('name', 'brand'),
  tax_classes_organization_id_name_key_key: taken('name', 'tax class of this name'),
  tax_classes_organization_id_code_key_key: taken('code', 'tax class with this code'),
  tax_rates_organization_id_tax_class_id_valid_from_key: taken('validFrom', 'rate'),
  price_lists_organization_id_name_key_key: taken('name', 'price list'),
  barcode_rules_organization_id_prefix_key: taken('prefix', 'rule'),
  units_organization_id_code_key_key: taken('code', 'unit'),
  variants_options_key: taken('options', 'variant of this product'),
};

/**
 * The error for the caller instead of the database's unique violation; any other error is returned unchanged. Operations check for
 * taken values first, with a more precise message. This is for two callers who write the same value at the same moment.
 */
export function toAlreadyExists(error: unknown): unknown {
  return toError(error, TAKEN);
}

/** Runs work that writes unique values. @throws PosProError ALREADY_EXISTS instead of the database's unique violation. */
export function mapUniqueViolations<Result>(work: () => Promise<Result>): Promise<Result> {
  return mapViolations(TAKEN, work);
}
