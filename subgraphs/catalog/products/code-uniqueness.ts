/** Uniqueness of SKUs and barcodes: each names one variant. The error for a taken code names the field and the product. */
import { nextNumber } from '#kernel/db/counters';
import type { Queryable, Transaction } from '#kernel/db/database';
import { invariant, type FieldError } from '#kernel/errors';
import { canonicalBarcode } from '../barcodes/normalize-barcode.rules';
import { alreadyExists } from '#kernel/db/unique-violations';
import { skuKey } from '../normalize.rules';
import { takenCodes } from './products.queries';

/** A variant with its new codes. */
export interface Claim {
  /** Its path in the input with a trailing point, or "". */
  readonly path: string;
  /** The variant itself, if it already exists. */
  readonly variantId?: string;
  readonly sku?: string | undefined;
  readonly barcodes?: readonly string[] | undefined;
}

type Fault = Omit<FieldError, 'code'>;

/**
 * Checks that the codes of variants are free, among themselves and in the catalogue.
 * @throws PosProError ALREADY_EXISTS (409), naming each field.
 */
export async function assertCodesFree(
  db: Queryable,
  organizationId: string,
  claims: readonly Claim[],
): Promise<void> {
  const wanted = new Map<string, { field: string; what: string; value: string }>();
  const faults: Fault[] = [];
  const want = (key: string, field: string, what: string, value: string) => {
    if (wanted.has(key)) faults.push({ field, message: `The ${what} "${value}" is given twice.` });
    else wanted.set(key, { field, what, value });
  };
  for (const { path, sku, barcodes = [] } of claims) {
    if (sku !== undefined) want(`sku ${skuKey(sku)}`, `${path}sku`, 'SKU', sku);
    for (const text of barcodes) want(`barcode ${canonicalBarcode(text)}`, `${path}barcode`, 'barcode', text);
  }
  const keysOf = (kind: string) =>
    [...wanted.keys()].filter((key) => key.startsWith(`${kind} `)).map((key) => key.slice(kind.length + 1));
  const except = claims.flatMap((claim) => claim.variantId ?? []);
  const taken = await takenCodes(db, organizationId, {
    skuKeys: keysOf('sku'),
    codes: keysOf('barcode'),
    except,
  });
  for (const { kind, key, productId } of taken) {
    const { field, what, value } = wanted.get(`${kind} ${key}`)!;
    faults.push({ field, message: `The ${what} "${value}" belongs to the product ${productId}.` });
  }
  if (faults.length > 0) throw alreadyExists(faults);
}

/** Maximum number of generated SKUs that a user has already entered. */
const MAX_ATTEMPTS = 1000;

/** Generates SKUs for variants without one: the next free ones of P000001, P000002, … */
export async function generateSkus(tx: Transaction, count: number): Promise<string[]> {
  const skus: string[] = [];
  for (let attempt = 0; skus.length < count; attempt += 1) {
    invariant(attempt < MAX_ATTEMPTS + count, 'no free SKU was found');
    const sku = `P${String(await nextNumber(tx, 'sku')).padStart(6, '0')}`;
    const taken = await takenCodes(tx, tx.organizationId, { skuKeys: [skuKey(sku)], codes: [] });
    if (taken.length === 0) skus.push(sku);
  }
  return skus;
}
