/** The label of the sandbox: a sheet of 100 x 150 mm with the addresses and a Code 128 barcode of the number. */
import { formatDecimal } from '#kernel/decimal';
import { drawBarcode } from '#kernel/typesetting/draw-barcode';
import { drawText, newDocument } from '#kernel/typesetting/draw-text';
import type { LabelAddress, LabelRequest } from '../carrier';

/** Points of 1/72 inch in a millimetre. */
const MM = 72 / 25.4;
const PAGE = { width: 100 * MM, height: 150 * MM, margin: 6 * MM };
const ROOM = PAGE.width - 2 * PAGE.margin;

/** Details that the sandbox adds to a request. */
export interface LabelDetails {
  readonly service: string;
  readonly trackingNumber: string;
  readonly createdAt: Date;
}

/** The document's bytes: they follow from the arguments alone. */
export async function labelPdf(
  { from, to, weight }: LabelRequest,
  { service, trackingNumber, createdAt }: LabelDetails,
): Promise<Buffer> {
  const { document, bytes } = newDocument({
    size: [PAGE.width, PAGE.height],
    margin: 0,
    info: { Title: trackingNumber, Creator: 'PosPro', CreationDate: createdAt, ModDate: createdAt },
  });
  let baseline = PAGE.margin + 8;
  const write = (text: string, size: number) => {
    drawText(document, text, { x: PAGE.margin, baseline, size, align: 'start', room: ROOM });
    baseline += size * 1.4;
  };
  for (const line of addressLines(from)) write(line, 7);
  baseline += 16;
  for (const line of addressLines(to)) write(line, 13);
  baseline += 8;
  write(`${service}, ${formatDecimal(weight)} kg`, 10);
  write('SANDBOX: not a label of a carrier', 8);
  const middle = { x: PAGE.width / 2, room: ROOM };
  drawBarcode(document, trackingNumber, { ...middle, top: PAGE.height - 92, height: 56 });
  drawText(document, trackingNumber, { ...middle, baseline: PAGE.height - 22, size: 11, align: 'center' });
  document.end();
  return bytes;
}

/** An address as the lines of a label. */
function addressLines(address: LabelAddress): string[] {
  const { recipient, line1, line2, city, region, postalCode, country, phone } = address;
  const place = [postalCode, city, region].filter(Boolean).join(' ');
  return [recipient, line1, line2, place, country, phone].filter((line): line is string => Boolean(line));
}
