/** Receipts as bytes for a printer, and as documents. */
import { inflateSync } from 'node:zlib';
import sharp from 'sharp';
import { checkout } from '#subgraphs/pos/index';
import { printReceipt, type PrintOptions } from '#subgraphs/pos/receipts/print-receipt';
import { receiptLogo, setReceiptLogo } from '#subgraphs/registers/index';
import type { FullOrder } from '#subgraphs/orders/index';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { readQrCode } from '#test/harness/qr-code';
import { openTill, type Till } from '#test/harness/shop';
import { amount } from '#test/harness/values';

let db: TestDatabase;
let till: Till;
beforeAll(async () => {
  db = await testDatabase();
  till = await openTill(db, { name: 'Café Łódź' });
});
afterAll(() => db.close());

const cash = [{ method: 'cash' as const, amount: amount(20) }];
const items = () => [{ sku: 'TEA', quantity: amount(2) }];

/** The index of a sequence of bytes; −1 if there is none. */
const at = (bytes: Buffer, ...sequence: number[]) => bytes.indexOf(Buffer.from(sequence));
const [ESC, GS] = [0x1b, 0x1d];

/** The exact text of the QR code of a sale of two teas. */
function codeOf({ id, receiptNumber, createdAt }: FullOrder): string {
  const at = createdAt.toISOString().replace(/\.\d{3}Z$/, 'Z');
  return `receipt=${receiptNumber};order=${id};at=${at};total=7.00;currency=EUR`;
}

async function escpos(orderId: string, options: PrintOptions = {}): Promise<Buffer> {
  const printed = await printReceipt(till.ctx, orderId, 'escpos', options);
  expect([printed.format, printed.encoding]).toEqual(['escpos', 'base64']);
  return Buffer.from(printed.content, 'base64');
}

describe('a receipt for a printer', () => {
  it('begins afresh, opens the drawer for cash, has its QR code, and is cut at the end', async () => {
    const { order } = await checkout(till.ctx, { items: items(), payments: cash });
    const bytes = await escpos(order.id);
    expect(at(bytes, ESC, 0x40)).toBe(0);
    const pulse = at(bytes, ESC, 0x70, 0);
    expect(pulse).toBeGreaterThan(0);
    expect(pulse).toBeLessThan(bytes.indexOf('Product TEA'));
    // GS V cuts.
    const [code, cut] = [at(bytes, GS, 0x28, 0x6b), at(bytes, GS, 0x56)];
    expect(code).toBeGreaterThan(bytes.indexOf('TOTAL EUR'));
    expect(cut).toBeGreaterThan(code);
    expect(bytes.length - cut).toBeLessThan(6);
  });

  it('gives the printer its QR code in five steps: model, size, correction, text, and print', async () => {
    const { order } = await checkout(till.ctx, { items: items(), payments: cash });
    const bytes = await escpos(order.id);
    // GS ( k, the length of what follows in two bytes, 49 for a QR code, and which step it is.
    const steps: Buffer[] = [];
    for (
      let start = at(bytes, GS, 0x28, 0x6b);
      bytes.subarray(start, start + 3).equals(Buffer.from([GS, 0x28, 0x6b]));
    ) {
      const length = bytes.readUInt16LE(start + 3);
      steps.push(bytes.subarray(start + 5, start + 5 + length));
      start += 5 + length;
    }
    expect(steps.map((step) => [...step.subarray(0, 3)])).toEqual([
      [49, 65, 50],
      [49, 67, 5],
      [49, 69, 49],
      [49, 80, 48],
      [49, 81, 48],
    ]);
    expect(steps[3]!.subarray(3).toString('latin1')).toBe(codeOf(order));
  });

  it('chooses the code page that has the letters', async () => {
    const { order } = await checkout(till.ctx, { items: items(), payments: cash });
    const bytes = await escpos(order.id);
    // ESC t n selects a page; Ł and ź are in 852 (0x9d, 0xab), and é is there too (0x82).
    const page = at(bytes, ESC, 0x74, 18);
    expect(page).toBeGreaterThan(0);
    expect(at(bytes, 0x9d, 0xa2, 0x64, 0xab)).toBeGreaterThan(page);
    expect(bytes.toString('latin1')).not.toContain('?');
  });

  it('leaves the drawer shut for a card and for a copy, and marks the copy', async () => {
    const byCard = await checkout(till.ctx, { items: items(), paymentMethod: 'card' });
    expect(at(await escpos(byCard.order.id), ESC, 0x70)).toBe(-1);
    const { order } = await checkout(till.ctx, { items: items(), payments: cash });
    expect(at(await escpos(order.id), ESC, 0x70)).toBeGreaterThan(0);
    const copy = await escpos(order.id);
    expect(at(copy, ESC, 0x70)).toBe(-1);
    expect(copy.toString('latin1')).toContain('*** COPY 1 ***');
  });

  it('opens the drawer as the caller chose, but never for a copy', async () => {
    const byCard = await checkout(till.ctx, { items: items(), paymentMethod: 'card' });
    const inCash = await checkout(till.ctx, { items: items(), payments: cash });
    const pulse = async (orderId: string, openDrawer: boolean) =>
      at(await escpos(orderId, { openDrawer }), ESC, 0x70) > 0;
    expect(await pulse(byCard.order.id, true)).toBe(true);
    expect(await pulse(inCash.order.id, false)).toBe(false);
    expect(await pulse(inCash.order.id, true)).toBe(false);
  });

  it('is cut partly, fully, or fed to be torn off', async () => {
    const { order } = await checkout(till.ctx, { items: items(), payments: cash });
    const end = async (options: PrintOptions) => {
      const bytes = await escpos(order.id, options);
      const printed = at(bytes, GS, 0x28, 0x6b, 3, 0, 49, 81);
      return [...bytes.subarray(printed + 8)].filter((byte) => byte !== 0x0d);
    };
    const feed = [0x0a, 0x0a, 0x0a, 0x0a];
    const aligned = [ESC, 0x61, 0];
    expect(await end({})).toEqual([0x0a, ...aligned, ...feed, GS, 0x56, 1, 0x0a]);
    expect(await end({ cut: 'full' })).toEqual([0x0a, ...aligned, ...feed, GS, 0x56, 0, 0x0a]);
    expect(await end({ cut: 'none' })).toEqual([0x0a, ...aligned, ...feed]);
  });
});

