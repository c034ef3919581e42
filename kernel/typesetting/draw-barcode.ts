/** Code 128 barcodes in PDFs, as bars of ink. */
import bwipjs from 'bwip-js';

/** Width of the thinnest bar, in points: 0.33 mm, which a scanner reads from any printer. */
const MODULE = 0.94;

/** The place of a barcode, in points. */
export interface BarcodePlace {
  /** The middle. */
  readonly x: number;
  readonly top: number;
  /** The most space that it takes: a longer one is narrowed. */
  readonly room: number;
  readonly height: number;
}

/** Draws a barcode centred on a point; narrower if it would not fit. */
export function drawBarcode(
  document: PDFKit.PDFDocument,
  text: string,
  { x, top, room, height }: BarcodePlace,
): void {
  // Codes of bars have widths, and those of squares have dots.
  const [code] = bwipjs.raw({ bcid: 'code128', text });
  const widths = code && 'sbs' in code ? code.sbs : [];
  const modules = widths.reduce((sum, width) => sum + width, 0);
  const scale = Math.min(MODULE, room / modules);
  let left = x - (modules * scale) / 2;
  // Bars and spaces alternate; a bar is first.
  widths.forEach((width, index) => {
    if (index % 2 === 0) document.rect(left, top, width * scale, height);
    left += width * scale;
  });
  document.fill('black');
}
