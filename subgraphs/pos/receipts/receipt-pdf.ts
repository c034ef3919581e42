/** A receipt as a PDF as wide as a roll (80 or 58 mm) and as high as needed. */
import { createRequire } from 'node:module';
import PDFDocument from 'pdfkit';
import { create as createQr } from 'qrcode';
import { displayWidth } from './display-width.rules';
import { iterateInTurns } from './iterate-in-turns';
import type { ReceiptLayout } from './receipt-layout';
import {
  COLUMNS,
  lineText,
  receiptLines,
  type Cell,
  type PaperWidth,
  type ReceiptLine,
} from './receipt-lines.rules';
import { fontData, runWidth, isColumnar, visualRuns } from './shape-text';

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

// The fonts that every PDF reader has contain only Western European letters.
const fontFile = (name: string) => createRequire(__filename).resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`);

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
  const document = new PDFDocument({
    size: [width, height],
    margin: 0,
    info: { Title: number, Creator: 'PosPro', CreationDate: createdAt, ModDate: createdAt },
  });
  const bytes = collect(document);
  document
    .registerFont('regular', fontFile('DejaVuSansMono'))
    .registerFont('bold', fontFile('DejaVuSansMono-Bold'));
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
    drawCell(document, cell, { room: roomOf(line.cells, index, columns), left, top, columns });
  });
}

/** Space up to the next text, in points. */
function roomOf(cells: readonly Cell[], index: number, columns: number): number {
  const { align, column } = cells[index]!;
  const next = cells[index + 1];
  const end = align === 'start' && next ? next.column - displayWidth(next.text) - 1 : columns;
  return (align === 'start' ? end - column : end) * COLUMN_WIDTH;
}

/** Draws runs of glyphs from left to right, each in its font; narrower if they would push an amount away. */
function drawCell(document: PDFKit.PDFDocument, cell: Cell, place: Place & { room: number }): void {
  const runs = visualRuns(cell.text).map((run) => ({ ...run, width: runWidth(run) * FONT_SIZE }));
  const natural = runs.reduce((sum, run) => sum + run.width, 0);
  const squeeze = Math.min(1, place.room / natural);
  const drawnWidth = natural * squeeze;
  const edge = place.left + cell.column * COLUMN_WIDTH;
  const middle = place.left + (place.columns * COLUMN_WIDTH - drawnWidth) / 2;
  let x = cell.align === 'end' ? edge - drawnWidth : cell.align === 'center' ? middle : edge;
  for (const { font, text, width } of runs) {
    document.registerFont(font.name, fontData(font)).font(font.name);
    // With `features`, even an empty list, pdfkit shapes the text as a whole, and so in the right order.
    const options = {
      lineBreak: false,
      features: [],
      baseline: 'alphabetic',
      horizontalScaling: squeeze * 100,
    } as const;
    document.text(text, x, place.top + BASELINE, options as unknown as PDFKit.Mixins.TextOptions);
    x += width * squeeze;
  }
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

function collect(document: PDFKit.PDFDocument): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    document.on('data', (part: Buffer) => parts.push(part));
    document.on('end', () => resolve(Buffer.concat(parts)));
    document.on('error', reject);
  });
}
