/** An X- or Z-report in the columns of the receipt printer. */
import { paperColumns } from '../core/receipt-text';
import type { ReportTotalsFragment } from '../operations.generated';

/** @param paperWidth in millimetres: 58 or 80. */
export function reportText(report: ReportTotalsFragment, paperWidth: number): string {
  const { centre, pair, rule } = paperColumns(paperWidth);
  const title =
    report.kind === 'x' ? 'X-REPORT' : report.number == null ? 'REPORT' : `Z-REPORT ${report.number}`;
  const moment = (text: string) => text.slice(0, 16).replace('T', ' ');
  return [
    centre(title),
    ...(report.training ? [centre('TRAINING')] : []),
    centre(report.registerName),
    rule,
    pair('Opened (UTC)', moment(report.openedAt)),
    ...(report.closedAt == null ? [] : [pair('Closed (UTC)', moment(report.closedAt))]),
    rule,
    pair('Sales', String(report.salesCount)),
    pair('Returns', String(report.returnsCount)),
    pair('Gross sales', report.grossSales),
    pair('Discounts', `-${report.discounts}`),
    pair('Refunds', `-${report.refunds}`),
    pair('Net sales', report.netSales),
    pair('Cash rounding', report.rounding),
    rule,
    ...report.tax.map(({ rate, net, tax }) => pair(`Tax ${rate} % of ${net}`, tax)),
    rule,
    ...report.payments.map(({ method, count, amount }) => pair(`${method} (${count})`, amount)),
    pair('Payment differences', report.paymentDifferences),
    ...(report.conflictsCount === 0 ? [] : [pair(`Conflicts (${report.conflictsCount})`, report.conflicts)]),
    rule,
    pair('Float', report.openingFloat),
    pair('Cash in', report.cashIn),
    pair('Cash out', `-${report.cashOut}`),
    pair('Expected cash', report.expectedCash),
    ...(report.countedCash == null ? [] : [pair('Counted cash', report.countedCash)]),
    ...(report.difference == null ? [] : [pair('Difference', report.difference)]),
  ].join('\n');
}
