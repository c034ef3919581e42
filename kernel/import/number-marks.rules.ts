/** The decimal mark of a column of numbers, decided by its unambiguous cells. Pure. */
import type { Decimal } from '../decimal';
import { markEvidence, readAmount } from './cell-texts.rules';

export type DecimalMark = 'point' | 'comma';

/** The decimal marks of a file's numbers. */
export interface NumberRules {
  /** Whether the caller set the mark, so that no cell is ambiguous. */
  readonly given: boolean;
  /** The mark set by the caller; otherwise the likely one for undecided columns. */
  readonly mark: DecimalMark;
  /** The evidence of each column's cells; `mixed` if they contradict each other. */
  readonly columns: ReadonlyMap<string, DecimalMark | 'mixed'>;
}

/** JSON, and other formats with one fixed mark. */
export function oneMark(mark: DecimalMark): NumberRules {
  return { given: true, mark, columns: new Map() };
}

/** Collects the evidence of a file's cells. */
export class ColumnMarks {
  private readonly shown = new Map<string, DecimalMark | 'mixed'>();

  note(column: string, cell: unknown): void {
    if (typeof cell !== 'string') return;
    const evidence = markEvidence(cell);
    if (evidence === undefined || evidence === 'ambiguous') return;
    const before = this.shown.get(column);
    this.shown.set(column, before === undefined || before === evidence ? evidence : 'mixed');
  }

  rules(mark: DecimalMark): NumberRules {
    return { given: false, mark, columns: this.shown };
  }
}

/** A number, and its other reading if the column is undecided. */
export interface NumberReading {
  readonly value: Decimal | undefined;
  readonly otherwise?: Decimal | undefined;
}

/** Reads a cell of a column. */
export function readNumber(text: string, column: string, rules: NumberRules): NumberReading {
  if (rules.given) return { value: readAmount(text, rules.mark === 'comma') };
  const evidence = markEvidence(text);
  if (evidence !== 'ambiguous') return { value: readAmount(text, evidence === 'comma') };
  const decided = rules.columns.get(column);
  const isDecided = decided === 'point' || decided === 'comma';
  const comma = (isDecided ? decided : rules.mark) === 'comma';
  const value = readAmount(text, comma);
  return isDecided ? { value } : { value, otherwise: readAmount(text, !comma) };
}
