/** Encrypted files: read back at any place, and rejected with another key, altered, exchanged or cut off. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import * as fc from 'fast-check';
import { Encryption, openFile } from '#kernel/backup/encrypted-file';

const CHUNK = 65_536;
const key = randomBytes(32);
let folder: string;
beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), 'pospro-encrypted-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Writes a file of the content, which arrives in pieces of a size. */
async function encrypt(content: Buffer, piece = 10_000): Promise<string> {
  const file = path.join(folder, randomBytes(6).toString('hex'));
  const pieces: Buffer[] = [];
  for (let at = 0; at < content.length; at += piece) pieces.push(content.subarray(at, at + piece));
  writeFileSync(file, await buffer(Readable.from(pieces).pipe(new Encryption(key))));
  return file;
}

async function read(
  file: string,
  start: number,
  end: number,
  with_: Buffer | undefined = key,
): Promise<Buffer> {
  const open = await openFile(file, with_);
  try {
    return await buffer(open.reader._readStreamForRange(start, end));
  } finally {
    await open.close();
  }
}

it.each([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 200_000])(
  'a content of %i bytes is read back',
  async (size) => {
    const content = randomBytes(size);
    const file = await encrypt(content);
    const open = await openFile(file, key);
    expect([open.size, open.encrypted]).toEqual([size, true]);
    await open.close();
    expect((await read(file, 0, size)).equals(content)).toBe(true);
    expect(readFileSync(file).includes(content.subarray(0, 32)) && size >= 32).toBe(false);
  },
);

it('any part of it is read back, whatever the pieces in which it was written', async () => {
  const content = randomBytes(3 * CHUNK + 17);
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 2 * CHUNK }),
      fc.nat(content.length),
      fc.nat(content.length),
      async (piece, one, other) => {
        const file = await encrypt(content, piece);
        const [start, end] = [Math.min(one, other), Math.max(one, other)];
        expect((await read(file, start, end)).equals(content.subarray(start, end))).toBe(true);
      },
    ),
    { numRuns: 30 },
  );
});

it('two files of the same content have nothing in common', async () => {
  const content = Buffer.alloc(1_000);
  const [one, other] = [await encrypt(content), await encrypt(content)];
  expect(readFileSync(one).subarray(24).equals(readFileSync(other).subarray(24))).toBe(false);
});

describe('is rejected', () => {
  const content = randomBytes(2 * CHUNK + 5);
  const size = content.length;

  it('with another key, and without one', async () => {
    const file = await encrypt(content);
    await expect(read(file, 0, size, randomBytes(32))).rejects.toThrow(/BACKUP_KEY is another key/);
    await expect(openFile(file, undefined)).rejects.toThrow(
      'The backup is encrypted: set BACKUP_KEY to its key.',
    );
  });

  it('if a bit was changed', async () => {
    const file = await encrypt(content);
    const bytes = readFileSync(file);
    bytes[CHUNK + 100]! ^= 1;
    writeFileSync(file, bytes);
    await expect(read(file, 0, size)).rejects.toThrow(/altered or cut off/);
  });

  it('if it was cut off at the end of a chunk', async () => {
    const file = await encrypt(content);
    truncateSync(file, 24 + 2 * (CHUNK + 16));
    const open = await openFile(file, key);
    await expect(buffer(open.reader._readStreamForRange(0, open.size))).rejects.toThrow(/altered or cut off/);
    await open.close();
  });

  it('if two chunks were exchanged', async () => {
    const file = await encrypt(content);
    const bytes = readFileSync(file);
    const chunk = (index: number) =>
      bytes.subarray(24 + index * (CHUNK + 16), 24 + (index + 1) * (CHUNK + 16));
    const first = Buffer.from(chunk(0));
    chunk(1).copy(chunk(0));
    first.copy(chunk(1));
    writeFileSync(file, bytes);
    await expect(read(file, 0, size)).rejects.toThrow(/altered or cut off/);
  });
});

it('a file that is not encrypted is read as it is', async () => {
  const file = path.join(folder, 'plain');
  writeFileSync(file, 'a plain text');
  expect((await read(file, 2, 7, undefined)).toString()).toBe('plain');
});
