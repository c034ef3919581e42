/** Web fonts (WOFF 1.0) as the plain fonts in them (W3C Recommendation "WOFF File Format 1.0"). Pure. */
import { inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from('wOFF');
const HEADER = 44;
const ENTRY = 20;
const SFNT_HEADER = 12;
const SFNT_ENTRY = 16;

/**
 * The font in a WOFF file; any other file is returned unchanged. fontkit reads a WOFF too, but inflates the table of outlines for each glyph, which
 * takes 300 ms a glyph in a font of 65,000.
 */
export function plainFont(file: Buffer): Buffer {
  if (!file.subarray(0, SIGNATURE.length).equals(SIGNATURE)) return file;
  const count = file.readUInt16BE(12);
  const directory = Buffer.alloc(SFNT_HEADER + count * SFNT_ENTRY);
  // The flavour and the number of tables; readers search the directory without the numbers that follow.
  file.copy(directory, 0, 4, 8);
  directory.writeUInt16BE(count, 4);
  const tables: Buffer[] = [];
  let offset = directory.length;
  for (let index = 0; index < count; index += 1) {
    const at = HEADER + index * ENTRY;
    const [start, compressedLength, length] = [
      file.readUInt32BE(at + 4),
      file.readUInt32BE(at + 8),
      file.readUInt32BE(at + 12),
    ];
    const compressed = file.subarray(start, start + compressedLength);
    const table = Buffer.alloc(Math.ceil(length / 4) * 4);
    (compressedLength < length ? inflateSync(compressed, { maxOutputLength: length }) : compressed).copy(
      table,
    );
    const entry = SFNT_HEADER + index * SFNT_ENTRY;
    file.copy(directory, entry, at, at + 4);
    file.copy(directory, entry + 4, at + 16, at + 20);
    directory.writeUInt32BE(offset, entry + 8);
    directory.writeUInt32BE(length, entry + 12);
    tables.push(table);
    offset += table.length;
  }
  return Buffer.concat([directory, ...tables]);
}
