/** The till's own receipt of a sale that the server has not answered yet. */
import type { Formats } from '../../shared/format';
import { estimate } from '../core/estimate';
import { moneyText, type Decimal } from '../core/money';
import { provisionalReceipt } from '../core/receipt-text';
import type { PaidSale } from './complete-sale';

/** @param shop the name of the organization. */
export function offlineReceipt(paid: PaidSale, shop: string, formats: Formats): string {
  const { till, basket, tenders, state, total, unitPrices } = paid;
  const money = (amount: Decimal) => moneyText(till.terms, amount);
  const lines = basket.lines.map((line, index) => ({ ...line, price: unitPrices[index]! }));
  const priced = estimate(till.terms, lines, basket.discount);
  const nameOf = (method: string) => till.methods.find((one) => one.method === method)?.name ?? method;
  return provisionalReceipt({
    shop,
    register: till.name,
    moment: formats.time(new Date().toISOString()),
    reference: basket.clientReference,
    lines: lines.map(({ name, quantity, unit, price }, index) => ({
      name,
      detail: `${quantity} ${unit} × ${price}`,
      total: money(priced.lines[index]!.subtotal),
    })),
    amounts: [
      ...pairUnlessZero('Discounts', priced.discountTotal.negated(), money),
      ...pairUnlessZero('Cash rounding', state.rounding, money),
      [`TOTAL ${till.terms.currency}`, money(total.plus(state.rounding))],
      ...tenders.map(({ method, amount }) => [nameOf(method), money(amount)] as const),
      ...pairUnlessZero('Change', state.change, money),
    ],
    paperWidth: till.paperWidth,
  });
}

function pairUnlessZero(
  title: string,
  amount: Decimal,
  money: (amount: Decimal) => string,
): (readonly [string, string])[] {
  return amount.isZero() ? [] : [[title, money(amount)]];
}
