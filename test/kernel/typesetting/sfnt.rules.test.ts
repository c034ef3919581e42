/** Web fonts unpacked: the tables that went in come out, whatever is packed and whatever is not. */
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { plainFont } from '#kernel/typesetting/sfnt.rules';

interface Table {
  tag: string;
  checksum: number;
  data: Buffer;
  packed: boolean;
}

const padded = (data: Buffer) => Buffer.concat([data, Buffer.alloc(-data.length & 3)]);
const numbers = (...values: number[]) =>
  Buffer.concat(values.map((value) => Buffer.from(value.toString(16).padStart(8, '0'), 'hex')));

/** A WOFF file, written by the W3C's recommendation. @param claimed how long each table says it is. */
function woffOf(tables: readonly Table[], claimed = ({ data }: Table) => data.length): Buffer {
  const bodies = tables.map(({ data, packed }) => (packed ? deflateSync(data) : data));
  let offset = 44 + 20 * tables.length;
  const entries = tables.map((table, index) => {
    const body = bodies[index]!;
    const entry = Buffer.concat([
      Buffer.from(table.tag),
      numbers(offset, body.length, claimed(table), table.checksum),
    ]);
    offset += padded(body).length;
    return entry;
  });
  const count = Buffer.from([tables.length >> 8, tables.length & 255, 0, 0]);
  return Buffer.concat([
    Buffer.from('wOFFOTTO'),
    numbers(offset),
    count,
    Buffer.alloc(28),
    ...entries,
    ...bodies.map(padded),
  ]);
}

/** The tables of a plain font (SFNT). */
function tablesOf(font: Buffer): Omit<Table, 'packed'>[] {
  return Array.from({ length: font.readUInt16BE(4) }, (_, index) => {
    const at = 12 + 16 * index;
    const [checksum, start, length] = [
      font.readUInt32BE(at + 4),
      font.readUInt32BE(at + 8),
      font.readUInt32BE(at + 12),
    ];
    expect(start % 4).toBe(0);
    return { tag: font.toString('latin1', at, at + 4), checksum, data: font.subarray(start, start + length) };
  });
}

it('writes the directory and the tables behind it, each on a full word', () => {
  const tables = [
    { tag: 'head', checksum: 0x01020304, data: Buffer.from('abcde'), packed: false },
    { tag: 'glyf', checksum: 0xfffefdfc, data: Buffer.alloc(40, 'x'), packed: true },
  ];
  expect(plainFont(woffOf(tables)).toString('latin1')).toBe(
    [
      'OTTO\0\x02\0\0\0\0\0\0',
      'head\x01\x02\x03\x04\0\0\0\x2c\0\0\0\x05',
      'glyf\xff\xfe\xfd\xfc\0\0\0\x34\0\0\0\x28',
      'abcde\0\0\0',
      'x'.repeat(40),
    ].join(''),
  );
});

it('returns the tables of any font', () => {
  const table = fc.record({
    tag: fc.stringMatching(/^[a-zA-Z0-9 ]{4}$/),
    checksum: fc.nat({ max: 0xffffffff }),
    data: fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
    packed: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(table, { maxLength: 5 }), (tables) => {
      // A table is packed only where that makes it shorter: its lengths say which it is.
      const written = tables.map((each) => ({
        ...each,
        packed: each.packed && deflateSync(each.data).length < each.data.length,
      }));
      const expected = written.map(({ tag, checksum, data }) => ({ tag, checksum, data }));
      expect(tablesOf(plainFont(woffOf(written)))).toEqual(expected);
    }),
  );
});

it('unpacks no more than the table’s stated length', () => {
  const table = { tag: 'glyf', checksum: 0, data: Buffer.alloc(100_000), packed: true };
  expect(() => plainFont(woffOf([table], () => 1_000))).toThrow('larger than 1000 bytes');
});

it.each([
  Buffer.from('OTTO and so on'),
  Buffer.from('wOF2'),
  Buffer.from('xwOFF'),
  Buffer.from('wOF'),
  Buffer.alloc(0),
])('leaves %j as it is', (file) => expect(plainFont(file)).toBe(file));
