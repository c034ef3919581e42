/** The contents of a receipt, in parts that all formats share. Pure. */
import { localTime } from '#kernel/business-day.rules';
import { type Decimal, formatDecimal } from '#kernel/decimal';
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
  title: string;
  head: string[];
  /** Marks of a receipt that is not a plain original, such as RETURN or COPY 1. */
  marks: string[];
  details: ReceiptRow[];
  items: ReceiptRow[];
  totals: ReceiptRow[];
  tenders: ReceiptRow[];
  taxes: { rate: string; net: string; tax: string }[];
  foot: string[];
  /** The text of the QR code: enough to find the order and to compare the receipt with it. */
  code: string;
}

/** Lays out a receipt. */
export function receiptLayout(data: ReceiptData): ReceiptLayout {
  const { order, terms, copy } = data;
  const linesOf = (text: string | null) => (text ? text.split(/\r?\n/) : []);
  return {
    title: terms.organizationName,
    head: [
      ...(terms.branchName === terms.organizationName ? [] : [terms.branchName]),
      ...linesOf(terms.address),
      ...(terms.taxNumber ? [`Tax no. ${terms.taxNumber}`] : []),
      ...linesOf(terms.receiptHeader),
    ],
    marks: marksOf(order, copy),
    details: detailRows(data),
    items: order.lines.flatMap((line) => itemRows(order, line)),
    totals: totalRows(order),
    tenders: tenderRows(data),
    taxes: taxesOf(order.lines).map(({ rate, net, tax }) => ({
      rate: `${formatDecimal(rate)} %`,
      net: formatMoney(net, order.currency),
      tax: formatMoney(tax, order.currency),
    })),
    foot: linesOf(terms.receiptFooter),
    code: verificationText(order),
  };
}

function marksOf(order: FullOrder, copy: number): string[] {
  return [
    ...(order.training ? ['TRAINING - NOT A RECEIPT'] : []),
    ...(order.voids ? ['VOID'] : order.kind === 'return' ? ['RETURN'] : []),
    ...(copy > 1 ? [`COPY ${copy - 1}`] : []),
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

function detailRows({ order, terms, cashierName, registerName, originalReceipt }: ReceiptData): ReceiptRow[] {
  const rows: [string, string | null][] = [
    ['Receipt', order.receiptNumber ?? order.number],
    ['For receipt', originalReceipt],
    ['Date', localTime(order.createdAt, terms.timeZone)],
    ['Register', registerName],
    ['Cashier', cashierName],
  ];
  return rows.flatMap(([left, right]) => (right === null ? [] : [{ left, right }]));
}

function itemRows(order: FullOrder, line: OrderLineRow): ReceiptRow[] {
  const price = formatUnitPrice(line.unitPrice, order.currency);
  const unit = line.unit === 'piece' ? '' : ` ${line.unit}`;
  const rows: ReceiptRow[] = [{ left: line.name, right: formatMoney(line.subtotal, order.currency) }];
  if (!line.quantity.equals(1))
    rows.push({ left: `${formatDecimal(line.quantity)}${unit} x ${price}`, right: '', detail: true });
  if (!line.discount.isZero()) {
    rows.push({
      left: 'Discount',
      right: formatMoney(line.discount.negated(), order.currency),
      detail: true,
    });
  }
  for (const left of line.note?.split(/\r?\n/) ?? []) rows.push({ left, right: '', detail: true });
  return rows;
}

function totalRows(order: FullOrder): ReceiptRow[] {
  const money = (amount: Decimal) => formatMoney(amount, order.currency);
  const taxed = !order.pricesIncludeTax && !order.taxTotal.isZero();
  const plain = order.discountTotal.isZero() && order.rounding.isZero() && !taxed;
  return [
    ...(plain ? [] : [{ left: 'Subtotal', right: money(order.subtotal) }]),
    ...(order.discountTotal.isZero()
      ? []
      : [{ left: 'Discounts', right: money(order.discountTotal.negated()) }]),
    ...(taxed ? [{ left: 'Tax', right: money(order.taxTotal) }] : []),
    ...(order.rounding.isZero() ? [] : [{ left: 'Rounding', right: money(order.rounding) }]),
    { left: `TOTAL ${order.currency}`, right: money(order.total), strong: true },
  ];
}

/** Change is paid from the cash, so the cash handed over is the stored amount plus the change. */
function tenderRows({ order, payments, methodNames }: ReceiptData): ReceiptRow[] {
  const money = (amount: Decimal) => formatMoney(amount, order.currency);
  const lastCash = payments.map(({ method }) => method).lastIndexOf('cash');
  const rows = payments.map(({ method, amount, reference }, index): ReceiptRow => {
    const name = methodNames.get(method) ?? method;
    const amountHandedOver = index === lastCash ? amount.plus(order.change) : amount;
    return { left: reference ? `${name} ${reference}` : name, right: money(amountHandedOver) };
  });
  const change = order.change.isZero() ? [] : [{ left: 'Change', right: money(order.change) }];
  return [...rows, ...change, ...tipRows({ order, methodNames })];
}

/** A tip is not part of the total, and so not part of the payments. */
function tipRows({ order, methodNames }: Pick<ReceiptData, 'order' | 'methodNames'>): ReceiptRow[] {
  if (order.tipMethod === null) return [];
  const name = methodNames.get(order.tipMethod) ?? order.tipMethod;
  return [{ left: `Tip, ${name}`, right: formatMoney(order.tip, order.currency) }];
}
