/**
 * The parts of an XLSX file: a ZIP of XML (ECMA-376, part 1, section 18). Parts are unpacked and parsed as
 * streams, so memory stays
 * bounded by the limits below, whatever the file claims about itself.
 */
import { SaxesParser } from 'saxes';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { PosProError } from '../errors';
import { tooLarge } from './table-file';

/** A ZIP of a few kilobytes can unpack to gigabytes: this is the maximum. */
const MAX_UNPACKED_BYTES = 512 * 1024 * 1024;
/** Real sheets compress 10 to 50 times. Above a size, a higher ratio means a zip bomb. */
const MAX_RATIO = 300;
const RATIO_FROM_BYTES = 16 * 1024 * 1024;
const MAX_ENTRIES = 2_000;
/** Maximum XML without a complete row or text. A real file has less. */
const MAX_STANDSTILL_CHARACTERS = 4_000_000;
/** Maximum nesting; the parser keeps every open element. */
const MAX_DEPTH = 100;

/** The parts of a ZIP file, found by name. */
export class Archive {
  private constructor(
    private readonly zip: ZipFile,
    private readonly entries: ReadonlyMap<string, Entry>,
  ) {}

  /** @throws PosProError 415 for a file that is not a ZIP, 413 for one that unpacks to too much. */
  static async open(file: string): Promise<Archive> {
    const zip = await yauzl
      .openPromise(file, { lazyEntries: true, autoClose: false, validateEntrySizes: true })
      .catch(broken);
    const entries = new Map<string, Entry>();
    let unpacked = 0;
    try {
      for await (const entry of zip.eachEntry()) {
        unpacked += entry.uncompressedSize;
        const { uncompressedSize, compressedSize } = entry;
        const bomb = uncompressedSize > RATIO_FROM_BYTES && uncompressedSize > MAX_RATIO * compressedSize;
        if (bomb || entries.size >= MAX_ENTRIES || unpacked > MAX_UNPACKED_BYTES) throw tooMuch();
        if (entry.isEncrypted()) throw notXlsx();
        entries.set(entry.fileName.replace(/^\//, ''), entry);
      }
    } catch (error) {
      zip.close();
      return broken(error);
    }
    return new Archive(zip, entries);
  }

  has(name: string): boolean {
    return this.entries.has(name);
  }

  /** The text of a part, a piece at a time. yauzl stops if a part is longer than declared in the ZIP. */
  private async *text(name: string): AsyncGenerator<string> {
    const entry = this.entries.get(name);
    if (!entry) throw notXlsx();
    const decoder = new TextDecoder();
    try {
      const stream = await this.zip.openReadStreamPromise(entry);
      for await (const chunk of stream as AsyncIterable<Buffer>)
        yield decoder.decode(chunk, { stream: true });
      yield decoder.decode();
    } catch (error) {
      broken(error);
    }
  }

  /**
   * Parses a part, and pauses after every piece of it.
   * @param progress grows with each completed element; the parser keeps an unfinished text or comment.
   */
  async *parse(name: string, handlers: Handlers, progress: () => number): AsyncGenerator<undefined> {
    const parser = parserOf(handlers);
    let since = 0;
    let before = progress();
    for await (const piece of this.text(name)) {
      parser.write(piece);
      since = progress() === before ? since + piece.length : 0;
      before = progress();
      if (since > MAX_STANDSTILL_CHARACTERS) throw tooMuch();
      yield;
    }
    parser.close();
    yield;
  }

  /** Parses a part to its end. */
  async parseWhole(name: string, handlers: Handlers, progress: () => number = () => 0): Promise<void> {
    const pauses = this.parse(name, handlers, progress);
    while (!(await pauses.next()).done) continue;
  }

  close(): void {
    this.zip.close();
  }
}

export interface Handlers {
  readonly open?: (name: string, attributes: Readonly<Record<string, string>>) => void;
  readonly close?: (name: string) => void;
  readonly text?: (text: string) => void;
}

/**
 * A parser that ignores the prefixes of elements, which only some programs write. It supports only XML's own
 * entities, so that none can expand, and reads no external files.
 */
function parserOf({ open, close, text }: Handlers): SaxesParser {
  const parser = new SaxesParser();
  const bare = (name: string) => name.slice(name.indexOf(':') + 1);
  parser.on('error', (error) => broken(error));
  let depth = 0;
  parser.on('opentag', (tag) => {
    depth += 1;
    if (depth > MAX_DEPTH) throw tooMuch();
    open?.(bare(tag.name), tag.attributes);
  });
  parser.on('closetag', (tag) => {
    depth -= 1;
    close?.(bare(tag.name));
  });
  if (text) parser.on('text', text);
  return parser;
}

/** @throws PosProError 415 for a file that cannot be read. */
export function broken(error: unknown): never {
  if (error instanceof PosProError) throw error;
  throw new PosProError(
    'UNSUPPORTED_MEDIA_TYPE',
    'The file is not a valid XLSX workbook. Save it again, or as CSV.',
    {
      cause: error,
    },
  );
}

export function notXlsx(): PosProError {
  return new PosProError(
    'UNSUPPORTED_MEDIA_TYPE',
    'The file is a ZIP archive, but not an XLSX workbook, or it has a password.',
  );
}

export function tooMuch(): PosProError {
  return tooLarge('The workbook unpacks to more than is read here. Save the sheet as CSV.');
}
