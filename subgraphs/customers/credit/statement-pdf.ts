/** A statement as a PDF on A4 sheets. Texts are in the script of their names; see kernel/typesetting. */
import type { Decimal } from '#kernel/decimal';
import { formatMoney } from '#kernel/money';
import { dejavuFile, drawText, newDocument } from '#kernel/typesetting/draw-text';
import type { CustomerStatement } from './statement';

/** Sizes in points of 1/72 inch. */
const PAGE = { width: 595.28, height: 841.89, margin: 48 };
const LINE = 16;
const SIZE = 9;
const RIGHT = PAGE.width - PAGE.margin;
const LAST_LINE = PAGE.height - PAGE.margin - LINE;

/** A column of the table: its edge, and the side on which its texts end there. */
const COLUMNS = [
  { title: 'Date', x: PAGE.margin, align: 'start', room: 80 },
  { title: 'Entry', x: PAGE.margin + 90, align: 'start', room: 120 },
  { title: 'Due', x: PAGE.margin + 215, align: 'start', room: 80 },
  { title: 'Amount', x: RIGHT - 110, align: 'end', room: 90 },
  { title: 'Balance', x: RIGHT, align: 'end', room: 100 },
] as const;

type Row = readonly [string, string, string, string, string];

/** The document's bytes: each page has the titles of the columns, and its number. */
export async function statementPdf(
  statement: CustomerStatement,
  organizationName: string,
  createdAt: Date,
): Promise<Buffer> {
  const { from, to, customerName, currency } = statement;
  const title = `Statement ${from} to ${to}`;
  const { document, bytes } = newDocument({
    size: [PAGE.width, PAGE.height],
    margin: 0,
    bufferPages: true,
    info: { Title: title, Creator: 'PosPro', CreationDate: createdAt, ModDate: createdAt },
  });
  document
    .registerFont('regular', dejavuFile('DejaVuSans'))
    .registerFont('bold', dejavuFile('DejaVuSans-Bold'));
  const heading = (text: string, baseline: number) =>
    drawText(document, text, {
      x: PAGE.margin,
      baseline,
      size: 11,
      align: 'start',
      room: RIGHT - PAGE.margin,
    });
  heading(organizationName, 60);
  document.font('bold').fontSize(16).text(title, PAGE.margin, 76, { lineBreak: false });
  heading(customerName, 116);
  drawTable(document, rowsOf(statement), currency);
  numberPages(document);
  document.end();
  return bytes;
}

function rowsOf({ currency, from, to, entries, ...statement }: CustomerStatement): readonly Row[] {
  const money = (amount: Decimal) => formatMoney(amount, currency);
  return [
    [from, 'Balance before', '', '', money(statement.balanceBefore)],
    ...entries.map(({ businessDate, kind, dueDate, amount, balance }): Row => [
      String(businessDate),
      kind,
      dueDate === null ? '' : String(dueDate),
      money(amount),
      money(balance),
    ]),
    [to, 'Balance', '', '', money(statement.balanceAfter)],
  ];
}

function drawTable(document: PDFKit.PDFDocument, rows: readonly Row[], currency: string): void {
  const titles = COLUMNS.map(({ title }) => (title === 'Balance' ? `${title} (${currency})` : title));
  let top = 140;
  const draw = (cells: readonly string[], font: 'regular' | 'bold') => {
    document.font(font).fontSize(SIZE);
    COLUMNS.forEach(({ x, align, room }, index) => {
      const left = align === 'end' ? x - room : x;
      document.text(cells[index]!, left, top, {
        width: room,
        align: align === 'end' ? 'right' : 'left',
        lineBreak: false,
      });
    });
    top += LINE;
  };
  draw(titles, 'bold');
  rows.forEach((row, index) => {
    if (top > LAST_LINE) {
      document.addPage();
      top = PAGE.margin;
      draw(titles, 'bold');
    }
    draw(row, index === 0 || index === rows.length - 1 ? 'bold' : 'regular');
  });
}

function numberPages(document: PDFKit.PDFDocument): void {
  const { count } = document.bufferedPageRange();
  for (let page = 0; page < count; page += 1) {
    document.switchToPage(page);
    document
      .font('regular')
      .fontSize(SIZE)
      .text(`${page + 1} / ${count}`, PAGE.margin, PAGE.height - 30, { lineBreak: false });
  }
}
