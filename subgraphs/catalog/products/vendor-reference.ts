/** The vendor that a product names. Vendors are a later domain, so the database checks the reference. */
import { violatedConstraint } from '#kernel/db/pg-errors';
import { invalidFields, type FieldError } from '#kernel/errors';
import { GIFT_CARD_VENDOR, UNKNOWN_VENDOR } from './product-validators.rules';

/** The errors of the constraints that guard the reference. */
const VIOLATIONS: Readonly<Record<string, FieldError>> = {
  products_organization_id_vendor_id_fkey: UNKNOWN_VENDOR,
  products_vendor_gift_card: GIFT_CARD_VENDOR,
};

/** Runs work that writes products. @throws PosProError 422 by field for an unknown vendor, and for the vendor of a gift card. */
export async function withKnownVendor<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const fieldError = VIOLATIONS[violatedConstraint(error) ?? ''];
    throw fieldError ? invalidFields([fieldError]) : error;
  }
}
