/** The journal by account as CSV: each posting is a row of both of its accounts. Pure. */
import type { Decimal } from '#kernel/decimal';
import { guardFormula } from '#kernel/formula-guard.rules';
import { formatMoney } from '#kernel/money';
import type { JournalAccount, JournalKind, PaymentMethodKind } from '../../inputs.generated';

/** A posting with the numbers of its accounts. */
export interface NumberedPosting {
  readonly date: string;
  readonly branchCode: string | null;
  readonly branchName: string | null;
  readonly kind: JournalKind;
  readonly method: PaymentMethodKind | null;
  readonly taxRate: Decimal | null;
  readonly taxClass: string | null;
  readonly debit: JournalAccount;
  readonly credit: JournalAccount;
  readonly debitNumber: string;
  readonly creditNumber: string;
  /** DATEV's key ("BU-Schlüssel"); null without one. */
  readonly taxKey: string | null;
  readonly amount: Decimal;
}

const HEADINGS = [
  ...['number', 'account', 'date', 'branch', 'kind', 'method', 'tax_rate', 'tax_class'],
  ...['debit', 'credit', 'contra_number', 'contra_account', 'currency'],
];

/** The file: rows by number, date and kind. */
export function accountCsv(postings: readonly NumberedPosting[], currency: string): string {
  const rows = postings
    .flatMap((posting) => [rowOf(posting, 'debit', currency), rowOf(posting, 'credit', currency)])
    .sort((a, b) => compare(a.slice(0, 5).join(' '), b.slice(0, 5).join(' ')));
  return [HEADINGS, ...rows].map((cells) => `${cells.map(cell).join(',')}\r\n`).join('');
}

function rowOf(posting: NumberedPosting, side: 'debit' | 'credit', currency: string): string[] {
  const { debitNumber, creditNumber, debit, credit } = posting;
  const amount = formatMoney(posting.amount, currency);
  const [own, contra] = side === 'debit' ? [debit, credit] : [credit, debit];
  const [number, contraNumber] = side === 'debit' ? [debitNumber, creditNumber] : [creditNumber, debitNumber];
  return [
    ...[number, own, posting.date, posting.branchCode ?? '', posting.kind, posting.method ?? ''],
    ...[posting.taxRate?.toFixed() ?? '', posting.taxClass ?? ''],
    ...[side === 'debit' ? amount : '', side === 'credit' ? amount : ''],
    ...[contraNumber, contra, currency],
  ];
}

function cell(text: string): string {
  const guarded = guardFormula(text);
  return /[",\r\n]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
