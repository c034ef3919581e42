/** The contents of a receipt, in parts that all formats share. Pure. */
import { type Decimal, formatDecimal } from '#kernel/decimal';
import type { MessageWriter } from '#kernel/messages/messages.rules';
import { formatMoney, formatUnitPrice } from '#kernel/money';
import type { SellingTerms } from '#subgraphs/auth/index';
import { taxesOf, type FullOrder, type OrderLineRow } from '#subgraphs/orders/index';
import type { PaymentRow } from '#subgraphs/payments/index';

/** The data that a receipt shows. */
export interface ReceiptData {
  order: FullOrder;
  terms: SellingTerms;
  payments: readonly Pick<PaymentRow, 'method' | 'amount' | 'reference'>[];
  cashierName: string | null;
  registerName: string | null;
  /** The receipt number of the returned sale. */
  originalReceipt: string | null;
  /** 1 for the original. */
  copy: number;
  /** The name of each payment method. */
  methodNames: ReadonlyMap<string, string>;
  /** The names of the lines, in their order. */
  lineNames: readonly string[];
  /** Writes the fixed texts, amounts and dates in the receipt's language. */
  writer: MessageWriter;
}

/** One line of a receipt's table: a text on the left, one on the right. */
export interface ReceiptRow {
  left: string;
  right: string;
  /** Whether the row explains the row above it. */
  detail?: boolean;
  strong?: boolean;
}

/** A receipt in parts, from which every format is made. */
export interface ReceiptLayout {
  /** BCP 47. */
  language: string;
  /** Whether the receipt is laid out from right to left: texts on the right, amounts on the left. */
  rightToLeft: boolean;
  title: string;
  head: string[];
  /** Marks of a receipt that is not a plain original, such as RETURN or COPY 1. */
  marks: string[];
  details: ReceiptRow[];
  items: ReceiptRow[];
  totals: ReceiptRow[];
  tenders: ReceiptRow[];
  /** The titles of the columns of `taxes`: rate, net amount and tax. */
  taxTitles: readonly [string, string, string];
  taxes: { rate: string; net: string; tax: string }[];
  foot: string[];
  /** The text of the QR code: enough to find the order and to compare the receipt with it. */
  code: string;
}

/** Lays out a receipt. */
export function receiptLayout(data: ReceiptData): ReceiptLayout {
  const { order, terms, lineNames, writer } = data;
  const { text } = writer;
  const linesOf = (lines: string | null) => (lines ? lines.split(/\r?\n/) : []);
  const money = (amount: Decimal) => moneyText(writer, amount, order.currency);
  return {
    language: writer.language,
    rightToLeft: writer.rightToLeft,
    title: terms.organizationName,
    head: [
      ...(terms.branchName === terms.organizationName ? [] : [terms.branchName]),
      ...linesOf(terms.address),
      ...(terms.taxNumber ? [text('receipt.taxNumber', { number: terms.taxNumber })] : []),
      ...linesOf(terms.receiptHeader),
    ],
    marks: marksOf(data),
    details: detailRows(data),
    items: order.lines.flatMap((line, index) => itemRows(data, line, lineNames[index]!)),
    totals: totalRows(data),
    tenders: tenderRows(data),
    taxTitles: [text('receipt.tax'), text('receipt.net'), text('receipt.taxAmount')],
    taxes: taxesOf(order.lines).map(({ rate, net, tax }) => ({
      rate: `${writer.decimal(formatDecimal(rate))} %`,
      net: money(net),
      tax: money(tax),
    })),
    foot: linesOf(terms.receiptFooter),
    code: verificationText(order),
  };
}

function moneyText({ decimal }: MessageWriter, amount: Decimal, currency: string): string {
  return decimal(formatMoney(amount, currency));
}

function marksOf({ order, copy, writer: { text } }: ReceiptData): string[] {
  return [
    ...(order.training ? [text('receipt.training')] : []),
    ...(order.voids ? [text('receipt.void')] : order.kind === 'return' ? [text('receipt.return')] : []),
    ...(copy > 1 ? [text('receipt.copy', { number: copy - 1 })] : []),
  ];
}

/**
 * The text of a receipt's QR code. Only someone who has seen the order knows its id, so an inspector who scans the code can request
 * the order and compare.
 *
 * @example
 * 'receipt=MAIN.1-R0000042;order=0190…;at=2026-01-31T18:04:05Z;total=12.50;currency=EUR'
 */
