import { defaultFieldResolver, getNullableType, isObjectType, type GraphQLSchema } from 'graphql';
import { Decimal } from '../decimal';
import { formatMoney } from '../money';

/**
 * Formats amounts of money in the currency of their row: a field of type `Money` without a resolver whose value is a Decimal is written with
 * the digits of the row's `currency`. Domains write resolvers only for unit prices, which may have more digits, and for amounts that are
 * computed or whose row has no currency.
 *
 * The value may also be a text, null, a promise or a function, as for any field without a resolver. Guards are put around this resolver, so
 * a hidden amount is not formatted either.
 */
export function addMoneyResolvers(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      if (getNullableType(field.type).toString() !== 'Money') continue;
      field.resolve ??= (row: unknown, args, ctx, info) => {
        const amount: unknown = defaultFieldResolver(row, args, ctx, info);
        return amount instanceof Promise
          ? amount.then((awaited: unknown) => formatIn(row, awaited))
          : formatIn(row, amount);
      };
    }
  }
}

/** A Decimal without a currency stays as it is, and the scalar rejects it. */
function formatIn(row: unknown, amount: unknown): unknown {
  const { currency } = row as { currency?: unknown };
  return Decimal.isDecimal(amount) && typeof currency === 'string' ? formatMoney(amount, currency) : amount;
}
