/** Exports of other systems: recognition by the header row, and conversion of rows to our columns. */
import type { FieldError } from '../errors';
import { plainText } from './cell-texts.rules';
import { excessOf, titleKey, type NumberedRow } from './import-columns.rules';
import { cellText, type CellValue, type TableFile, type TableRow } from './table-file';

export type SystemRows = () => AsyncIterable<SystemRow>;
/** Turns the rows of an export into rows of an import. */
export type Convert<Column extends string> = (
  rows: AsyncIterable<SystemRow>,
) => AsyncIterable<NumberedRow<Column>>;

/** A supported system. Titles are compared as keys, without blanks, punctuation and case. */
export interface ExportSystem<Column extends string> {
  /** Its name in the report: "shopify". */
  readonly name: string;
  readonly title: string;
  readonly recognizes: (keys: ReadonlySet<string>) => boolean;
  /** Whether a column is used. */
  readonly takes: (key: string) => boolean;
  /** The reason why a column is ignored. */
  readonly reasonFor?: (key: string) => string | undefined;
  /** Runs once, before the first row is converted. @param rows for a system whose rows cannot be read one by one. */
  readonly prepare: (rows: SystemRows) => Promise<Convert<Column>>;
}

/** The systems whose exports an import supports. */
export interface KnownSystems<Column extends string> {
  /** The noun for a row, in the singular: "product". */
  readonly noun: string;
  readonly known: readonly ExportSystem<Column>[];
}

/** A row of an export. */
export class SystemRow {
  constructor(
    private readonly source: TableRow,
    private readonly keys: readonly string[],
    private readonly titles: readonly string[],
  ) {}

  get number(): number {
    return this.source.row;
  }

  get fault(): FieldError | undefined {
    return excessOf(this.keys.length, this.source.cells);
  }

  /** The first non-empty cell under these columns. */
  cell(...keys: readonly string[]): CellValue | undefined {
    for (const key of keys) {
      const cell = this.source.cells[this.keys.indexOf(key)];
      if (cell !== undefined && cellText(cell).trim() !== '') return cell;
    }
    return undefined;
  }

  /** The same as a text; empty without one. */
  text(...keys: readonly string[]): string {
    return plainText(cellText(this.cell(...keys)));
  }

  /** The filled cells of the columns whose keys match, with their keys. */
  filled(keys: RegExp): { key: string; text: string }[] {
    return this.keys.flatMap((key, at) => {
      const text = cellText(this.source.cells[at]).trim();
      return text !== '' && keys.test(key) ? [{ key, text }] : [];
    });
  }

  /** The cells of the columns whose titles have this start, with the rest of the title. */
  below(prefix: string): { rest: string; cell: CellValue }[] {
    return this.titles.flatMap((title, at) => {
      const cell = this.source.cells[at];
      const said = cell !== undefined && cellText(cell).trim() !== '';
      return said && title.toLowerCase().startsWith(prefix)
        ? [{ rest: title.slice(prefix.length).trim(), cell }]
        : [];
    });
  }
}

export function remark(field: string, message: string): FieldError {
  return { field, message, code: 'NOT_TAKEN' };
}

/** A recognized export. */
export interface SystemExport<Column extends string> {
  /** Its name in the report: "shopify". */
  readonly name: string;
  /** As a sentence for the report. */
  readonly recognition: string;
  /** The ignored columns, one line each. */
  readonly notTaken: readonly string[];
  /** Its rows in our columns, some at a time. */
  readonly rows: () => AsyncIterable<readonly NumberedRow<Column>[]>;
}

/** Recognizes an export by its header; undefined for any other file. */
export function openSystemExport<Column extends string>(
  file: TableFile,
  { noun, known }: KnownSystems<Column>,
): SystemExport<Column> | undefined {
  const keys = file.header.map(titleKey);
  const has = new Set(keys);
  const system = known.find((one) => one.recognizes(has));
  if (!system) return undefined;
  const rowsOfFile = async function* (): AsyncGenerator<SystemRow> {
    for await (const rows of file.rows()) for (const row of rows) yield new SystemRow(row, keys, file.header);
  };
  let prepared: Promise<Convert<Column>> | undefined;
  const rows = async function* (): AsyncGenerator<readonly NumberedRow<Column>[]> {
    prepared ??= system.prepare(rowsOfFile);
    const convert = await prepared;
    for await (const row of convert(rowsOfFile())) yield [row];
  };
  const notTaken = file.header.flatMap((title, at) => {
    const key = keys[at]!;
    if (key === '' || system.takes(key)) return [];
    const reason = system.reasonFor?.(key);
    return `The column "${title.slice(0, 80)}" is not taken${reason === undefined ? '' : `: ${reason}`}.`;
  });
  const recognition = `Recognized as a ${noun} export of ${system.title}.`;
  return { name: system.name, recognition, notTaken, rows };
}
