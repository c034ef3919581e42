import { formatMoney, formatUnitPrice } from '#kernel/money';
import { ZERO } from '#kernel/decimal';
import { fieldNamesOf } from '#kernel/problem-details';
import { itemName } from '#subgraphs/catalog/index';
import { pointsPreview } from '#subgraphs/orders/index';
import { orderReference } from '../order-reference';
import type { Resolvers } from '../types.generated';
import { createApproval } from './approvals';
import { checkout } from './checkout';
import { calculateCheckout, validateCheckout } from './checkout-preview';

export const resolvers: Resolvers = {
  Query: {
    calculateCheckout: (_, { input }, ctx) => calculateCheckout(ctx, input),
    validateCheckout: (_, { input }, ctx) => validateCheckout(ctx, input),
  },
  Mutation: {
    checkout: async (_, { input }, ctx) => orderReference(ctx, await checkout(ctx, input)),
    createApproval: (_, { input }, ctx) => createApproval(ctx, input),
  },
  CheckoutTotals: {
    currency: ({ terms }) => terms.currency,
    items: ({ terms, lines, totals }) =>
      lines.map((line, index) => ({ line, priced: totals.lines[index]!, currency: terms.currency })),
    subtotal: ({ terms, totals }) => formatMoney(totals.subtotal, terms.currency),
    discountTotal: ({ terms, totals }) => formatMoney(totals.discountTotal, terms.currency),
    taxTotal: ({ terms, totals }) => formatMoney(totals.taxTotal, terms.currency),
    tax: ({ terms, totals }) => totals.taxes.map((tax) => ({ ...tax, currency: terms.currency })),
    rounding: ({ terms, rounding }) => formatMoney(rounding, terms.currency),
    total: ({ terms, total }) => formatMoney(total, terms.currency),
    payments: ({ terms, payments }) => payments.map((tender) => ({ ...tender, currency: terms.currency })),
    paid: ({ terms, paid }) => formatMoney(paid, terms.currency),
    change: ({ terms, change }) => formatMoney(change, terms.currency),
    due: ({ terms, due }) => formatMoney(due, terms.currency),
    pointsRedeemed: ({ points }) => points?.redeemed?.points ?? 0,
    pointsDiscount: ({ points, terms }) => formatMoney(points?.redeemed?.amount ?? ZERO, terms.currency),
    pointsEarned: ({ points }) => points?.earned.points ?? 0,
    pointsPreview: ({ points, lines, totals, terms: { currency } }) =>
      points ? pointsPreview(points, { lines, totals }, currency) : null,
  },
  CheckoutItem: {
    productId: ({ line }) => line.item.productId,
    variantId: ({ line }) => line.item.variantId,
    sku: ({ line }) => line.item.sku,
    name: ({ line }, _, ctx) => itemName(ctx, line.item),
    unit: ({ line }) => line.item.unit,
    quantity: ({ line }) => line.quantity,
    unitPrice: ({ line, currency }) => formatUnitPrice(line.unitPrice, currency),
    listPrice: ({ line, currency }) => formatUnitPrice(line.item.unitPrice, currency),
    subtotal: ({ priced, currency }) => formatMoney(priced.subtotal, currency),
    discount: ({ priced, currency }) => formatMoney(priced.discount, currency),
    taxRate: ({ line }) => line.item.taxRate,
    tax: ({ priced, currency }) => formatMoney(priced.tax, currency),
    total: ({ priced, currency }) => formatMoney(priced.total, currency),
  },
  CheckoutIssue: {
    field: ({ field }, _, ctx) => fieldNamesOf(ctx.request)(field),
  },
  Approval: {
    approvedById: ({ approvedBy }) => approvedBy,
  },
};
