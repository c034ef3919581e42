/** Rows of a provider's settlement file: the columns, their titles in Stripe's reports, and the reading of a row. Pure. */
import { ZERO, formatDecimal, type Decimal } from '#kernel/decimal';
import type { FieldError } from '#kernel/errors';
import { CellReader } from '#kernel/import/cell-reader.rules';
import { columnNames, type ColumnNames, type NumberedRow } from '#kernel/import/import-columns.rules';
import type { NumberRules } from '#kernel/import/number-marks.rules';
import { DateCell } from '#kernel/import/table-file';
import { isCurrency } from '#kernel/iso-currencies';
import { roundMoney } from '#kernel/money';
import type { SettlementTransactionKind } from '../inputs.generated';

const COLUMN_LIST = [
  'transactionReference', 'payoutReference', 'paidOn', 'occurredAt', 'kind', 'paymentReference', 'refundReference', 'currency', 'gross', 'fee', 'net',
  'chargedAmount', 'chargedCurrency',
] as const; // prettier-ignore

export type SettlementColumn = (typeof COLUMN_LIST)[number];

/** The titles of Stripe's reports "Payout reconciliation" and "Balance change", both itemized. */
export const SETTLEMENT_COLUMNS: ColumnNames<SettlementColumn> = columnNames<SettlementColumn>(COLUMN_LIST, {
  transactionid: 'transactionReference', payoutid: 'payoutReference', balancetransactionid: 'transactionReference', automaticpayoutid: 'payoutReference', automaticpayouteffectiveat: 'paidOn',
  automaticpayouteffectiveatutc: 'paidOn', created: 'occurredAt', createdutc: 'occurredAt', reportingcategory: 'kind',
  paymentintentid: 'paymentReference', sourceid: 'refundReference', customerfacingamount: 'chargedAmount',
  customerfacingcurrency: 'chargedCurrency',
}); // prettier-ignore

/** The columns with amounts. */
export const SETTLEMENT_AMOUNTS: readonly SettlementColumn[] = ['gross', 'fee', 'net', 'chargedAmount'];

const CODES: ReadonlySet<SettlementColumn> = new Set([
  'transactionReference',
  'payoutReference',
  'paymentReference',
  'refundReference',
]);

/** Kinds of rows by their names in files: PosPro's own, and Stripe's reporting categories. Any other name is an adjustment. */
const KINDS: Readonly<Record<string, SettlementTransactionKind>> = {
  charge: 'charge',
  charge_failure: 'charge',
  partial_capture_reversal: 'charge',
  refund: 'refund',
  refund_failure: 'refund',
  dispute: 'dispute',
  dispute_reversal: 'dispute',
  fee: 'fee',
  network_cost: 'fee',
  tax: 'fee',
  payout: 'payout',
  payout_reversal: 'payout',
  adjustment: 'adjustment',
};

/** A row that was read. */
export interface SettlementDraft {
  readonly row: number;
  readonly transactionReference: string;
  readonly payoutReference: string;
  /** The day of the payout, in the file's own time zone. */
  readonly paidOn: string | null;
  readonly occurredAt: Date | null;
  readonly kind: SettlementTransactionKind;
  /** The name of the kind in the file. */
  readonly category: string;
  readonly paymentReference: string | null;
  readonly refundReference: string | null;
  readonly currency: string;
  readonly gross: Decimal;
  readonly fee: Decimal;
  readonly net: Decimal;
  /** The amount that the customer was charged, if it was in another currency than that of the payout. */
  readonly charged: { readonly amount: Decimal; readonly currency: string } | null;
  readonly errors: readonly FieldError[];
  readonly warnings: readonly FieldError[];
}

/** Reads a row. Errors are collected, never thrown: an invalid row fails alone. */
export function readSettlementRow(
  numbered: NumberedRow<SettlementColumn>,
  numbers: NumberRules,
): SettlementDraft {
  const read = new SettlementReader(numbered, numbers, CODES);
  const category = read.required('kind').toLowerCase();
  const kind = KINDS[category] ?? 'adjustment';
  const refundReference = read.text('refundReference') ?? null;
  const currency = read.currency('currency') ?? '';
  return {
    row: numbered.row,
    transactionReference: read.required('transactionReference'),
    payoutReference: read.payout(kind === 'payout' ? refundReference : null),
    paidOn: read.day('paidOn'),
    occurredAt: read.moment('occurredAt'),
    kind,
    category,
    paymentReference: read.text('paymentReference') ?? null,
    refundReference: kind === 'refund' ? refundReference : null,
    currency,
    ...read.amounts(currency),
    charged: read.charged(currency),
    errors: read.errors,
    warnings: read.warnings,
  };
}

