/** Reads CSV: detects the separator, and reads row by row in bounded memory, whatever the file contains. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable, pipeline as connect, type TransformCallback } from 'node:stream';
import { CsvError, Parser, type Options } from 'csv-parse';
import { invalid } from '../errors';
import { decoded } from './charset';
import type { SpooledFile } from './spool';
import { checkedHeader, isBlank, tooLarge, type TableFile, type TableRow } from './table-file';

/** A longer row was never typed: it has an unclosed quote, or is made to fill the memory. */
const MAX_ROW_CHARACTERS = 262_144;
/** The same in UTF-8, the encoding of the parser's input. */
const MAX_ROW_BYTES = 3 * MAX_ROW_CHARACTERS;
/** The limit of a spreadsheet; blank rows count, because they cost as much to read as others. */
const MAX_ROWS = 1_048_576;
/** The parser makes an object of each cell and each row before it pauses, and a row may be two bytes long. */
const PIECE_CHARACTERS = 8_192;

const DELIMITERS = [',', ';', '\t', '|'];
/** With this line a file sets the separator for Excel; it is not a row. */
const SEPARATOR_LINE = /^sep=(.)\r?\n/i;

type CsvRecord = readonly string[];
/**
 * Opens a spooled file and reads its header row. @throws PosProError 422 for a file without rows; 413 beyond a
 * limit.
 */
export async function openCsv(spooled: SpooledFile): Promise<TableFile> {
  const separator = await separatorOf(spooled);
  const opened = new Set<() => void>();
  const records = (): OpenRecords => {
    const bytes = createReadStream(spooled.file);
    const parser = new BoundedParser({
      delimiter: separator,
      relax_column_count: true,
      relax_quotes: true,
      max_record_size: MAX_ROW_CHARACTERS,
    });
    // An error of the file destroys the parser, so the loop over its records throws it.
    connect(Readable.from(pieces(decoded(bytes, spooled.charset))), parser, () => undefined);
    const close = () => {
      opened.delete(close);
      parser.destroy();
      bytes.destroy();
    };
    opened.add(close);
    return { parser, close };
  };
  const header = await headerOf(records());
  return {
    header,
    separator,
    rows: () => rowsBelowHeader(records()),
    close: () => {
      for (const close of opened) close();
    },
  };
}

interface OpenRecords {
  readonly parser: Parser;
  readonly close: () => void;
}

/** Counts the size of an unfinished row; csv-parse itself counts the characters of cells, but not the cells. */
class BoundedParser extends Parser {
  private records = 0;
  private since = 0;

  constructor(options: Options) {
    super(options);
  }

  override _transform(piece: Buffer, encoding: BufferEncoding, done: TransformCallback): void {
    super._transform(piece, encoding, (error) => {
      this.since = this.info.records === this.records ? this.since + piece.length : 0;
      this.records = this.info.records;
      const row = this.info.records + 1;
      const beyond =
        row > MAX_ROWS
          ? `the file has more than ${MAX_ROWS} rows`
          : `row ${row} has more than ${MAX_ROW_CHARACTERS} characters`;
      done(error ?? (row > MAX_ROWS || this.since > MAX_ROW_BYTES ? new BeyondLimit(beyond) : null));
    });
  }
}

class BeyondLimit extends Error {}

/** Pieces small enough that the parser's result for one is small, too; without the line that sets the separator. */
async function* pieces(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let first = true;
  for await (const text of texts) {
    const own = first ? text.replace(SEPARATOR_LINE, '') : text;
    first = false;
    for (let at = 0; at < own.length; at += PIECE_CHARACTERS) yield own.slice(at, at + PIECE_CHARACTERS);
  }
}

async function headerOf(opened: OpenRecords): Promise<string[]> {
  for await (const records of recordsOf(opened)) {
    const first = records.find((record) => !isEmptyLine(record));
    if (first) return checkedHeader(first);
  }
  throw invalid('file', 'The file has no rows.', 'HEADER');
}

/** Rows as a spreadsheet counts them: blank lines count, and a cell with line breaks is one row. */
async function* rowsBelowHeader(opened: OpenRecords): AsyncGenerator<readonly TableRow[]> {
  let row = 0;
  let headerSeen = false;
  for await (const records of recordsOf(opened)) {
    const rows: TableRow[] = [];
    for (const cells of records) {
      row += 1;
      if (headerSeen) rows.push({ row, cells });
      else headerSeen = !isEmptyLine(cells);
    }
    const filled = rows.filter((read) => !isBlank(read));
    if (filled.length > 0) yield filled;
  }
}

/** The header is the first line with anything in it. */
function isEmptyLine(record: CsvRecord): boolean {
  return record.length === 1 && record[0] === '';
}

/** The records that the parser has made so far, again and again: one at a time, each would cost a turn of the event loop. */
async function* recordsOf({ parser, close }: OpenRecords): AsyncGenerator<readonly CsvRecord[]> {
  let taken = 0;
  try {
    for await (const first of parser as AsyncIterable<CsvRecord>) {
      const records = [first];
      for (let next = takeFrom(parser); next !== null; next = takeFrom(parser)) records.push(next);
      taken += records.length;
      yield records;
    }
  } catch (error) {
    throw explained(error, taken + 1);
  } finally {
    close();
  }
}

function takeFrom(parser: Parser): CsvRecord | null {
  return parser.read() as CsvRecord | null;
}

/**
 * The parser's error, for the caller.
 * @param row the first row that was not imported; the parser reads ahead, so the invalid one may come later.
 */
function explained(error: unknown, row: number): unknown {
  if (error instanceof BeyondLimit) return tooLarge(`Rows from ${row} on were not taken: ${error.message}.`);
  if (!(error instanceof CsvError)) return error;
  const { records } = error as CsvError & { readonly records: number };
  const reason = /QUOTE|MAX_RECORD/.test(error.code) ? 'a quote is not closed' : 'there is no valid CSV';
  return invalid('file', `Rows from ${row} on were not taken: in row ${records + 1} ${reason}.`, 'CSV');
}

/** The separator that the file sets itself; otherwise the most frequent one in the first line, outside quotes. */
async function separatorOf(spooled: SpooledFile): Promise<string> {
  const handle = await open(spooled.file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(65_536), 0, 65_536, 0);
    let start = '';
    for await (const text of decoded(Readable.from([buffer.subarray(0, bytesRead)]), spooled.charset))
      start += text;
    const named = SEPARATOR_LINE.exec(start)?.[1];
    if (named === '"') throw invalid('file', 'The line "sep=" names no separator.', 'CSV');
    if (named !== undefined) return named;
    const line = start
      .trimStart()
      .replace(/"[^"]*"/g, '')
      .split(/\r\n|\n|\r/, 1)[0]!;
    const counts = DELIMITERS.map((sign) => line.split(sign).length);
    return DELIMITERS[counts.indexOf(Math.max(...counts))]!;
  } finally {
    await handle.close();
  }
}
