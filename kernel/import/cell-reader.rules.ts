/** Reads the cells of one row by column, and collects their errors; the same for every import. Pure. */
import { FieldErrors } from '../validation';
import { Decimal } from '../decimal';
import type { FieldError } from '../errors';
import { storableText, textError } from '../texts.rules';
import { damageOf, hasLostDigits, plainCode, plainText, readFlag } from './cell-texts.rules';
import type { NumberedRow, RawRow } from './import-columns.rules';
import { readNumber, type NumberRules } from './number-marks.rules';
import { DateCell } from './table-file';

/** A spreadsheet keeps 15 digits of a number; it loses the other digits of a longer code. */
const MOST_DIGITS = 15;
/** Maximum length of a cell's text in a message. */
const shown = (text: string) => text.slice(0, 40);

export class CellReader<Column extends string> {
  readonly faults = new FieldErrors();
  protected readonly warned = new FieldErrors();

  /** @param codes the columns with codes: a code that a spreadsheet turned into a number or a date is lost. */
  constructor(
    private readonly row: NumberedRow<Column>,
    private readonly numbers: NumberRules,
    private readonly codes: ReadonlySet<Column>,
  ) {}

  protected get cells(): RawRow<Column> {
    return this.row.cells;
  }

  /** The errors of the row. If its cells are not under their columns, other errors are meaningless. */
  get errors(): readonly FieldError[] {
    return this.row.fault ? [this.row.fault] : this.faults.errors;
  }

  /** The warnings of the row. */
  get warnings(): readonly FieldError[] {
    return [...(this.row.remarks ?? []), ...this.warned.errors];
  }

  /** The cell's text; undefined if empty. */
  text(column: Column): string | undefined {
    const value: unknown = this.cells[column];
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'string') return this.stringIn(column, value);
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
    if (Decimal.isDecimal(value)) return this.numberIn(column, value);
    const advice = 'Give the column the format "text", and type the cell again.';
    if (!(value instanceof DateCell)) this.faults.add(column, 'Must be a text or a number.', 'TYPE');
    else
      this.faults.add(
        column,
        `A spreadsheet has made the date ${value.text} of this cell. ${advice}`,
        'DATE',
      );
    return undefined;
  }

  protected stringIn(column: Column, value: string): string | undefined {
    // Cells arrive in a stream, past the check of an operation's arguments, so the general rules for texts are
    // checked here.
    const fault = damageOf(value) ?? textError(column, value);
    if (fault) {
      this.faults.add(column, fault.message, fault.code);
      return undefined;
    }
    if (!this.codes.has(column)) return storableText(column, plainText(value)) || undefined;
    const code = plainCode(value);
    return hasLostDigits(code) ? this.lost(column, code) : code || undefined;
  }

  private numberIn(column: Column, value: Decimal): string | undefined {
    const text = value.toFixed();
    const lost = this.codes.has(column) && value.abs().greaterThanOrEqualTo(10 ** MOST_DIGITS);
    return lost ? this.lost(column, text) : text;
  }

  private lost(column: Column, code: string): string | undefined {
    const advice = 'Give the column the format "text", and fill it in again.';
    const message = `A spreadsheet has read this code as a number and lost digits of it: "${shown(code)}". ${advice}`;
    this.faults.add(column, message, 'ROUNDED');
    return undefined;
  }

  decimal(column: Column): Decimal | undefined {
    return this.amount(column, column, this.cells[column]);
  }

  /** A number in a column, or in a list there. @param field the place, for messages. */
  protected amount(column: Column, field: string, given: unknown): Decimal | undefined {
    if (Decimal.isDecimal(given)) return given;
    const value = typeof given === 'number' ? String(given) : given;
    const text = typeof value === 'string' ? this.stringIn(column, value) : this.text(column);
    if (text === undefined) return undefined;
    const reading = readNumber(text, column, this.numbers);
    if (!reading.value) {
      const hint = text.endsWith('%') ? ', but a percentage' : '';
      this.faults.add(field, `"${shown(text)}" is not a number${hint}.`, 'NUMBER');
    }
    if (reading.value && reading.otherwise) this.warnOfMark(field, text, reading.value, reading.otherwise);
    return reading.value;
  }

  private warnOfMark(field: string, text: string, value: Decimal, otherwise: Decimal): void {
    const doubt = `"${text}" can be ${value.toFixed()} or ${otherwise.toFixed()}, and no other cell of its column shows which.`;
    const advice = 'Name the mark by decimal=point or decimal=comma to be sure.';
    this.warned.add(field, `${doubt} It was read as ${value.toFixed()}. ${advice}`, 'AMBIGUOUS_NUMBER');
  }

  flag(column: Column): boolean | undefined {
    const text = this.text(column);
    if (text === undefined) return undefined;
    const value = readFlag(text);
    if (value === undefined) this.faults.add(column, `"${shown(text)}" is neither yes nor no.`, 'FLAG');
    return value;
  }
}
