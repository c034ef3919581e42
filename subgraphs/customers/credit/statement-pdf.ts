/** A statement as a PDF on A4 sheets. */
import type { Decimal } from '#kernel/decimal';
import { formatMoney } from '#kernel/money';
import { messageWriter, type MessageWriter } from '#kernel/messages/messages.rules';
import { tablePdf, type PdfRow } from '#kernel/typesetting/table-pdf';
import type { CustomerStatement } from './statement';

/** The document's bytes. */
export function statementPdf(
  statement: CustomerStatement,
  organizationName: string,
  createdAt: Date,
): Promise<Buffer> {
  const { from, to, customerName, currency } = statement;
  const writer = messageWriter(statement.language);
  const { text, day } = writer;
  return tablePdf({
    title: text('statement.title', { from: day(from), to: day(to) }),
    rightToLeft: writer.rightToLeft,
    sender: organizationName,
    lines: [customerName],
    columns: [
      { title: text('statement.date'), width: 0.18, align: 'start' },
      { title: text('statement.entry'), width: 0.25, align: 'start' },
      { title: text('statement.due'), width: 0.17, align: 'start' },
      { title: text('statement.amount'), width: 0.2, align: 'end' },
      { title: text('statement.balanceIn', { currency }), width: 0.2, align: 'end' },
    ],
    rows: rowsOf(statement, writer),
    createdAt,
  });
}

function rowsOf(
  { currency, from, to, entries, ...statement }: CustomerStatement,
  { text, day, decimal }: MessageWriter,
): PdfRow[] {
  const money = (amount: Decimal) => decimal(formatMoney(amount, currency));
  return [
    {
      cells: [day(from), text('statement.balanceBefore'), '', '', money(statement.balanceBefore)],
      bold: true,
    },
    ...entries.map(({ businessDate, kind, dueDate, amount, balance }) => ({
      cells: [
        day(String(businessDate)),
        text(`statementEntry.${kind}`),
        dueDate === null ? '' : day(String(dueDate)),
        money(amount),
        money(balance),
      ],
    })),
    { cells: [day(to), text('statement.balanceAfter'), '', '', money(statement.balanceAfter)], bold: true },
  ];
}
