/** Texts in PDFs: in every script, each run in a font that has its letters. Imports pdfkit, so it is loaded with the first document. */
import { createRequire } from 'node:module';
import PDFDocument from 'pdfkit';
import { fontData, runWidth, visualRuns } from './shape-text';

const resolve = createRequire(__filename).resolve;

/** The file of a font of the package DejaVu, whose fonts have Latin, Greek and Cyrillic letters, and the signs of currencies. */
export const dejavuFile = (name: string): string => resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`);

/** The place of a text, in points. */
export interface TextPlace {
  /** The edge or, of a centred text, the middle. */
  x: number;
  /** The line on which the letters stand, from the top of the page. */
  baseline: number;
  size: number;
  /** Whether the text begins, ends or has its middle at `x`. */
  align: 'start' | 'end' | 'center';
  /** The most space that the text takes: a longer one is narrowed. */
  room: number;
}

/** Draws runs of glyphs from left to right, each in its font; narrower if they would not fit. */
export function drawText(document: PDFKit.PDFDocument, text: string, place: TextPlace): void {
  const { size, align, room, baseline } = place;
  const runs = visualRuns(text).map((run) => ({ ...run, width: runWidth(run) * size }));
  const natural = runs.reduce((sum, run) => sum + run.width, 0);
  const squeeze = Math.min(1, room / natural);
  const drawnWidth = natural * squeeze;
  let x = align === 'end' ? place.x - drawnWidth : align === 'center' ? place.x - drawnWidth / 2 : place.x;
  for (const { font, text: runText, width } of runs) {
    document.registerFont(font.name, fontData(font)).font(font.name).fontSize(size);
    // With `features`, even an empty list, pdfkit shapes the text as a whole, and so in the right order.
    const options = {
      lineBreak: false,
      features: [],
      baseline: 'alphabetic',
      horizontalScaling: squeeze * 100,
    } as const;
    document.text(runText, x, baseline, options as unknown as PDFKit.Mixins.TextOptions);
    x += width * squeeze;
  }
}

/** A new document with its bytes, which are complete when the document has ended. */
export function newDocument(options: PDFKit.PDFDocumentOptions): {
  document: PDFKit.PDFDocument;
  bytes: Promise<Buffer>;
} {
  const document = new PDFDocument(options);
  const bytes = new Promise<Buffer>((resolveBytes, reject) => {
    const parts: Buffer[] = [];
    document.on('data', (part: Buffer) => parts.push(part));
    document.on('end', () => resolveBytes(Buffer.concat(parts)));
    document.on('error', reject);
  });
  return { document, bytes };
}
