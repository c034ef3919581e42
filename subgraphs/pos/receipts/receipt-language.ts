/** The language of a receipt, and its names in that language. */
import { sql, type Queryable } from '#kernel/db/database';
import { documentLanguage, messageWriter } from '#kernel/messages/messages.rules';
import type { SellingTerms } from '#subgraphs/auth/index';
import { itemNamesIn } from '#subgraphs/catalog/index';
import { customerById } from '#subgraphs/customers/index';
import type { FullOrder } from '#subgraphs/orders/index';
import type { PaymentMethod } from '#subgraphs/payments/index';
import type { ReceiptData } from './receipt-layout';
import type { ReceiptPrintRow } from '../tables.generated';

/** The texts of a receipt that its first print decides for all that follow. */
export type ReceiptTexts = Pick<ReceiptPrintRow, 'language' | 'lineNames'>;

/**
 * The texts of an order's receipt: those of its first print. A receipt that was not printed yet is in the language of the customer, else
 * of the branch, else of the organization: in the first that has a catalogue. One statement for a reprint.
 */
export async function receiptTexts(
  db: Queryable,
  { id, customerId, lines }: FullOrder,
  { language: branchLanguage, defaultLanguage }: SellingTerms,
): Promise<ReceiptTexts> {
  const printed = await db.maybeOne<ReceiptTexts>(
    sql`select language, line_names from receipt_prints where organization_id = ${db.organizationId}::uuid and order_id = ${id}::uuid`,
  );
  if (printed) return printed;
  const customer = customerId === null ? undefined : await customerById(db, customerId);
  const language = documentLanguage([customer?.language, branchLanguage, defaultLanguage]);
  return { language, lineNames: await translatedNames(db, language, lines) };
}

/** The names of the lines in a language; empty if they are all as they were sold. */
async function translatedNames(
  db: Queryable,
  language: string,
  lines: FullOrder['lines'],
): Promise<string[]> {
  const names = await itemNamesIn(db, language, lines);
  return names.some((name, index) => name !== lines[index]!.name) ? names : [];
}

/** The names that payment methods have until a shop names them. */
const PRESET = messageWriter('en');

/** The parts of a receipt that follow from its language. A payment method that the shop has named keeps that name. */
export function receiptLanguage(
  { lines }: Pick<FullOrder, 'lines'>,
  { language, lineNames, methods }: ReceiptTexts & { methods: readonly PaymentMethod[] },
): Pick<ReceiptData, 'writer' | 'lineNames' | 'methodNames'> {
  const writer = messageWriter(language);
  const methodNames = methods.map(({ method, name }) => {
    const key = `paymentMethod.${method}` as const;
    return [method, name === PRESET.text(key) ? writer.text(key) : name] as const;
  });
  return {
    writer,
    lineNames: lineNames.length > 0 ? lineNames : lines.map(({ name }) => name),
    methodNames: new Map<string, string>([
      ...methodNames,
      ['exchange', writer.text('paymentMethod.exchange')],
    ]),
  };
}