describe('a receipt as a document', () => {
  it('has the note of a line under it', async () => {
    const noted = [{ sku: 'TEA', quantity: amount(2), note: 'No sugar\nTo go' }];
    const { order } = await checkout(till.ctx, { items: noted, payments: cash });
    const { content } = await printReceipt(till.ctx, order.id, 'text');
    const lines = content.split('\n').map((line) => line.trim().replace(/ {2,}/g, ' | '));
    const first = lines.indexOf('Product TEA | 7.00');
    expect(lines.slice(first, first + 5)).toEqual([
      'Product TEA | 7.00',
      '2 x 3.50',
      'No sugar',
      'To go',
      '-'.repeat(42),
    ]);
  });

  it('is a PDF with a font of its own, as long as it needs to be', async () => {
    const { order } = await checkout(till.ctx, { items: items(), payments: cash });
    const printed = await printReceipt(till.ctx, order.id, 'pdf');
    const bytes = Buffer.from(printed.content, 'base64');
    expect(bytes.subarray(0, 5).toString()).toBe('%PDF-');
    expect(bytes.subarray(-6).toString()).toContain('%%EOF');
    const text = bytes.toString('latin1');
    expect(text).toContain('DejaVuSansMono');
    expect(/\/MediaBox \[0 0 226\.77 ([\d.]+)\]/.exec(text)![1]).toBe('357');
    const streams = [...text.matchAll(/stream\n([\s\S]*?)\nendstream/g)].map(([, body]) =>
      Buffer.from(body!, 'latin1'),
    );
    const paper = drawnDots(streams.map(inflated).join(''), { width: 226.77, height: 346.5 });
    expect(await readQrCode(paper)).toBe(codeOf(order));
  });

  it('is a page with its QR code inside', async () => {
    const { order } = await checkout(till.ctx, { items: items(), payments: cash });
    const { content } = await printReceipt(till.ctx, order.id, 'html');
    const [svg] = /<svg .*<\/svg>/s.exec(content)!;
    const drawn = await sharp(Buffer.from(svg), { density: 600 }).png().toBuffer();
    expect(await readQrCode(drawn)).toBe(codeOf(order));
    expect(content).toContain('<h1>Café Łódź</h1>');
    expect(content).not.toMatch(/(src|href)="http/);
  });
});

describe('a logo', () => {
  it('is at the top of every format that can show one', async () => {
    const shop = await openTill(db);
    const stripe = { width: 20, height: 10, channels: 3, background: 'black' } as const;
    const jpeg = await sharp({ create: stripe }).jpeg().toBuffer();
    await setReceiptLogo(shop.ctx, `data:image/jpeg;base64,${jpeg.toString('base64')}`);
    const logo = (await receiptLogo(shop.ctx.db))!;
    const { order } = await checkout(shop.ctx, { items: items(), payments: cash });
    const { content } = await printReceipt(shop.ctx, order.id, 'html');
    expect(content).toContain(`src="data:image/png;base64,${logo.toString('base64')}"`);
    const bytes = Buffer.from((await printReceipt(shop.ctx, order.id, 'escpos')).content, 'base64');
    // 16 × 8 black dots in one column of bands of 24: ESC * 33, 16 dots wide, the upper 8 of each set.
    const dots = at(bytes, 0x1b, 0x2a, 33, 16, 0);
    expect(bytes.subarray(dots + 5, dots + 11).toString('hex')).toBe('ff0000ff0000');
    const pdf = Buffer.from((await printReceipt(shop.ctx, order.id, 'pdf')).content, 'base64').toString(
      'latin1',
    );
    expect(pdf).toContain('/Subtype /Image');
    await setReceiptLogo(shop.ctx, null);
    expect(await receiptLogo(shop.ctx.db)).toBeNull();
  });

  it('is a picture, and no larger than it need be', async () => {
    for (const image of [
      'bm90aGluZw==',
      Buffer.alloc(600 * 1024).toString('base64'),
      Buffer.from('<svg/>').toString('base64'),
    ]) {
      await expect(setReceiptLogo(till.ctx, image)).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
    }
  });
});

/** The filled rectangles of a PDF's page as a picture, four pixels a point: pdfkit counts from the top left. */
function drawnDots(page: string, { width, height }: { width: number; height: number }): Buffer {
  const dots = [...page.matchAll(/([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) re\n/g)].map(
    ([, x, y, wide, high]) => `<rect x="${x}" y="${y}" width="${wide}" height="${high}"/>`,
  );
  const size = `width="${width * 4}" height="${height * 4}" viewBox="0 0 ${width} ${height}"`;
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} shape-rendering="crispEdges">${dots.join('')}</svg>`,
  );
}

function inflated(body: Buffer): string {
  try {
    return inflateSync(body).toString('latin1');
  } catch {
    // A stream that is not compressed is none of the page's.
    return '';
  }
}
