/**
 * Reads one trading day of the "Online Retail" data and says what a correct point of sale must find at its end. The sums here
 * are taken from the file alone, by plain addition: they know nothing of PosPro.
 */
import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { Decimal, ZERO, sum } from '#kernel/decimal';

interface CsvLine {
  InvoiceNo: string;
  StockCode: string;
  Description: string;
  Quantity: string;
  InvoiceDate: string;
  UnitPrice: string;
}

export interface InvoiceLine {
  code: string;
  quantity: Decimal;
  price: Decimal;
}

/** What stands under one invoice number, in the file's order. */
export interface Invoice {
  number: string;
  /** `sale`, a credit note (`return`), or stock found missing (`adjustment`: negative lines outside credit notes). */
  kind: 'sale' | 'return' | 'adjustment';
  lines: InvoiceLine[];
}

export interface CatalogueItem {
  code: string;
  name: string;
  price: Decimal;
  /** Postage, manual lines, bank charges: sold, but no stock. */
  service: boolean;
  /** As many as the day sells, and what it loses, so that the day can be replayed at all. */
  initialStock: Decimal;
}

export interface RetailDay {
  invoices: Invoice[];
  catalogue: CatalogueItem[];
  sales: Decimal;
  returns: Decimal;
  net: Decimal;
  salesCount: number;
  returnsCount: number;
  lineCount: number;
  /** Per item: sold, returned and lost units; services are among the sold but move no stock. */
  moved: Map<string, { sold: Decimal; returned: Decimal; lost: Decimal }>;
}

/** Stock codes are five digits and perhaps letters; everything else (POST, M, D, C2, DOT, BANK CHARGES) is a service. */
const STOCK_CODE = /^\d{5}/;

export function readRetailDay(file: string): RetailDay {
  const rows = parse<CsvLine>(readFileSync(file), { columns: true, bom: true });
  const invoices = groupInvoices(rows);
  const moved = countMoves(invoices);
  const amount = (kind: Invoice['kind']) =>
    sum(
      invoices
        .filter((invoice) => invoice.kind === kind)
        .flatMap(({ lines }) => lines.map((l) => l.quantity.times(l.price))),
    );
  const sales = amount('sale');
  const returns = amount('return').negated();
  return {
    invoices,
    catalogue: makeCatalogue(rows, moved),
    sales,
    returns,
    net: sales.minus(returns),
    salesCount: invoices.filter(({ kind }) => kind === 'sale').length,
    returnsCount: invoices.filter(({ kind }) => kind === 'return').length,
    lineCount: rows.length,
    moved,
  };
}

function groupInvoices(rows: readonly CsvLine[]): Invoice[] {
  const invoices = new Map<string, Invoice>();
  for (const row of rows) {
    const quantity = new Decimal(row.Quantity);
    const credit = row.InvoiceNo.startsWith('C');
    const kind = credit ? 'return' : quantity.isNegative() ? 'adjustment' : 'sale';
    const key = `${row.InvoiceNo}:${kind}`;
    const invoice = invoices.get(key) ?? { number: row.InvoiceNo, kind, lines: [] };
    invoice.lines.push({ code: row.StockCode, quantity, price: new Decimal(row.UnitPrice) });
    invoices.set(key, invoice);
  }
  return [...invoices.values()];
}

function countMoves(invoices: readonly Invoice[]): RetailDay['moved'] {
  const moved: RetailDay['moved'] = new Map();
  for (const { kind, lines } of invoices) {
    for (const { code, quantity } of lines) {
      const item = moved.get(code) ?? { sold: ZERO, returned: ZERO, lost: ZERO };
      if (kind === 'sale') item.sold = item.sold.plus(quantity);
      else if (kind === 'return') item.returned = item.returned.minus(quantity);
      else item.lost = item.lost.minus(quantity);
      moved.set(code, item);
    }
  }
  return moved;
}

function makeCatalogue(rows: readonly CsvLine[], moved: RetailDay['moved']): CatalogueItem[] {
  const items = new Map<string, CatalogueItem>();
  for (const row of rows) {
    const price = new Decimal(row.UnitPrice);
    const known = items.get(row.StockCode);
    if (known) {
      if (known.name === known.code && row.Description.trim()) known.name = row.Description.trim();
      if (known.price.isZero()) known.price = price;
      continue;
    }
    const { sold, lost } = moved.get(row.StockCode)!;
    items.set(row.StockCode, {
      code: row.StockCode,
      name: row.Description.trim() || row.StockCode,
      price,
      service: !STOCK_CODE.test(row.StockCode),
      initialStock: sold.plus(lost),
    });
  }
  return [...items.values()];
}
