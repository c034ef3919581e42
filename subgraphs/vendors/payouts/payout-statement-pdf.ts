/** The statement of a payout as a PDF on A4 sheets. */
import { businessDay } from '#kernel/business-day.rules';
import { sum, type Decimal } from '#kernel/decimal';
import { formatMoney } from '#kernel/money';
import { tablePdf, type PdfRow } from '#kernel/typesetting/table-pdf';
import type { VendorPayoutRow, VendorRow } from '../tables.generated';
import { maskedAccount } from '../vendors/bank-account.rules';
import type { StatementLine } from './payouts.queries';

/** The content of a statement. */
export interface PayoutStatement {
  readonly payout: VendorPayoutRow;
  readonly vendor: Pick<VendorRow, 'name' | 'legalName' | 'taxNumber'>;
  readonly organization: { readonly name: string; readonly timeZone: string };
  readonly lines: readonly StatementLine[];
}

/** The document's bytes: the same for the same payout. */
export function payoutStatementPdf({
  payout,
  vendor,
  organization,
  lines,
}: PayoutStatement): Promise<Buffer> {
  const { number, until, currency } = payout;
  const account = maskedAccount(payout)!;
  return tablePdf({
    title: `Payout ${number}`,
    sender: organization.name,
    lines: [
      vendor.legalName ?? vendor.name,
      ...(vendor.taxNumber === null ? [] : [`Tax number ${vendor.taxNumber}`]),
      `${account.holder}, ${account.iban}`,
      `Until ${String(until)}, amounts in ${currency}`,
    ],
    columns: [
      { title: 'Date', width: 0.16, align: 'start' },
      { title: 'Order', width: 0.24, align: 'start' },
      { title: 'Sales', width: 0.15, align: 'end' },
      { title: 'Refunds', width: 0.15, align: 'end' },
      { title: 'Commission', width: 0.15, align: 'end' },
      { title: 'Amount', width: 0.15, align: 'end' },
    ],
    rows: rowsOf(payout, lines, organization.timeZone),
    createdAt: payout.createdAt,
  });
}

function rowsOf(
  { amount, currency }: VendorPayoutRow,
  lines: readonly StatementLine[],
  timeZone: string,
): PdfRow[] {
  const money = (value: Decimal) => formatMoney(value, currency);
  const total = (column: 'sales' | 'refunds' | 'commission') => money(sum(lines.map((line) => line[column])));
  return [
    ...lines.map(({ at, reference, kind, sales, refunds, commission, amount: remaining }) => ({
      cells: [
        businessDay(at, timeZone),
        kind === 'payout_return' ? `Returned: ${reference}` : reference,
        ...(kind === 'order' ? [sales, refunds, commission].map(money) : ['', '', '']),
        money(remaining),
      ],
    })),
    {
      cells: ['Total', '', total('sales'), total('refunds'), total('commission'), money(amount)],
      bold: true,
    },
  ];
}
