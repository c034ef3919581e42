/** A receipt as commands for a receipt printer (ESC/POS, 80 mm, 42 columns). Pure. */
import ReceiptPrinterEncoder from '@point-of-sale/receipt-printer-encoder';
import { WIDTH, receiptLines, type ReceiptLayout } from './receipt';

/** A picture as a printer needs it: four bytes a pixel (red, green, blue, alpha), in rows from the top. */
export interface Raster {
  data: Uint8ClampedArray;
  /** In dots, a multiple of 8. */
  width: number;
  height: number;
}

export interface PrinterChoice {
  /** Whether the drawer springs open. */
  openDrawer: boolean;
  logo: Raster | null;
}

/** Rows of white paper, so that the last line has passed the knife. */
const FEED_BEFORE_CUT = 4;

/**
 * The bytes for the printer: text in whichever of its code pages has the characters, a QR code, a cut, and where money went into
 * or out of the drawer, the pulse that opens it.
 */
export function receiptEscPos(layout: ReceiptLayout, { openDrawer, logo }: PrinterChoice): Uint8Array {
  const printer = new ReceiptPrinterEncoder({ language: 'esc-pos', columns: WIDTH, feedBeforeCut: FEED_BEFORE_CUT });
  printer.initialize().codepage('auto');
  // The drawer first: it is open while the paper still runs.
  if (openDrawer) printer.pulse();
  if (logo) printer.align('center').image(logo, logo.width, logo.height, 'atkinson').align('left');
  for (const { text, strong } of receiptLines(layout)) {
    if (strong) printer.bold(true).line(text).bold(false);
    else printer.line(text);
  }
  printer.newline().align('center').qrcode(layout.code, { model: 2, size: 5, errorlevel: 'm' }).align('left');
  return printer.cut('partial').encode();
}
