/** Receipts in many alphabets, on paper of both widths: all texts are printed, and the amounts stay in their column. */
import { inflateSync } from 'node:zlib';
import { updateProduct } from '#subgraphs/catalog/products/products';
import { checkout } from '#subgraphs/pos/index';
import { displayWidth } from '#kernel/typesetting/display-width.rules';
import { printReceipt } from '#subgraphs/pos/receipts/print-receipt';
import { rasterLine } from '#subgraphs/pos/receipts/raster-line';
import { visualRuns } from '#kernel/typesetting/shape-text';
import { updateRegister } from '#subgraphs/registers/register/registers';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { printOut, type Printed } from '#test/pos/escpos';
import { openTill, type Till } from '#test/harness/shop';
import { amount } from '#test/harness/values';

const NAMES = [
  'قهوة عربية (سادة)', 'חלב טרי 3%', '北海道牛乳 1L', '서울우유', 'バター', 'น้ำมะพร้าว', 'दाल मखनी', 'ទឹកដោះគោ', 'தமிழ் பால்', 'Հաց', 'Phở bò tái',
]; // prettier-ignore
const PAPERS = [
  [80, 42],
  [58, 32],
] as const;

let db: TestDatabase;
let till: Till;
beforeAll(async () => {
  db = await testDatabase();
  till = await openTill(db, { name: 'Café Łódź' });
});
afterAll(() => db.close());

async function saleOf(name: string): Promise<string> {
  await updateProduct(till.ctx, till.items.TEA!.productId, { name });
  const { order } = await checkout(till.ctx, {
    items: [{ sku: 'TEA', quantity: amount(2) }],
    payments: [{ method: 'cash', amount: amount(20) }],
  });
  return order.id;
}

describe.each(PAPERS)('on paper of %i mm', (paper, columns) => {
  const print = async (orderId: string, format: 'text' | 'html' | 'escpos' | 'pdf') => {
    const printed = await printReceipt(till.ctx, orderId, format, { paperWidth: paper });
    expect(printed.paperWidth).toBe(paper);
    return printed;
  };

  it.each(NAMES)('%s has its amount in the last column', async (name) => {
    const { content } = await print(await saleOf(name), 'text');
    const lines = content.split('\n');
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
    const shown = lines.find((line) => line.includes(name))!;
    expect([displayWidth(shown), shown.endsWith('7.00')]).toEqual([columns, true]);
    const totals = lines.filter((line) => /^(TOTAL|Cash |Change)/.test(line));
    expect(totals.map(displayWidth)).toEqual([columns, columns, columns]);
  });

  it.each(NAMES)('%s is printed as dots, and the rest as text', async (name) => {
    const printed = printOut(Buffer.from((await print(await saleOf(name), 'escpos')).content, 'base64'));
    const dots = printed.filter((part) => part.kind === 'dots');
    const [line] = dots;
    expect(dots).toHaveLength(1);
    expect([line!.width, line!.height % 4]).toEqual([columns * 12, 0]);
    // The same dots as the line drawn by itself, with the amount at the right edge.
    const cells = [
      { text: name, column: 0, align: 'start' as const },
      { text: '7.00', column: columns, align: 'end' as const },
    ];
    const drawn = await rasterLine({ cells, strong: false }, columns);
    expect(blackDots(line!)).toBe(
      [...drawn.rows].reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0),
    );
    expect(extent(line!).right).toBeGreaterThan(columns * 12 - 12);
    const texts = printed.flatMap((part) => (part.kind === 'line' ? [part.text] : []));
    for (const text of texts) expect(text.length).toBeLessThanOrEqual(columns);
    expect(texts.join('\n')).toContain('TOTAL EUR');
    expect(texts.find((text) => text.includes('TOTAL EUR'))).toHaveLength(columns);
    expect(texts.join('')).not.toContain('?');
    expect(printed.slice(-2).map(({ kind }) => kind)).toContain('cut');
  });

  it('Latin, Greek and Cyrillic stay text', async () => {
    for (const name of ['Café Łódź', 'Γιαούρτι', 'Молоко', 'Crème brûlée 3 €']) {
      const printed = printOut(Buffer.from((await print(await saleOf(name), 'escpos')).content, 'base64'));
      expect(printed.filter((part) => part.kind === 'dots')).toEqual([]);
      const line = printed
        .flatMap((part) => (part.kind === 'line' ? [part.text] : []))
        .find((text) => text.includes(name) && text.endsWith('7.00'));
      expect([name, line?.length]).toEqual([name, columns]);
    }
  });

  it.each(NAMES)('%s is in the PDF with a font that has its letters', async (name) => {
    const bytes = Buffer.from((await print(await saleOf(name), 'pdf')).content, 'base64');
    const text = bytes.toString('latin1');
    const width = Number(/\/MediaBox \[0 0 ([\d.]+) /.exec(text)![1]);
    expect(width).toBeCloseTo((paper / 25.4) * 72, 1);
    expect(unicodesOf(bytes)).toEqual(
      expect.arrayContaining(
        [...name].filter(
          (sign) =>
            /\p{L}/u.test(sign) &&
            !/\p{Script=Khmer}|\p{Script=Tamil}|\p{Script=Devanagari}|\u0e33/u.test(sign),
        ),
      ),
    );
  });

  it('the page is as narrow as the paper, and each text has its own direction', async () => {
    const { content } = await print(await saleOf('قهوة'), 'html');
    expect(content).toContain(`body{max-width:${paper === 58 ? 50 : 72}mm}`);
    expect(content).toContain('<td dir="auto">قهوة</td><td dir="auto">7.00</td>');
  });
});

