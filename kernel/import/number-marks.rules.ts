/** Which sign stands before the decimals in a column of numbers: decided by the cells that leave no doubt. Pure. */
import type { Decimal } from '../decimal';
import { markEvidence, readAmount } from './cell-texts.rules';

export type DecimalMark = 'point' | 'comma';

/** How the numbers of a file are read. */
export interface NumberRules {
  /** Whether the caller has named the mark, so that no cell is in doubt. */
  readonly given: boolean;
  /** The mark that was named; otherwise the one that is likely where a column does not decide. */
  readonly mark: DecimalMark;
  /** What the cells of each column show; `mixed` where some show the one mark and some the other. */
  readonly columns: ReadonlyMap<string, DecimalMark | 'mixed'>;
}

/** JSON, and whatever else keeps to one mark. */
export function oneMark(mark: DecimalMark): NumberRules {
  return { given: true, mark, columns: new Map() };
}

/** Collects what the cells of a file show. */
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

/** A number, and what else the cell may mean where its column does not decide. */
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
