/** The address of an order on a label: errors are found before anything is bought. */
import type { FieldError } from '#kernel/errors';
import type { OrderRow } from '#subgraphs/orders/index';
import type { LabelAddress } from '../providers/carrier';

const FIELD = 'shippingAddress';

/** The most characters of a line on a label; carriers reject or cut longer ones. */
const MAX_LINE = 50;

const required = (field: string, message: string): FieldError => ({
  field: `${FIELD}.${field}`,
  message,
  code: 'REQUIRED',
});

/**
 * The address to which an order goes, or its errors.
 * @param customerName the recipient if the address names none.
 */
export function labelAddress(
  { number, shippingAddress }: Pick<OrderRow, 'number' | 'shippingAddress'>,
  customerName: string | null,
): { address: LabelAddress } | { errors: FieldError[] } {
  if (!shippingAddress)
    return {
      errors: [{ field: FIELD, message: `Order ${number} has no shipping address.`, code: 'REQUIRED' }],
    };
  const recipient = shippingAddress.recipient ?? customerName;
  const errors = Object.entries({ ...shippingAddress, recipient })
    .filter(([, text]) => typeof text === 'string' && text.length > MAX_LINE)
    .map(([field]) => ({
      field: `${FIELD}.${field}`,
      message: `A label has room for ${MAX_LINE} characters.`,
      code: 'LENGTH',
    }));
  if (recipient === null || recipient.trim() === '')
    errors.push(required('recipient', 'A label needs the name of the recipient.'));
  if (shippingAddress.postalCode === null && !WITHOUT_POSTAL_CODES.has(shippingAddress.country))
    errors.push(required('postalCode', 'A label needs the postal code.'));
  if (errors.length > 0) return { errors };
  return { address: { ...shippingAddress, recipient: recipient! } };
}

/** Countries without postal codes, or in which letters have none (Universal Postal Union). */
const WITHOUT_POSTAL_CODES: ReadonlySet<string> = new Set([
  'AE', 'AG', 'AN', 'AO', 'AW', 'BF', 'BI', 'BJ', 'BO', 'BS', 'BW', 'BZ', 'CD', 'CF', 'CG', 'CI', 'CK', 'CM', 'DJ', 'DM', 'ER', 'FJ', 'GA',
  'GD', 'GH', 'GM', 'GN', 'GQ', 'GY', 'HK', 'KI', 'KM', 'KN', 'KP', 'LC', 'LY', 'ML', 'MO', 'MR', 'MW', 'NR', 'NU', 'QA', 'RW', 'SB', 'SC',
  'SL', 'SR', 'ST', 'SY', 'TD', 'TF', 'TG', 'TK', 'TL', 'TO', 'TV', 'UG', 'VU', 'YE', 'ZW',
]); // prettier-ignore