describe('the order of letters', () => {
  it('is from right to left for Arabic and Hebrew, with numbers and brackets as they are read', () => {
    const seen = (text: string) =>
      visualRuns(text)
        .map((run) => (run.rightToLeft ? [...run.text].reverse().join('') : run.text))
        .join('');
    expect(seen('חלב (טרי) 12')).toBe('12 (ירט) בלח');
    expect(seen('abc חלב def')).toBe('abc בלח def');
    expect(seen('שלום ABC 12 חלב')).toBe('בלח ABC 12 םולש');
  });

  it('of joined letters is one drawing: Arabic letters touch, single ones do not', async () => {
    const gaps = async (text: string) =>
      emptyColumns(await rasterLine({ cells: [{ text, column: 0, align: 'start' }], strong: false }, 42));
    expect(await gaps('بببب')).toBe(0);
    expect(await gaps('ב ב ב')).toBeGreaterThan(1);
  });

  it('a long name is squeezed rather than printed over its amount', async () => {
    const cells = [
      { text: 'தமிழ்'.repeat(4), column: 0, align: 'start' as const },
      { text: '7.00', column: 32, align: 'end' as const },
    ];
    const { rows, width, height } = await rasterLine({ cells, strong: true }, 32);
    const black = (x: number, y: number) => (rows[(y * width + x) >> 3]! & (0x80 >> (x & 7))) !== 0;
    const column = (x: number) => Array.from({ length: height }, (_, y) => black(x, y)).some(Boolean);
    expect(Array.from({ length: 6 }, (_, x) => column(27 * 12 + x))).toEqual(Array(6).fill(false));
  });
});

describe('the paper of a register', () => {
  it('is the default width of receipts', async () => {
    const orderId = await saleOf('Tea');
    const { registerId } = till;
    await updateRegister(till.ctx, registerId, { paperWidth: 58 });
    expect((await printReceipt(till.ctx, orderId, 'text')).paperWidth).toBe(58);
    expect((await printReceipt(till.ctx, orderId, 'text', { paperWidth: 80 })).paperWidth).toBe(80);
    await expect(printReceipt(till.ctx, orderId, 'text', { paperWidth: 76 })).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
    });
    await expect(updateRegister(till.ctx, registerId, { paperWidth: 44 })).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
    });
    await updateRegister(till.ctx, registerId, { paperWidth: 80 });
  });
});

type Dots = Extract<Printed, { kind: 'dots' }>;

function* dotsOf({ width, height, black }: Dots): Generator<number> {
  for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) if (black(x, y)) yield x;
}

const blackDots = (dots: Dots) => [...dotsOf(dots)].length;
const extent = (dots: Dots) => ({ right: Math.max(...dotsOf(dots)) });

/** White columns between the first and the last black one. */
function emptyColumns({ rows, width }: { rows: Uint8Array; width: number }): number {
  const used = new Set<number>();
  rows.forEach((byte, index) => {
    for (let bit = 0; bit < 8; bit += 1) if (byte & (0x80 >> bit)) used.add(((index * 8) % width) + bit);
  });
  return Math.max(...used) - Math.min(...used) + 1 - used.size;
}

/** The signs for which a PDF's fonts say what they stand for (ToUnicode). */
function unicodesOf(bytes: Buffer): string[] {
  const streams = [...bytes.toString('latin1').matchAll(/stream\n([\s\S]*?)\nendstream/g)].map(([, body]) =>
    Buffer.from(body!, 'latin1'),
  );
  const maps = streams.flatMap((body) => {
    try {
      return [inflateSync(body).toString('latin1')];
    } catch {
      return []; // Not compressed, and so no map.
    }
  });
  return maps
    .filter((map) => map.includes('begincmap'))
    .flatMap((map) =>
      [...map.matchAll(/<([0-9a-f]{4,})>/gi)].map(([, hex]) =>
        Buffer.from(hex!, 'hex').swap16().toString('utf16le'),
      ),
    )
    .flatMap((text) => [...text]);
}
