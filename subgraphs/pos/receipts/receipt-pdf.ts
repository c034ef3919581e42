/** A receipt as a PDF as wide as a roll (80 or 58 mm) and as high as needed. */
import { create as createQr } from 'qrcode';
import { dejavuFile, drawText, newDocument } from '#kernel/typesetting/draw-text';
import { isColumnar } from '#kernel/typesetting/shape-text';
import { iterateInTurns } from './iterate-in-turns';
import type { ReceiptLayout } from './receipt-layout';
import {
  COLUMNS,
  lineText,
  receiptLines,
  roomOf,
  type Cell,
  type PaperWidth,
  type ReceiptLine,
} from './receipt-lines.rules';

/** Width of the paper and margin beside the columns, in points of 1/72 inch. */
const PAGES: Readonly<Record<PaperWidth, { width: number; margin: number }>> = {
  58: { width: 164.41, margin: 5 },
  80: { width: 226.77, margin: 12 },
};
const SPACE = 12;
const FONT_SIZE = 8;
/** A character of DejaVu Sans Mono is 0.602 ems wide. */
const COLUMN_WIDTH = FONT_SIZE * 0.602;
const LINE_HEIGHT = 10.5;
const BASELINE = 7.4;
const QR_SIZE = 90;
const LOGO_HEIGHT = 60;

export interface PdfParts {
  /** The receipt's number, for the document's title. */
  number: string;
  createdAt: Date;
  /** A PNG or a JPEG. */
  logo: Buffer | null;
  paper: PaperWidth;
}

/** The document's bytes. */
export async function receiptPdf(
  layout: ReceiptLayout,
  { number, createdAt, logo, paper }: PdfParts,
): Promise<Buffer> {
  const columns = COLUMNS[paper];
  const { width, margin } = PAGES[paper];
  const lines: ReceiptLine[] = [];
  for await (const line of iterateInTurns(receiptLines(layout, columns))) lines.push(line);
  const logoSpace = logo ? LOGO_HEIGHT + SPACE : 0;
  const height = 2 * SPACE + logoSpace + lines.length * LINE_HEIGHT + SPACE + QR_SIZE;
  const { document, bytes } = newDocument({
    size: [width, height],
    margin: 0,
    lang: layout.language,
    info: { Title: number, Creator: 'PosPro', CreationDate: createdAt, ModDate: createdAt },
  });
  document
    .registerFont('regular', dejavuFile('DejaVuSansMono'))
    .registerFont('bold', dejavuFile('DejaVuSansMono-Bold'));
  if (logo) {
    const box: [number, number] = [width - 2 * margin, LOGO_HEIGHT];
    document.image(logo, margin, SPACE, { fit: box, align: 'center', valign: 'center' });
  }
  for await (const [index, line] of iterateInTurns(lines.entries())) {
    drawLine(document, line, { columns, left: margin, top: SPACE + logoSpace + index * LINE_HEIGHT });
  }
  drawQr(document, layout.code, { left: (width - QR_SIZE) / 2, top: height - SPACE - QR_SIZE });
  document.end();
  return bytes;
}

interface Place {
  columns: number;
  left: number;
  top: number;
}

function drawLine(document: PDFKit.PDFDocument, line: ReceiptLine, { columns, left, top }: Place): void {
  const text = lineText(line, columns).normalize('NFC');
  document.font(line.strong ? 'bold' : 'regular').fontSize(FONT_SIZE);
  if (isColumnar(text)) {
    document.text(text, left, top, { lineBreak: false });
    return;
  }
  line.cells.forEach((cell, index) => {
    const room = roomOf(line.cells, index, columns) * COLUMN_WIDTH;
    drawCell(document, cell, { room, left, top, columns });
  });
}

/** Draws a cell; narrower if it would push an amount away. */
function drawCell(
  document: PDFKit.PDFDocument,
  { text, align, column }: Cell,
  { room, left, top, columns }: Place & { room: number },
): void {
  const edge = left + column * COLUMN_WIDTH;
  const x = align === 'center' ? left + (columns * COLUMN_WIDTH) / 2 : edge;
  drawText(document, text, { x, baseline: top + BASELINE, size: FONT_SIZE, align, room });
}

function drawQr(
  document: PDFKit.PDFDocument,
  text: string,
  { left, top }: { left: number; top: number },
): void {
  const { modules } = createQr(text, { errorCorrectionLevel: 'M' });
  const dot = QR_SIZE / modules.size;
  for (let row = 0; row < modules.size; row += 1) {
    for (let column = 0; column < modules.size; column += 1) {
      if (modules.get(row, column)) document.rect(left + column * dot, top + row * dot, dot, dot);
    }
  }
  document.fill('black');
}
