/** A receipt as a PDF of the width of a roll (80 mm) and the height that it needs. */
import { createRequire } from 'node:module';
import PDFDocument from 'pdfkit';
import { create as createQr } from 'qrcode';
import { receiptLines, type ReceiptLayout } from './receipt';

/** In points of 1/72 inch: 80 mm. */
const PAGE_WIDTH = 226.77;
const MARGIN = 12;
const FONT_SIZE = 8;
const LINE_HEIGHT = 10.5;
const QR_SIZE = 90;
const LOGO_HEIGHT = 60;

// A font of our own, since the fonts that every reader has know Western European letters only.
const fontFile = (name: string) => createRequire(__filename).resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`);

export interface PdfParts {
  /** The receipt's number, for the document's title. */
  number: string;
  createdAt: Date;
  /** A PNG or a JPEG. */
  logo: Buffer | null;
}

/** The document's bytes. */
export async function receiptPdf(layout: ReceiptLayout, { number, createdAt, logo }: PdfParts): Promise<Buffer> {
  const lines = receiptLines(layout);
  const logoSpace = logo ? LOGO_HEIGHT + MARGIN : 0;
  const height = 2 * MARGIN + logoSpace + lines.length * LINE_HEIGHT + MARGIN + QR_SIZE;
  const document = new PDFDocument({
    size: [PAGE_WIDTH, height],
    margin: 0,
    info: { Title: number, Creator: 'PosPro', CreationDate: createdAt, ModDate: createdAt },
  });
  const bytes = collect(document);
  document.registerFont('regular', fontFile('DejaVuSansMono')).registerFont('bold', fontFile('DejaVuSansMono-Bold'));
  if (logo) {
    const box: [number, number] = [PAGE_WIDTH - 2 * MARGIN, LOGO_HEIGHT];
    document.image(logo, MARGIN, MARGIN, { fit: box, align: 'center', valign: 'center' });
  }
  lines.forEach(({ text, strong }, index) => {
    document.font(strong ? 'bold' : 'regular').fontSize(FONT_SIZE);
    document.text(text, MARGIN, MARGIN + logoSpace + index * LINE_HEIGHT, { lineBreak: false });
  });
  drawQr(document, layout.code, height - MARGIN - QR_SIZE);
  document.end();
  return bytes;
}

function drawQr(document: PDFKit.PDFDocument, text: string, top: number): void {
  const { modules } = createQr(text, { errorCorrectionLevel: 'M' });
  const dot = QR_SIZE / modules.size;
  const left = (PAGE_WIDTH - QR_SIZE) / 2;
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
