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

interface CsvRecord {
  record: string[];
  info: { records: number; empty_lines: number };
}

/**
 * Opens a spooled file and reads its header row. @throws PosProError 422 for a file without rows; 413 beyond a
 * limit.
 */
export async function openCsv(spooled: SpooledFile): Promise<TableFile> {
  const separator = await separatorOf(spooled);
  const opened = new Set<() => void>();
  const records = (): { iterator: AsyncIterator<CsvRecord, undefined>; close: () => void } => {
    const bytes = createReadStream(spooled.file);
    const parser = new BoundedParser({
      delimiter: separator,
      info: true,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
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
    return { iterator: (parser as AsyncIterable<CsvRecord, undefined>)[Symbol.asyncIterator](), close };
  };
  const start = records();
  const first = await nextOf(start.iterator, 1).finally(start.close);
  if (first.done) throw invalid('file', 'The file has no rows.', 'HEADER');
  const header = checkedHeader(first.value.record);
  return {
    header,
    separator,
    rows: () => rowsBelowHeader(records()),
    close: () => {
      for (const close of opened) close();
    },
  };
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
      const row = this.info.records + this.info.empty_lines + 1;
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

/** Rows as a spreadsheet counts them: blank lines count, and a cell with line breaks is one row. */
async function* rowsBelowHeader({
  iterator,
  close,
}: {
  iterator: AsyncIterator<CsvRecord, undefined>;
  close: () => void;
}): AsyncGenerator<TableRow> {
  try {
    let row = 0;
    for (;;) {
      const next = await nextOf(iterator, row + 1);
      if (next.done) return;
      const { record, info } = next.value;
      const header = row === 0;
      row = info.records + info.empty_lines;
      const read = { row, cells: record };
      if (!header && !isBlank(read)) yield read;
    }
  } finally {
    close();
  }
}

async function nextOf(
  records: AsyncIterator<CsvRecord, undefined>,
  row: number,
): Promise<IteratorResult<CsvRecord, undefined>> {
  try {
    return await records.next();
  } catch (error) {
    throw explained(error, row);
  }
}

/**
 * The parser's error, for the caller.
 * @param row the first row that was not imported; the parser reads ahead, so the invalid one may come later.
 */
function explained(error: unknown, row: number): unknown {
  if (error instanceof BeyondLimit) return tooLarge(`Rows from ${row} on were not taken: ${error.message}.`);
  if (!(error instanceof CsvError)) return error;
  const { records, empty_lines: blank } = error as unknown as CsvRecord['info'];
  const reason = /QUOTE|MAX_RECORD/.test(error.code) ? 'a quote is not closed' : 'there is no valid CSV';
  return invalid(
    'file',
    `Rows from ${row} on were not taken: in row ${records + blank + 1} ${reason}.`,
    'CSV',
  );
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
