/**
 * The parts of other domains in a new shop: its tax classes, its warehouse, its first register. They are written in the transaction of the registration, so
 * that a shop is never half there. But auth may not import the domains after it. So the list of the subgraphs hands their parts to auth's subgraph, whose
 * resolvers pass them on.
 */
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';

/** A shop that was just registered with a country. */
export interface NewShop {
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  /** ISO 4217. */
  readonly currency: string;
  /** The country's languages without the organization's default one, BCP 47. */
  readonly otherLanguages: readonly string[];
  readonly branch: { readonly id: string; readonly name: string; readonly code: string };
  /** Name of the first register. */
  readonly registerName: string;
}

/** Writes the part of a domain inside the given transaction. */
export type NewShopPart = (tx: Transaction, ctx: RequestContext, shop: NewShop) => Promise<void>;
