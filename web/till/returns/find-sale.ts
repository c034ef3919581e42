/** Finds a sale by what a person types or scans: its number, the number of its receipt, or the QR code of the receipt. */
import { SaleByIdDocument, SalesByNumberDocument, type SoldOrderFragment } from '../operations.generated';
import type { TillApi } from '../till-api';

/** The part of a receipt's QR code that names the order. */
const ORDER_IN_CODE = /(?:^|;)order=([0-9a-f-]{36})(?:;|$)/i;

/** @returns undefined for a text that names no sale. @throws GraphError; Unreachable */
export async function findSale(api: TillApi, text: string): Promise<SoldOrderFragment | undefined> {
  const [, id] = ORDER_IN_CODE.exec(text) ?? [];
  if (id !== undefined) return (await api.query(SaleByIdDocument, { id })).order;
  const number = text.trim();
  if (number === '') return undefined;
  const byReceipt = await api.query(SalesByNumberDocument, { receiptNumber: number });
  if (byReceipt.orders.items[0]) return byReceipt.orders.items[0];
  return (await api.query(SalesByNumberDocument, { number })).orders.items[0];
}