class SettlementReader extends CellReader<SettlementColumn> {
  hasError(column: SettlementColumn): boolean {
    return this.faults.errors.some(({ field }) => field === column);
  }

  required(column: SettlementColumn): string {
    const text = this.text(column);
    if (text === undefined && !this.hasError(column)) this.faults.add(column, 'Is missing.', 'REQUIRED');
    return text ?? '';
  }

  /** Gross, fee and net; a missing net is computed. */
  amounts(currency: string): Pick<SettlementDraft, 'gross' | 'fee' | 'net'> {
    const gross = this.money('gross', currency);
    const fee = this.money('fee', currency) ?? ZERO;
    const net = this.money('net', currency) ?? gross?.minus(fee);
    if (gross && net && !gross.minus(fee).equals(net)) this.mismatchedNet(gross, fee, net);
    if (!gross && !this.hasError('gross')) this.faults.add('gross', 'Is missing.', 'REQUIRED');
    return { gross: gross ?? ZERO, fee, net: net ?? ZERO };
  }

  /** @param source the source of the row: Stripe's row of a payout names the payout as its source. */
  payout(source: string | null): string {
    const text = this.text('payoutReference') ?? source ?? undefined;
    const message = 'The row is of no payout yet. Import it with the file of its payout.';
    if (text === undefined && !this.hasError('payoutReference'))
      this.faults.add('payoutReference', message, 'NOT_PAID_OUT');
    return text ?? '';
  }

  currency(column: SettlementColumn): string | undefined {
    const code = this.text(column)?.toUpperCase();
    if (code === undefined) {
      if (column === 'currency') this.required(column);
      return undefined;
    }
    if (isCurrency(code)) return code;
    this.faults.add(column, `"${code.slice(0, 40)}" is not a currency of ISO 4217.`, 'INVALID');
    return undefined;
  }

  /** An amount in the digits of its currency. */
  money(column: SettlementColumn, currency: string): Decimal | undefined {
    const value = this.decimal(column);
    if (value === undefined || currency === '') return value;
    if (value.abs().greaterThan('1e12')) this.faults.add(column, 'Is too large.', 'TOO_LARGE');
    else if (!roundMoney(value, currency).equals(value))
      this.faults.add(column, `${currency} does not have that many digits.`, 'PRECISION');
    return value;
  }

  charged(currency: string): SettlementDraft['charged'] {
    const code = this.currency('chargedCurrency');
    if (code === undefined || code === currency) return null;
    const amount = this.money('chargedAmount', code);
    return amount === undefined ? null : { amount, currency: code };
  }

  mismatchedNet(gross: Decimal, fee: Decimal, net: Decimal): void {
    const message = `${formatDecimal(gross)} minus the fee of ${formatDecimal(fee)} is not ${formatDecimal(net)}.`;
    this.faults.add('net', message, 'NET_MISMATCH');
  }

  /** A day, also of a moment: "2026-11-03 00:00:00". */
  day(column: SettlementColumn): string | null {
    const moment = this.moment(column);
    return moment?.toISOString().slice(0, 10) ?? null;
  }

  /** A moment, in UTC unless the file names an offset: "2026-11-01 09:00:00" or "2026-11-01T09:00:00Z". */
  moment(column: SettlementColumn): Date | null {
    const value = this.cells[column];
    const text = value instanceof DateCell ? value.text : this.text(column);
    if (text === undefined) return null;
    const [, date, time = '00:00:00', zone = 'Z'] = MOMENT.exec(text.trim()) ?? [];
    const moment = new Date(`${date}T${time}${zone}`);
    if (date !== undefined && !Number.isNaN(moment.getTime())) return moment;
    this.faults.add(column, `"${text.slice(0, 40)}" is not a time such as 2026-11-01 09:00:00.`, 'DATE');
    return null;
  }
}

const MOMENT = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?))?(Z|[+-]\d\d:\d\d)?$/;
