/**
 * Reads the first sheet of an XLSX file row by row. Such a file is a ZIP of XML parts (ECMA-376, part 1, section 18); the parts are
 * unpacked and parsed as streams, so memory stays bounded by what is set down here, whatever the file claims about itself.
 */
import { SaxesParser } from 'saxes';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { PosProError, invalid } from '../../kernel/errors';
import type { RowsOfFile, SpooledFile } from './csvFile';
import { cellsOf, readHeader, type ImportHeader, type NumberedRow } from './importColumns';

/** A ZIP of a few kilobytes can unpack to gigabytes: more than this is not unpacked. */
const MAX_UNPACKED_BYTES = 1024 * 1024 * 1024;
const MAX_ENTRIES = 5_000;
/** Texts that cells share are the one part that must be held in memory. */
const MAX_SHARED_CHARACTERS = 40_000_000;
const MAX_SHARED_STRINGS = 2_000_000;
/** XML between two rows; beyond it is no row that a person has made. */
const MAX_ROW_CHARACTERS = 4_000_000;
const MAX_COLUMNS = 500;
/** The small parts that say where the sheet is. */
const MAX_INDEX_CHARACTERS = 5_000_000;

/**
 * Opens a spooled file and reads its header row.
 * @throws PosProError 415 for what is no XLSX; 413 beyond a limit; 422 where there is no header that names a known column.
 */
export async function openXlsx(spooled: SpooledFile): Promise<RowsOfFile> {
  const archive = await Archive.open(spooled.file);
  try {
    const shared = await sharedStrings(archive);
    const rows = sheetRows(archive, await firstSheet(archive), shared);
    const first = await rows.next();
    const header = first.done ? undefined : readHeader(first.value.cells);
    if (!header?.columns.some((column) => column !== undefined)) {
      throw invalid('file', 'The first row of the first sheet must name the columns: sku, barcode, name, price, …', 'HEADER');
    }
    return { header, decimalComma: false, rows: numbered(rows, header), close: () => archive.close() };
  } catch (error) {
    archive.close();
    throw error;
  }
}

async function* numbered(rows: AsyncGenerator<SheetRow>, header: ImportHeader): AsyncGenerator<NumberedRow> {
  for await (const { row, cells } of rows) {
    if (cells.every((cell) => cell.trim() === '')) continue;
    yield { row, ...cellsOf(header, cells) };
  }
}

/** The parts of a ZIP file, found by name. */
class Archive {
  private constructor(
    private readonly zip: ZipFile,
    private readonly entries: ReadonlyMap<string, Entry>,
  ) {}

