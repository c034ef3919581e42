/** Reads the first sheet of an XLSX file row by row, in bounded memory. */
import { Decimal } from '../decimal';
import { invalid } from '../errors';
import { MAX_SHEET_ROWS, unescapeXlsxText } from '../xlsx-format.rules';
import type { SpooledFile } from './spool';
import {
  DateCell,
  MAX_COLUMNS,
  checkedHeader,
  isBlank,
  tooLarge,
  type CellValue,
  type TableFile,
  type TableRow,
} from './table-file';
import { Archive, broken, notXlsx, tooMuch, type Handlers } from './xlsx-archive';
import { SharedStrings } from './xlsx-strings';
import { dateText, numberStyles, type NumberStyle } from './xlsx-styles';

/** Maximum non-empty cells of a sheet: 500,000 rows of 40 columns. */
const MAX_CELLS = 20_000_000;
const MAX_CELL_CHARACTERS = 131_072;

interface Workbook {
  readonly archive: Archive;
  readonly part: string;
  readonly shared: SharedStrings;
  readonly styles: readonly NumberStyle[];
  readonly from1904: boolean;
}

/**
 * Opens a spooled file and reads its header row.
 * @throws PosProError 415 for a file that is not XLSX; 413 beyond a limit; 422 for a sheet without rows.
 */
export async function openXlsx(spooled: SpooledFile): Promise<TableFile> {
  const archive = await Archive.open(spooled.file);
  try {
    const { part, from1904 } = await firstSheet(archive);
    const shared = await SharedStrings.read(archive);
    const workbook = { archive, part, shared, from1904, styles: await numberStyles(archive) };
    const rows = filledRows(workbook);
    const first = await rows.next();
    await rows.return(undefined);
    if (first.done) throw invalid('file', 'The first sheet of the workbook has no rows.', 'HEADER');
    const header = checkedHeader(first.value[0]!.cells);
    return {
      header,
      separator: undefined,
      rows: () => belowHeader(filledRows(workbook)),
      close: () => archive.close(),
    };
  } catch (error) {
    archive.close();
    throw error;
  }
}

/** The name of the part with the first sheet, and the day 0 of the workbook. */
async function firstSheet(archive: Archive): Promise<{ part: string; from1904: boolean }> {
  const workbook = 'xl/workbook.xml';
  if (!archive.has(workbook)) throw notXlsx();
  let relation: string | undefined;
  let from1904 = false;
  await archive.parseWhole(workbook, {
    open: (name, attributes) => {
      if (name === 'workbookPr') from1904 = /^(1|true)$/.test(attributes.date1904 ?? '');
      if (name === 'sheet')
        relation ??=
          attributes['r:id'] ?? Object.entries(attributes).find(([key]) => key.endsWith(':id'))?.[1];
    },
  });
  let target: string | undefined;
  await archive.parseWhole('xl/_rels/workbook.xml.rels', {
    open: (name, { Id, Target }) => {
      if (name === 'Relationship' && Id === relation) target = Target;
    },
  });
  if (target === undefined) throw notXlsx();
  return { part: target.startsWith('/') ? target.slice(1) : `xl/${target}`, from1904 };
}

async function* filledRows({
  archive,
  part,
  ...sheet
}: Workbook): AsyncGenerator<readonly TableRow[], undefined> {
  const reader = new SheetReader(sheet);
  const pauses = archive.parse(part, reader, () => reader.ended);
  try {
    while (!(await pauses.next()).done) {
      const rows = reader.take().filter((row) => !isBlank(row));
      if (rows.length > 0) yield rows;
    }
  } finally {
    await pauses.return(undefined);
  }
  return undefined;
}

async function* belowHeader(
  rows: AsyncGenerator<readonly TableRow[], undefined>,
): AsyncGenerator<readonly TableRow[]> {
  let headerSeen = false;
  for await (const some of rows) {
    const below = headerSeen ? some : some.slice(1);
    headerSeen = true;
    if (below.length > 0) yield below;
  }
}

