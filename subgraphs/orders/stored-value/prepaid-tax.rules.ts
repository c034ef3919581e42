/**
 * Tax of single-purpose gift cards. It is due when the card is sold; the goods that the card pays for later are not taxed again. So
 * what the card pays subtracts its tax from the tax totals, and a refund to the card adds it again.
 */
import type { Decimal } from '#kernel/decimal';
import type { GiftCard } from '#subgraphs/payments/index';
import {
  taxOf,
  type PricedLine,
  type PricingTerms,
  type SoldTaxClass,
  type TaxedLine,
} from '../pricing/pricing.rules';

/** A change of the tax totals by an entry of a gift card. */
export type PrepaidTax = Pick<PricedLine, 'net' | 'tax'> & Pick<TaxedLine, 'taxRate'> & SoldTaxClass;

/**
 * The change of the tax totals by an entry of a card; undefined for a multi-purpose card. The tax is the difference of the tax in the
 * balances before and after, so that all entries sum to the tax of the sale to the last cent.
 * @param card after the entry.
 * @param amount of the entry; negative if the card has paid.
 */
export function prepaidTax(
  terms: PricingTerms,
  {
    taxRate,
    taxClassId,
    taxClass,
    balance,
  }: Pick<GiftCard, 'taxRate' | 'taxClassId' | 'taxClass' | 'balance'>,
  amount: Decimal,
): PrepaidTax | undefined {
  if (taxRate === null) return undefined;
  const taxIn = (value: Decimal) => taxOf({ ...terms, pricesIncludeTax: true }, value, taxRate);
  const tax = taxIn(balance).minus(taxIn(balance.minus(amount)));
  return { taxRate, taxClassId, taxClass, tax, net: amount.minus(tax) };
}
