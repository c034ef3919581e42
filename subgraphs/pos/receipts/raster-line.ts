/** Lines of a receipt as black and white dots, for scripts that a printer has no characters for. */
import sharp from 'sharp';
import { shapeText, type ShapedText } from '#kernel/typesetting/shape-text';
import { roomOf, type Cell, type ReceiptLine } from './receipt-lines.rules';

/** Dots of a character of the printers' font A, and of a line with room for marks above and below. */
const DOTS_PER_COLUMN = 12;
const LINE_DOTS = 36;
const BASELINE = 26;
const FONT_DOTS = 24;
const STRONG_STROKE = 1.2;
/** Grey values below this are black. */
const BLACK = 128;

/** Dots in rows from the top, one bit each, the first in the highest bit of a byte; ones are black. */
export interface Bitmap {
  width: number;
  height: number;
  rows: Uint8Array;
}

/** Draws a line as wide as the paper. A text that is wider than its columns is drawn narrower, so that it pushes no amount away. */
export async function rasterLine({ cells, strong }: ReceiptLine, columns: number): Promise<Bitmap> {
  const width = columns * DOTS_PER_COLUMN;
  const texts = cells.map((cell, index) =>
    cellSvg(cell, { lineWidth: width, room: roomOf(cells, index, columns) * DOTS_PER_COLUMN, strong }),
  );
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${LINE_DOTS}"><rect width="100%" height="100%" fill="white"/>${texts.join('')}</svg>`;
  const grey = await sharp(Buffer.from(svg)).greyscale().raw().toBuffer();
  return { width, height: LINE_DOTS, rows: packBits(grey, width) };
}

function cellSvg(
  { text, align, column }: Cell,
  { lineWidth, room, strong }: { lineWidth: number; room: number; strong: boolean },
): string {
  const shaped = shapeText(text);
  const natural = shaped.width * FONT_DOTS;
  const squeeze = Math.min(1, room / natural);
  const drawnWidth = natural * squeeze;
  const edge = column * DOTS_PER_COLUMN;
  const left = align === 'end' ? edge - drawnWidth : align === 'center' ? (lineWidth - drawnWidth) / 2 : edge;
  return glyphsSvg(shaped, { left, squeeze, strong });
}

function glyphsSvg(
  { glyphs }: ShapedText,
  { left, squeeze, strong }: { left: number; squeeze: number; strong: boolean },
): string {
  return glyphs
    .filter(({ path }) => path !== '')
    .map(({ path, scale, x, y }) => {
      const size = scale * FONT_DOTS;
      const at = `${left + x * FONT_DOTS * squeeze} ${BASELINE - y * FONT_DOTS}`;
      const stroke = strong ? ` stroke="black" stroke-width="${STRONG_STROKE / size}"` : '';
      return `<path${stroke} transform="translate(${at}) scale(${size * squeeze} ${-size})" d="${path}"/>`;
    })
    .join('');
}

function packBits(grey: Buffer, width: number): Uint8Array {
  const rows = new Uint8Array(grey.length / 8);
  for (let dot = 0; dot < grey.length; dot += 1)
    if (grey[dot]! < BLACK) rows[dot >> 3] = rows[dot >> 3]! | (0x80 >> (dot & 7));
  if (width % 8 !== 0) throw new Error('Invariant broken: a line is as wide as a multiple of 8 dots');
  return rows;
}