/** Assembles the events of a sheet into rows. */
class SheetReader implements Handlers {
  /** Number of completed rows. */
  ended = 0;
  private rows: TableRow[] = [];
  private row = 0;
  private cells: CellValue[] = [];
  private filled = 0;
  private column = 0;
  private type = '';
  private style = 0;
  private value = '';
  private collecting = false;

  constructor(private readonly sheet: Pick<Workbook, 'shared' | 'styles' | 'from1904'>) {}

  /** The completed rows. */
  take(): TableRow[] {
    const taken = this.rows;
    this.rows = [];
    return taken;
  }

  readonly open = (name: string, attributes: Readonly<Record<string, string>>): void => {
    if (name === 'row') {
      const row = attributes.r === undefined ? this.row + 1 : Number(attributes.r);
      if (!Number.isInteger(row) || row <= this.row)
        broken(new Error(`The row ${attributes.r} is out of order.`));
      if (row > MAX_SHEET_ROWS) throw tooLarge(`A sheet has ${MAX_SHEET_ROWS} rows at most.`);
      this.row = row;
      this.cells = [];
      this.column = -1;
    } else if (name === 'c') {
      this.column = attributes.r === undefined ? this.column + 1 : columnOf(attributes.r);
      this.type = attributes.t ?? 'n';
      this.style = Number(attributes.s ?? 0);
      this.value = '';
    }
    this.collecting = name === 'v' || name === 't';
  };

  readonly text = (text: string): void => {
    if (!this.collecting) return;
    this.value += text;
    if (this.value.length > MAX_CELL_CHARACTERS)
      throw tooLarge(`A cell has ${MAX_CELL_CHARACTERS} characters at most.`);
  };

  readonly close = (name: string): void => {
    if (name === 'v' || name === 't') this.collecting = false;
    if (name === 'c') this.put(this.shown());
    if (name !== 'row') return;
    this.ended += 1;
    if (this.cells.length > 0) this.rows.push({ row: this.row, cells: this.cells });
  };

  private put(value: CellValue): void {
    if (value === '') return;
    this.filled += 1;
    if (this.filled > MAX_CELLS) throw tooMuch();
    if (this.column >= MAX_COLUMNS) throw tooLarge(`Row ${this.row} has more than ${MAX_COLUMNS} columns.`);
    while (this.cells.length < this.column) this.cells.push('');
    this.cells[this.column] = value;
  }

  private shown(): CellValue {
    if (this.type === 's') return this.sheet.shared.at(this.value);
    if (this.type === 'b') return this.value === '1' ? 'true' : 'false';
    // A cell with an error, such as #N/A, is empty.
    if (this.type === 'e') return '';
    return this.type === 'n' ? this.number() : unescapeXlsxText(this.value);
  }

  private number(): CellValue {
    if (this.value.trim() === '') return '';
    const number = Number(this.value);
    if (!Number.isFinite(number)) return broken(new Error(`"${this.value.slice(0, 40)}" is not a number.`));
    const style = this.sheet.styles[this.style];
    if (style === 'date') return new DateCell(dateText(number, this.sheet.from1904));
    // Sheets store numbers in binary, with 15 reliable digits: 2.5499999999999998 was typed as 2.55.
    const exact = new Decimal(number).toSignificantDigits(15);
    return style === 'percent' ? `${exact.times(100).toFixed()}%` : exact;
  }
}

/** "C7" → 2. @throws PosProError 415 for an invalid reference. */
function columnOf(reference: string): number {
  const letters = /^([A-Z]{1,3})\d+$/.exec(reference)?.[1];
  if (letters === undefined) return broken(new Error(`"${reference.slice(0, 20)}" names no cell.`));
  let column = 0;
  for (const letter of letters) column = column * 26 + letter.charCodeAt(0) - 64;
  return column - 1;
}
