/** Places that do not follow a rule of docs/API-CONVENTIONS.md, each with its reason. An exception that is no longer needed is an error. */

export type Rule =
  | 'page'
  | 'plain-list'
  | 'list-words'
  | 'updated-since'
  | 'ids'
  | 'relations'
  | 'path-arguments'
  | 'ranges'
  | 'deletions'
  | 'same-names';

export interface Exception {
  readonly rule: Rule;
  readonly coordinate: string;
  readonly reason: string;
}

/** A reason, and the places that it excuses. */
const because = (rule: Rule, reason: string, ...coordinates: string[]): Exception[] =>
  coordinates.map((coordinate) => ({ rule, coordinate, reason }));

export const EXCEPTIONS: readonly Exception[] = [
  ...because('same-names', 'The order has both: `tax` is that of all its parts.', 'Order.shippingTaxes'),
  ...because(
    'ranges',
    'The last day of the movements is that of the balances, which is `asOf` as in the stock valuation.',
    'Query.liabilities',
  ),
  ...because(
    'plain-list',
    'A caller has a handful of login sessions; they end by themselves.',
    'Query.sessions',
  ),
  ...because('plain-list', 'An organization has a handful of roles.', 'Query.roles'),
  ...because('plain-list', 'The types of events are fixed, some 60.', 'Query.eventTypes'),
  ...because('plain-list', 'The sources of shipping rates are fixed.', 'Query.shippingProviders'),
  ...because(
    'plain-list',
    'Barcode rules are bounded by the two-digit prefixes that they can have.',
    'Query.barcodeRules',
  ),
  ...because('plain-list', 'Units of measure are fixed, but for a few of the organization.', 'Query.units'),
  ...because('plain-list', 'The currencies of ISO 4217, some 160.', 'Query.currencies'),
  ...because(
    'plain-list',
    'An organization has 50 languages at most.',
    'Query.languages',
    'Query.translationProgress',
  ),
  ...because('plain-list', 'A loyalty program has 20 tiers at most.', 'Query.loyaltyTiers'),
  ...because('plain-list', 'The number of variants of a product is bounded.', 'Query.productVariants'),
  ...because('plain-list', 'Settings are those that the code has.', 'Query.systemSettings'),
  ...because('plain-list', 'The best matches of a search, at most 50.', 'Query.searchCustomers'),
  ...because(
    'plain-list',
    'Payment methods are fixed.',
    'Query.paymentMethods',
    'Query.branchPaymentMethods',
  ),
  ...because('plain-list', 'The latest scans of one user, at most 100.', 'Query.recentlyScannedProducts'),
  ...because('plain-list', 'A session is handed over a few times a day.', 'Query.handOvers'),
  ...because(
    'plain-list',
    'Periods of a bounded range: 366 days, 106 weeks or 60 months at most.',
    'Query.orderStatsDaily',
    'Query.orderStatsWeekly',
    'Query.orderStatsMonthly',
  ),
  ...because(
    'plain-list',
    'The best products, at most 100.',
    'Query.bestSellers',
    'Query.topProducts',
    'Query.trendingProducts',
  ),
  ...because(
    'page',
    'The order of an export is fixed, so that it continues while products change.',
    'Query.exportProducts',
  ),
  ...because('page', 'The best matches of a search, at most 200, by relevance.', 'Query.searchProducts'),
  ...because(
    'updated-since',
    'The best matches of a search: a copy is kept by `products(updatedSince:)`.',
    'Query.searchProducts',
  ),
  ...because('updated-since', 'Events name the rows whose translations have changed.', 'Query.translations'),
  ...because('relations', 'The id of the translation itself.', 'TranslatedText.translationId'),
  ...because('updated-since', 'The version of the platform, not of a row.', 'PlatformStatus'),
  ...because('relations', 'A login session is visible only to its own user.', 'AuditActor.sessionId'),
  ...because(
    'relations',
    'The id of an object of any type, named in `entity`, `referenceType` or `kind`.',
    'AuditChange.entityId',
    'TranslatedText.entityId',
    'CreditDebt.referenceId',
    'CustomerCreditEntry.referenceId',
    'GiftCardEntry.referenceId',
    'StoreCreditEntry.referenceId',
    'LoyaltyEntry.referenceId',
    'StockMovement.referenceId',
    'StockReservation.referenceId',
  ),
  ...because(
    'relations',
    'Visitors of a web shop follow no relations; they read the categories by `categories`.',
    'StorefrontProduct.categoryId',
    'CartItem.productId',
    'CartItem.variantId',
  ),
  ...because(
    'relations',
    'An export has the columns of an import, which names the vendor by its id.',
    'ProductExport.vendorId',
  ),
  ...because('relations', 'The line of the same cart, in its `items`.', 'CartProblem.itemId'),
  ...because(
    'relations',
    'Codes that were generated together; there is no more to them.',
    'DiscountCode.batchId',
  ),
  ...because(
    'relations',
    'Campaigns have their own permission; the name is beside the id.',
    'AppliedDiscount.campaignId',
    'OrderDiscount.campaignId',
    'SkippedDiscount.campaignId',
  ),
  ...because(
    'relations',
    'A rule keeps the ids of what is deleted, which has no object.',
    'CommissionRule.categoryIds',
    'CommissionRule.productIds',
    'CommissionRule.vendorIds',
  ),
  ...because('relations', 'The line of the order beside it.', 'VendorEntry.orderLineId'),
  ...because('relations', 'Orders have their own permission.', 'DiscountUse.orderId'),
  ...because(
    'relations',
    'A campaign keeps the ids of groups and segments that are deleted, which have no object.',
    'Campaign.groupIds',
    'Campaign.segmentIds',
  ),
  ...because(
    'relations',
    'A request is not an object of the graph.',
    'AuditEntry.requestId',
    'SystemSettingChange.requestId',
  ),
  ...because('relations', 'The entry may be the one that is missing.', 'AuditTrailError.entryId'),
  ...because(
    'relations',
    'An event is deleted after seven days; its delivery stays.',
    'WebhookDelivery.eventId',
  ),
  ...because(
    'relations',
    'A group that was deleted may still stand in the rule.',
    'CustomerSegmentRule.groupIds',
    'CustomerSegmentRule.notGroupIds',
  ),
  ...because('relations', 'The line of another order, which is `originalOrder`.', 'OrderItem.originalItemId'),
  ...because(
    'relations',
    'REST answers show the object itself (contract), and not its id.',
    'AuthSession.user',
    'Caller.organization',
    'Caller.branch',
    'User.organization',
    'User.branch',
    'Register.session',
  ),
  ...because(
    'relations',
    'The result of the operation itself.',
    'Exchange.returned',
    'Exchange.sold',
    'OfflineResult.order',
  ),
  ...because(
    'relations',
    '`taxClass` is the code of the tax class, as in the input (contract).',
    ...['Product.taxClassId', 'OrderItem.taxClassId', 'GiftCard.taxClassId'],
    ...['TaxReportRow.taxClassId', 'LateTaxRow.taxClassId'],
  ),
];