  static async open(file: string): Promise<Archive> {
    const zip = await yauzl.openPromise(file, { lazyEntries: true, autoClose: false, validateEntrySizes: true }).catch(broken);
    const entries = new Map<string, Entry>();
    let unpacked = 0;
    try {
      for await (const entry of zip.eachEntry()) {
        unpacked += entry.uncompressedSize;
        if (entries.size >= MAX_ENTRIES || unpacked > MAX_UNPACKED_BYTES) throw tooLarge();
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

  /** The text of a part, a piece at a time. yauzl breaks off where a part is longer than the ZIP's own list says. */
  async *text(name: string): AsyncGenerator<string> {
    const entry = this.entries.get(name);
    if (!entry) throw notXlsx();
    const decoder = new TextDecoder();
    try {
      const stream = await this.zip.openReadStreamPromise(entry);
      for await (const chunk of stream as AsyncIterable<Buffer>) yield decoder.decode(chunk, { stream: true });
      yield decoder.decode();
    } catch (error) {
      broken(error);
    }
  }

  close(): void {
    this.zip.close();
  }
}

function broken(error: unknown): never {
  if (error instanceof PosProError) throw error;
  throw new PosProError('UNSUPPORTED_MEDIA_TYPE', 'The file is no XLSX, or it is damaged. Save it again, or as CSV.', {
    cause: error,
  });
}

function notXlsx(): PosProError {
  return new PosProError('UNSUPPORTED_MEDIA_TYPE', 'The file is a ZIP, but no XLSX workbook.');
}

function tooLarge(): PosProError {
  return new PosProError('PAYLOAD_TOO_LARGE', 'The workbook unpacks to more than is read here. Save the sheet as CSV.');
}

interface Handlers {
  readonly open?: (name: string, attributes: Readonly<Record<string, string>>) => void;
  readonly close?: (name: string) => void;
  readonly text?: (text: string) => void;
}

/** A parser that speaks of elements without their prefix, which some programs write and most leave out. */
function parserOf({ open, close, text }: Handlers): SaxesParser {
  const parser = new SaxesParser();
  const bare = (name: string) => name.slice(name.indexOf(':') + 1);
  parser.on('error', (error) => broken(error));
  parser.on('opentag', (tag) => open?.(bare(tag.name), tag.attributes as Record<string, string>));
  parser.on('closetag', (tag) => close?.(bare(tag.name)));
  if (text) parser.on('text', text);
  return parser;
}

async function parseSmall(archive: Archive, name: string, handlers: Handlers): Promise<void> {
  const parser = parserOf(handlers);
  let length = 0;
  for await (const piece of archive.text(name)) {
    length += piece.length;
    if (length > MAX_INDEX_CHARACTERS) throw tooLarge();
    parser.write(piece);
  }
  parser.close();
}

/** The name of the part that holds the first sheet. */
async function firstSheet(archive: Archive): Promise<string> {
  const workbook = 'xl/workbook.xml';
  if (!archive.has(workbook)) throw notXlsx();
  let relation: string | undefined;
  await parseSmall(archive, workbook, {
    open: (name, attributes) => {
      if (name === 'sheet')
        relation ??= attributes['r:id'] ?? Object.entries(attributes).find(([key]) => key.endsWith(':id'))?.[1];
    },
  });
  let target: string | undefined;
  await parseSmall(archive, 'xl/_rels/workbook.xml.rels', {
    open: (name, { Id, Target }) => {
      if (name === 'Relationship' && Id === relation) target = Target;
    },
  });
  if (target === undefined) throw notXlsx();
  return target.startsWith('/') ? target.slice(1) : `xl/${target}`;
}

/** The texts that cells name by number. Phonetic readings (rPh) are no part of a text. */
async function sharedStrings(archive: Archive): Promise<readonly string[]> {
  const name = 'xl/sharedStrings.xml';
  const strings: string[] = [];
  if (!archive.has(name)) return strings;
  let current = '';
  let held = 0;
  let since = 0;
  let counted = 0;
  let inText = false;
  let phonetic = false;
  const parser = parserOf({
    open: (tag) => {
      if (tag === 'si') current = '';
      if (tag === 'rPh') phonetic = true;
      inText = tag === 't' && !phonetic;
    },
    close: (tag) => {
      if (tag === 'si') strings.push(ownText(current));
      if (strings.length > MAX_SHARED_STRINGS) throw tooLarge();
      if (tag === 'rPh') phonetic = false;
      if (tag === 't') inText = false;
    },
    text: (text) => {
      if (!inText) return;
      current += text;
      held += text.length;
      if (held > MAX_SHARED_CHARACTERS) throw tooLarge();
    },
  });
  for await (const piece of archive.text(name)) {
    // A text that does not end is held by the parser itself.
    parser.write(piece);
    since = strings.length === counted ? since + piece.length : 0;
    counted = strings.length;
    if (since > MAX_ROW_CHARACTERS) throw tooLarge();
  }
  parser.close();
  return strings;
}

/** A copy: what was cut out of a piece of the file would keep the whole piece in memory. */
function ownText(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}

interface SheetRow {
  /** As the spreadsheet counts. */
  readonly row: number;
  readonly cells: string[];
}

async function* sheetRows(archive: Archive, part: string, shared: readonly string[]): AsyncGenerator<SheetRow, undefined> {
  const reader = new SheetReader(shared);
  const parser = parserOf(reader);
  let since = 0;
  for await (const piece of archive.text(part)) {
    since += piece.length;
    parser.write(piece);
    const rows = reader.take();
    if (rows.length > 0) since = 0;
    else if (since > MAX_ROW_CHARACTERS) throw tooLarge();
    yield* rows;
  }
  parser.close();
  yield* reader.take();
  return undefined;
}

/** Puts the events of a sheet together to rows of texts. */
class SheetReader implements Handlers {
  private rows: SheetRow[] = [];
  private row = 0;
  private cells: string[] = [];
  private column = 0;
  private type = '';
  private value = '';
  private collecting = false;

  constructor(private readonly shared: readonly string[]) {}

  /** The rows that have come to their end. */
  take(): SheetRow[] {
    const taken = this.rows;
    this.rows = [];
    return taken;
  }

  readonly open = (name: string, attributes: Readonly<Record<string, string>>): void => {
    if (name === 'row') {
      this.row = Number(attributes.r ?? this.row + 1);
      this.cells = [];
      this.column = -1;
    } else if (name === 'c') {
      this.column = attributes.r === undefined ? this.column + 1 : columnOf(attributes.r);
      this.type = attributes.t ?? 'n';
      this.value = '';
    }
    this.collecting = name === 'v' || name === 't';
  };

  readonly text = (text: string): void => {
    if (this.collecting) this.value += text;
  };

  readonly close = (name: string): void => {
    if (name === 'v' || name === 't') this.collecting = false;
    if (name === 'c' && this.column >= 0 && this.column < MAX_COLUMNS) {
      while (this.cells.length < this.column) this.cells.push('');
      this.cells[this.column] = this.shown();
    }
    if (name === 'row') this.rows.push({ row: this.row, cells: this.cells });
  };

  private shown(): string {
    if (this.type === 's') return this.shared[Number(this.value)] ?? '';
    if (this.type === 'b') return this.value === '1' ? 'true' : 'false';
    // A cell with an error, such as #N/A, says nothing about its column.
    if (this.type === 'e') return '';
    return this.type === 'n' ? numberText(this.value) : this.value;
  }
}

/** "C7" → 2. */
function columnOf(reference: string): number {
  let column = 0;
  for (const letter of /^[A-Z]{1,3}/.exec(reference)?.[0] ?? '') column = column * 26 + letter.charCodeAt(0) - 64;
  return column - 1;
}

/** Sheets keep numbers in binary, with 15 digits to be trusted: 2.5499999999999998 is what somebody typed as 2.55. */
function numberText(text: string): string {
  if (text === '') return '';
  const number = Number(text);
  if (!Number.isFinite(number)) return text;
  const exact = Number(number.toPrecision(15));
  return Math.abs(exact) < 1e21 && (exact === 0 || Math.abs(exact) >= 1e-6) ? String(exact) : text;
}
