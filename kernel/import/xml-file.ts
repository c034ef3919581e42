/** Reads XML files row by row in bounded memory: each format says which elements make a row. */
import { createReadStream } from 'node:fs';
import { SaxesParser } from 'saxes';
import { PosProError } from '../errors';
import { decoded } from './charset';
import type { SpooledFile } from './spool';
import { tooLarge, type TableFile, type TableRow } from './table-file';
import type { Handlers } from './xlsx-archive';

/** A format of XML files that an import supports. */
export interface XmlFormat {
  /** Its name in the report: "ecb". */
  readonly name: string;
  /** The name of its outermost element, without a prefix. */
  readonly root: string;
  /** The titles of the columns of its rows. */
  readonly header: readonly string[];
  /** Makes the handlers that read a file once. @param emit takes a row. */
  reader(emit: (row: TableRow) => void): Handlers;
}

/** Maximum nesting; the parser keeps every open element. */
const MAX_DEPTH = 100;
/** Maximum text or element without a completed element. A real file has less. */
const MAX_STANDSTILL_CHARACTERS = 1_000_000;

/**
 * Opens a spooled file and finds its format by its outermost element.
 * @throws PosProError 415 for XML of another kind, and for a file that is not XML; 413 beyond a limit.
 */
export async function openXml(spooled: SpooledFile, formats: readonly XmlFormat[]): Promise<TableFile> {
  const root = await rootOf(spooled);
  const format = formats.find((known) => known.root === root);
  if (!format) {
    const known = formats.map((one) => `<${one.root}>`).join(', ');
    throw new PosProError('UNSUPPORTED_MEDIA_TYPE', `The file is XML of another kind; supported: ${known}.`);
  }
  return {
    header: format.header,
    separator: undefined,
    format: format.name,
    rows: () => rowsOf(spooled, format),
    close: () => undefined,
  };
}

async function rootOf(spooled: SpooledFile): Promise<string> {
  let root: string | undefined;
  const pauses = parsed(spooled, { open: (name) => void (root ??= name) });
  while (root === undefined && !(await pauses.next()).done) continue;
  await pauses.return(undefined);
  if (root === undefined) throw broken();
  return root;
}

async function* rowsOf(spooled: SpooledFile, format: XmlFormat): AsyncGenerator<readonly TableRow[]> {
  let rows: TableRow[] = [];
  const pauses = parsed(
    spooled,
    format.reader((row) => rows.push(row)),
  );
  try {
    while (!(await pauses.next()).done) {
      if (rows.length === 0) continue;
      yield rows;
      rows = [];
    }
  } finally {
    await pauses.return(undefined);
  }
}

/**
 * Parses a file, and pauses after every piece of it. Only XML's own entities are known, so that none can expand, and no other file is
 * read.
 */
async function* parsed(
  spooled: SpooledFile,
  { open, close, text }: Handlers,
): AsyncGenerator<undefined, undefined> {
  const parser = new SaxesParser();
  const bare = (name: string) => name.slice(name.indexOf(':') + 1);
  let depth = 0;
  let elements = 0;
  parser.on('error', (error) => {
    throw broken(error);
  });
  parser.on('doctype', () => {
    throw broken();
  });
  parser.on('opentag', ({ name, attributes }) => {
    depth += 1;
    elements += 1;
    if (depth > MAX_DEPTH) throw tooLarge(`The elements of the file are nested deeper than ${MAX_DEPTH}.`);
    open?.(bare(name), attributes);
  });
  parser.on('closetag', ({ name }) => {
    depth -= 1;
    elements += 1;
    close?.(bare(name));
  });
  if (text) {
    parser.on('text', text);
    parser.on('cdata', text);
  }
  let standstill = 0;
  const chunks = createReadStream(spooled.file) as AsyncIterable<Buffer>;
  for await (const piece of decoded(chunks, spooled.charset)) {
    const before = elements;
    parser.write(piece);
    standstill = elements === before ? standstill + piece.length : 0;
    if (standstill > MAX_STANDSTILL_CHARACTERS) throw tooLarge('A text of the file is too long.');
    yield undefined;
  }
  parser.close();
  yield undefined;
  return undefined;
}

function broken(cause?: unknown): PosProError {
  return new PosProError('UNSUPPORTED_MEDIA_TYPE', 'The file is not valid XML.', { cause });
}
