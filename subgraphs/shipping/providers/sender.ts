/** The address from which an organization sends, as stored. */
import type { FieldError } from '#kernel/errors';
import { addressErrors, normalizeAddress } from '#subgraphs/customers/index';
import { nameErrors } from '#kernel/validation';
import type { SenderAddressInput } from '../inputs.generated';

/** An address on a label. */
export interface SenderAddress {
  readonly recipient: string;
  readonly line1: string;
  readonly line2: string | null;
  readonly city: string;
  readonly region: string | null;
  readonly postalCode: string | null;
  readonly country: string;
  readonly phone: string | null;
}

export function senderErrors(input: SenderAddressInput): FieldError[] {
  const errors = addressErrors(input).filter(({ field }) => field !== 'recipient');
  const named = nameErrors('recipient', input.recipient, { min: 1, max: 200 });
  return [...named, ...errors].map((error) => ({ ...error, field: `sender.${error.field}` }));
}

export function toSender(input: SenderAddressInput): SenderAddress {
  const { line1, line2, city, region, postalCode, country, phone } = normalizeAddress(input);
  return { recipient: input.recipient.trim(), line1, line2, city, region, postalCode, country, phone };
}
