/** The fields of a customer after a merge. Pure. */
import { Decimal } from '#kernel/decimal';
import type { CustomerRow } from '../model';
import type { CustomerChange } from '../write-customers';

/**
 * The kept customer's values; those that it lacks come from the duplicate. Tags and notes of both remain, and the higher credit limit.
 * Consents are not decided here: the histories of both are merged.
 */
export function mergedValues(
  kept: CustomerRow,
  duplicate: CustomerRow,
): Omit<CustomerChange, 'creditLimitApprovedBy'> {
  const phones = kept.phone === null ? duplicate : kept;
  const notes = [...new Set([kept.notes, duplicate.notes])].filter((text) => text !== null);
  return {
    id: kept.id,
    code: kept.code ?? duplicate.code,
    name: kept.name,
    email: kept.email ?? duplicate.email,
    phone: phones.phone,
    phoneE164: phones.phoneE164,
    taxNumber: kept.taxNumber ?? duplicate.taxNumber,
    language: kept.language ?? duplicate.language,
    notes: notes.length === 0 ? null : notes.join('\n'),
    tags: [...new Set([...kept.tags, ...duplicate.tags])],
    creditLimit: Decimal.max(kept.creditLimit, duplicate.creditLimit),
    paymentDays: kept.paymentDays,
    marketingConsent: kept.marketingConsent,
    hadConsent: kept.marketingConsent,
  };
}
