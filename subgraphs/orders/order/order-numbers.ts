/**
 * Human numbers of orders and receipts. Each register counts its own, so that the tills of a branch never wait for each other.
 */
import { nextNumber } from '#kernel/db/counters';
import type { Transaction } from '#kernel/db/database';

/** The numbers of one order. */
export interface OrderNumbers {
  /** For example "MAIN.1-0000042". */
  number: string;
  /** The number on the receipt, which has the same count: "MAIN.1-R0000042". */
  receiptNumber: string;
}

/** Minimum number of digits, so that numbers sort as texts. */
const DIGITS = 7;

/**
 * The series in which an order is numbered: "MAIN.1" for the register 1 of the branch MAIN, "MAIN" without a register. A branch's code
 * has no dot. Characters of a register's code that a receipt's QR code or a file name would not carry become "_".
 */
export function numberSeries(branchCode: string, registerCode: string | undefined): string {
  if (registerCode === undefined) return branchCode;
  return `${branchCode}.${registerCode.replaceAll(/[^\p{L}\p{N}._-]/gu, '_')}`;
}

/**
 * The next numbers of a series, without gaps. The counter is named by the series and not by the register: if a code is given to
 * another register, that one goes on counting, and no number is assigned twice. The series stays locked until the commit.
 */
export async function nextOrderNumbers(tx: Transaction, series: string): Promise<OrderNumbers> {
  const count = await nextNumber(tx, `order:${series}`);
  const digits = String(count).padStart(DIGITS, '0');
  return { number: `${series}-${digits}`, receiptNumber: `${series}-R${digits}` };
}
