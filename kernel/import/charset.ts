/** The character sets of imported files: by label, with their decoders. */
import { encodingExists, getDecoder } from 'iconv-lite';
import { PosProError } from '../errors';

/** The library's encodings that are not character sets. */
const NO_CHARSETS = /^(base64|hex|binary|utf-?7|utf-?7-?imap|ucs-?2|cesu-?8)$/;

/**
 * Programs that label text as Latin-1 or ASCII write the Windows code page, which includes both and has
 * additional characters (€, “, –) in place of control characters. Browsers do the same (WHATWG Encoding,
 * section 4.2).
 */
const WESTERN = /^(iso[-_]?8859-?1|latin-?1|l1|us-ascii|ascii|ansi)$/;

/** The character set of a `charset=`. @throws PosProError UNSUPPORTED_MEDIA_TYPE for an unknown one. */
export function charsetNamed(label: string): string {
  const name = label.trim().toLowerCase();
  if (WESTERN.test(name)) return 'windows-1252';
  if (NO_CHARSETS.test(name) || !encodingExists(name)) {
    throw new PosProError(
      'UNSUPPORTED_MEDIA_TYPE',
      `The charset "${label.slice(0, 40)}" is unknown; save the file as UTF-8, or name another charset.`,
    );
  }
  return name;
}

const BYTE_ORDER_MARKS: readonly (readonly [charset: string, bytes: readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-32le', [0xff, 0xfe, 0, 0]],
  ['utf-32be', [0, 0, 0xfe, 0xff]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

/**
 * The character set by the first bytes of a file: by a byte order mark, or by the zeros of plain Latin text in
 * UTF-16.
 */
export function charsetOfStart(start: Buffer): string | undefined {
  const marked = BYTE_ORDER_MARKS.find(([, bytes]) =>
    start.subarray(0, bytes.length).equals(Buffer.from(bytes)),
  );
  if (marked) return marked[0];
  const sample = start.subarray(0, 64);
  if (sample.length < 4) return undefined;
  const zeros = (from: number) => sample.every((byte, at) => (at % 2 === from ? byte === 0 : byte !== 0));
  if (zeros(1)) return 'utf-16le';
  return zeros(0) ? 'utf-16be' : undefined;
}

/**
 * The text of a file, a piece at a time, without a byte order mark. Invalid bytes become U+FFFD, by which the
 * reader of a cell recognizes them.
 */
export async function* decoded(chunks: AsyncIterable<Buffer>, charset: string): AsyncGenerator<string> {
  const decoder = getDecoder(charset);
  let first = true;
  for await (const chunk of chunks) {
    const text = decoder.write(chunk);
    if (text === '') continue;
    yield first ? text.replace(/^\ufeff/, '') : text;
    first = false;
  }
  const rest = decoder.end();
  if (rest) yield rest;
}
