/** A receipt as commands for a receipt printer (ESC/POS, font A: 42 columns on paper of 80 mm, 32 on 58 mm). */
import CodepageEncoder from '@point-of-sale/codepage-encoder';
import ReceiptPrinterEncoder from '@point-of-sale/receipt-printer-encoder';
import { iterateInTurns } from './iterate-in-turns';
import type { ReceiptCut } from '../inputs.generated';
import { rasterLine, type Bitmap } from './raster-line';
import type { ReceiptLayout } from './receipt-layout';
import { COLUMNS, lineText, receiptLines, type PaperWidth } from './receipt-lines.rules';

/** An image for a printer: four bytes a pixel (red, green, blue, alpha), in rows from the top. */
export interface Raster {
  data: Uint8ClampedArray;
  /** In dots, a multiple of 8. */
  width: number;
  height: number;
}

export interface PrinterChoice {
  /** Whether to open the drawer. */
  openDrawer: boolean;
  /** Cut after the receipt. */
  cut: ReceiptCut;
  logo: Raster | null;
  paper: PaperWidth;
}

/** Rows of white paper, so that the last line has passed the cutter. */
const FEED_BEFORE_CUT = 4;
const GS = 0x1d;

/**
 * The code pages of Epson's printers and compatible ones whose letters need no shaping: left to right, one character each. Pages for
 * Arabic, Hebrew, Thai and kana are excluded, since printers differ in them and do not join letters.
 */
const CODE_PAGES: Parameters<typeof CodepageEncoder.autoEncode>[1] = [
  'cp437', 'cp850', 'cp860', 'cp863', 'cp865', 'cp857', 'cp737', 'iso8859-7', 'windows1252', 'cp866', 'cp852', 'cp858',
  'cp775', 'cp855', 'cp861', 'cp869', 'epson/iso8859-2', 'iso8859-15', 'windows1250', 'windows1251', 'windows1253', 'windows1254', 'windows1257',
]; // prettier-ignore

/**
 * The bytes for the printer: text in a code page that has the characters, lines in other scripts as dots, a QR code, the cut, and the
 * pulse that opens the drawer.
 */
export async function receiptEscPos(
  layout: ReceiptLayout,
  { openDrawer, cut, logo, paper }: PrinterChoice,
): Promise<Uint8Array> {
  const columns = COLUMNS[paper];
  const printer = new ReceiptPrinterEncoder({
    language: 'esc-pos',
    columns,
    feedBeforeCut: FEED_BEFORE_CUT,
    codepageCandidates: CODE_PAGES,
  });
  printer.initialize().codepage('auto');
  // The drawer comes first, so that it is open while the receipt prints.
  if (openDrawer) printer.pulse();
  if (logo) printer.align('center').image(logo, logo.width, logo.height, 'atkinson').align('left');
  for await (const line of iterateInTurns(receiptLines(layout, columns))) {
    const text = lineText(line, columns).normalize('NFC');
    if (!isPrintable(text)) printer.raw(rasterCommand(await rasterLine(line, columns)));
    else if (line.strong) printer.bold(true).line(text).bold(false);
    else printer.line(text);
  }
  printer.newline().align('center').qrcode(layout.code, { model: 2, size: 5, errorlevel: 'm' }).align('left');
  // Without a cut the paper is torn off, so it is fed as far.
  return (cut === 'none' ? printer.newline(FEED_BEFORE_CUT) : printer.cut(cut)).encode();
}

/**
 * The library copies a code page of 256 numbers for every character that it looks up, which takes seconds for a long receipt. A lookup
 * only reads, so lookups share one copy of each page. All other callers get their own copy: the library makes one page by writing into
 * its copy of another.
 */
function readEachCodePageOnce(): void {
  const read = CodepageEncoder.getEncoding.bind(CodepageEncoder);
  const encode = CodepageEncoder.autoEncode.bind(CodepageEncoder);
  const pages = new Map(CodepageEncoder.getEncodings().map((name) => [name, read(name)]));
  CodepageEncoder.autoEncode = (text, candidates) => {
    CodepageEncoder.getEncoding = (name) => pages.get(name) ?? read(name);
    try {
      return encode(text, candidates);
    } finally {
      CodepageEncoder.getEncoding = read;
    }
  };
}
readEachCodePageOnce();

const NOT_ASCII = /[^\x20-\x7e]/gu;
const QUESTION_MARK = 0x3f;

/** Whether the code pages have every character. The encoder writes a missing one as a question mark. */
function isPrintable(text: string): boolean {
  return [...new Set(text.match(NOT_ASCII))].every((sign) => {
    const [fragment] = CodepageEncoder.autoEncode(sign, CODE_PAGES);
    return fragment !== undefined && fragment.bytes[0] !== QUESTION_MARK;
  });
}

/** GS v 0: prints dots of normal size, and feeds the paper after them. */
function rasterCommand({ width, height, rows }: Bitmap): number[] {
  const bytes = width / 8;
  return [GS, 0x76, 0x30, 0, bytes & 0xff, bytes >> 8, height & 0xff, height >> 8, ...rows];
}
