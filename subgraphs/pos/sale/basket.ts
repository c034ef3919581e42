/** The issue that the graph shows; the mapper of CheckoutIssue names this file. */
export type { Issue } from '#subgraphs/orders/index';