function verificationText(order: FullOrder): string {
  const parts: [string, string][] = [
    ['receipt', order.receiptNumber ?? order.number],
    ['order', order.id],
    ['at', order.createdAt.toISOString().replace(/\.\d+Z$/, 'Z')],
    ['total', formatMoney(order.total, order.currency)],
    ['currency', order.currency],
  ];
  return parts.map(([name, value]) => `${name}=${value}`).join(';');
}

function detailRows(data: ReceiptData): ReceiptRow[] {
  const { order, terms, cashierName, registerName, originalReceipt, writer } = data;
  const { text } = writer;
  const rows: [string, string | null][] = [
    [text('receipt.number'), order.receiptNumber ?? order.number],
    [text('receipt.original'), originalReceipt],
    [text('receipt.date'), writer.moment(order.createdAt, terms.timeZone)],
    [text('receipt.register'), registerName],
    [text('receipt.cashier'), cashierName],
  ];
  return rows.flatMap(([left, right]) => (right === null ? [] : [{ left, right }]));
}

function itemRows({ order, writer }: ReceiptData, line: OrderLineRow, name: string): ReceiptRow[] {
  const { text, decimal } = writer;
  const { currency } = order;
  const rows: ReceiptRow[] = [{ left: name, right: moneyText(writer, line.subtotal, currency) }];
  if (!line.quantity.equals(1)) {
    const unit = line.unit === 'piece' ? '' : ` ${line.unit}`;
    const quantity = decimal(formatDecimal(line.quantity)) + unit;
    const price = decimal(formatUnitPrice(line.unitPrice, currency));
    rows.push({ left: text('receipt.quantity', { quantity, price }), right: '', detail: true });
  }
  if (!line.discount.isZero()) {
    rows.push({
      left: text('receipt.discount'),
      right: moneyText(writer, line.discount.negated(), currency),
      detail: true,
    });
  }
  for (const left of line.note?.split(/\r?\n/) ?? []) rows.push({ left, right: '', detail: true });
  return rows;
}

function totalRows({ order, writer }: ReceiptData): ReceiptRow[] {
  const { text } = writer;
  const { currency } = order;
  const row = (left: string, amount: Decimal) => ({ left, right: moneyText(writer, amount, currency) });
  const taxed = !order.pricesIncludeTax && !order.taxTotal.isZero();
  const plain = order.discountTotal.isZero() && order.rounding.isZero() && !taxed;
  return [
    ...(plain ? [] : [row(text('receipt.subtotal'), order.subtotal)]),
    ...(order.discountTotal.isZero() ? [] : [row(text('receipt.discounts'), order.discountTotal.negated())]),
    ...(taxed ? [row(text('receipt.tax'), order.taxTotal)] : []),
    ...(order.rounding.isZero() ? [] : [row(text('receipt.rounding'), order.rounding)]),
    { ...row(text('receipt.total', { currency }), order.total), strong: true },
  ];
}

/** Change is paid from the cash, so the cash handed over is the stored amount plus the change. */
function tenderRows(data: ReceiptData): ReceiptRow[] {
  const { order, payments, methodNames, writer } = data;
  const money = (amount: Decimal) => moneyText(writer, amount, order.currency);
  const lastCash = payments.map(({ method }) => method).lastIndexOf('cash');
  const rows = payments.map(({ method, amount, reference }, index): ReceiptRow => {
    const name = methodNames.get(method) ?? method;
    const amountHandedOver = index === lastCash ? amount.plus(order.change) : amount;
    return { left: reference ? `${name} ${reference}` : name, right: money(amountHandedOver) };
  });
  const change = { left: writer.text('receipt.change'), right: money(order.change) };
  return [...rows, ...(order.change.isZero() ? [] : [change]), ...tipRows(data)];
}

/** A tip is not part of the total, and so not part of the payments. */
function tipRows({ order, methodNames, writer }: ReceiptData): ReceiptRow[] {
  if (order.tipMethod === null) return [];
  const method = methodNames.get(order.tipMethod) ?? order.tipMethod;
  const right = moneyText(writer, order.tip, order.currency);
  return [{ left: writer.text('receipt.tip', { method }), right }];
}
