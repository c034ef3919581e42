/** A statement as a PDF on A4 sheets. */
import type { Decimal } from '#kernel/decimal';
import { formatMoney } from '#kernel/money';
import { tablePdf, type PdfRow } from '#kernel/typesetting/table-pdf';
import type { CustomerStatement } from './statement';

/** The document's bytes. */
export function statementPdf(
  statement: CustomerStatement,
  organizationName: string,
  createdAt: Date,
): Promise<Buffer> {
  const { from, to, customerName, currency } = statement;
  return tablePdf({
    title: `Statement ${from} to ${to}`,
    sender: organizationName,
    lines: [customerName],
    columns: [
      { title: 'Date', width: 0.18, align: 'start' },
      { title: 'Entry', width: 0.25, align: 'start' },
      { title: 'Due', width: 0.17, align: 'start' },
      { title: 'Amount', width: 0.2, align: 'end' },
      { title: `Balance (${currency})`, width: 0.2, align: 'end' },
    ],
    rows: rowsOf(statement),
    createdAt,
  });
}

function rowsOf({ currency, from, to, entries, ...statement }: CustomerStatement): PdfRow[] {
  const money = (amount: Decimal) => formatMoney(amount, currency);
  return [
    { cells: [from, 'Balance before', '', '', money(statement.balanceBefore)], bold: true },
    ...entries.map(({ businessDate, kind, dueDate, amount, balance }) => ({
      cells: [
        String(businessDate),
        kind,
        dueDate === null ? '' : String(dueDate),
        money(amount),
        money(balance),
      ],
    })),
    { cells: [to, 'Balance', '', '', money(statement.balanceAfter)], bold: true },
  ];
}
