/** Documents on A4 sheets with one table: statements, lists. Texts are in the script of their letters. */
import { drawBarcode } from './draw-barcode';
import { dejavuFile, drawText, newDocument } from './draw-text';

/** Sizes in points of 1/72 inch. */
const PAGE = { width: 595.28, height: 841.89, margin: 48 };
const LINE = 16;
const SIZE = 9;
const ROOM = PAGE.width - 2 * PAGE.margin;
const LAST_LINE = PAGE.height - PAGE.margin - LINE;
const GAP = 8;
/** Room of a barcode. */
const BARCODE_ROOM = 200;

/** A column of the table. */
export interface PdfColumn {
  readonly title: string;
  /** Its part of the width of the sheet; the parts of all columns sum to 1. */
  readonly width: number;
  /** The side to which its texts are set: numbers to the end. */
  readonly align: 'start' | 'end';
}

/** A row: a text for each column. */
export interface PdfRow {
  readonly cells: readonly string[];
  readonly bold?: boolean;
}

/** A document with one table. */
export interface TableDocument {
  readonly title: string;
  /** The line above the title: whose document it is. */
  readonly sender: string;
  /** A text of ASCII characters that stands above the table, opposite to the title, as a Code 128 barcode with the text below it. */
  readonly barcode?: string;
  /** The lines below the title. */
  readonly lines: readonly string[];
  readonly columns: readonly PdfColumn[];
  readonly rows: readonly PdfRow[];
  /** Whether the document is written from right to left: the columns, too. Defaults to false. */
  readonly rightToLeft?: boolean;
  /** The time in the document: the same content with the same time is the same file. */
  readonly createdAt: Date;
}

/** The document's bytes. Each page has the titles of the columns, and its number. */
export async function tablePdf(content: TableDocument): Promise<Buffer> {
  const { title, sender, barcode, lines, createdAt, rightToLeft = false } = content;
  const { document, bytes } = newDocument({
    size: [PAGE.width, PAGE.height],
    margin: 0,
    bufferPages: true,
    info: { Title: title, Creator: 'PosPro', CreationDate: createdAt, ModDate: createdAt },
  });
  document
    .registerFont('regular', dejavuFile('DejaVuSans'))
    .registerFont('bold', dejavuFile('DejaVuSans-Bold'));
  const edge = rightToLeft
    ? ({ x: PAGE.width - PAGE.margin, align: 'end' } as const)
    : ({ x: PAGE.margin, align: 'start' } as const);
  const heading = (text: string, baseline: number, room = ROOM) =>
    drawText(document, text, { ...edge, baseline, size: 11, room });
  heading(sender, 60, barcode === undefined ? ROOM : ROOM - BARCODE_ROOM);
  if (rightToLeft) drawText(document, title, { ...edge, baseline: 91, size: 16, room: ROOM });
  else document.font('bold').fontSize(16).text(title, PAGE.margin, 76, { lineBreak: false });
  if (barcode !== undefined) drawCode(document, barcode, rightToLeft);
  lines.forEach((line, index) => heading(line, 116 + index * LINE));
  drawTable(document, content, 124 + lines.length * LINE);
  numberPages(document);
  document.end();
  return bytes;
}

function drawCode(document: PDFKit.PDFDocument, barcode: string, rightToLeft: boolean): void {
  const inset = PAGE.margin + BARCODE_ROOM / 2;
  const middle = { x: rightToLeft ? inset : PAGE.width - inset, room: BARCODE_ROOM };
  drawBarcode(document, barcode, { ...middle, top: 44, height: 36 });
  drawText(document, barcode, { ...middle, baseline: 92, size: SIZE, align: 'center' });
}

function drawTable(
  document: PDFKit.PDFDocument,
  { columns, rows, rightToLeft = false }: Pick<TableDocument, 'columns' | 'rows' | 'rightToLeft'>,
  top: number,
): void {
  let y = top;
  const draw = ({ cells, bold }: PdfRow) => {
    let before = 0;
    columns.forEach(({ width, align }, index) => {
      const room = width * ROOM;
      const x = PAGE.margin + (rightToLeft ? ROOM - before - room + GAP : before);
      const side = (align === 'end') === rightToLeft ? 'start' : 'end';
      drawCell(document, cells[index]!, { x, y, room, align: side }, bold ? 'bold' : 'regular');
      before += room;
    });
    y += LINE;
  };
  const titles: PdfRow = { cells: columns.map(({ title }) => title), bold: true };
  draw(titles);
  for (const row of rows) {
    if (y > LAST_LINE) {
      document.addPage();
      y = PAGE.margin;
      draw(titles);
    }
    draw(row);
  }
}

/** Draws a cell in its room, to the left (`start`) or the right; a longer text is narrowed. Latin texts stand in the font of the row, others in that of their script. */
function drawCell(
  document: PDFKit.PDFDocument,
  text: string,
  { x, y, room, align }: { x: number; y: number; room: number; align: 'start' | 'end' },
  font: 'regular' | 'bold',
): void {
  const space = room - GAP;
  document.font(font).fontSize(SIZE);
  if (/^[\p{Script=Latin}\p{Script=Common}]*$/u.test(text) && document.widthOfString(text) <= space) {
    document.text(text, x, y, { width: space, align: align === 'end' ? 'right' : 'left', lineBreak: false });
    return;
  }
  const edge = align === 'end' ? x + space : x;
  drawText(document, text, { x: edge, baseline: y + SIZE, size: SIZE, align, room: space });
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
