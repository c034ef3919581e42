/**
 * The till's copy of what decides a price besides the catalogue: the shop's price lists, and how its scales print labels. Both are read by
 * the server's own rules, which are pure, so that a till without a connection charges what the server will post.
 */
import { Decimal } from '#kernel/decimal';
import { currencyExponent } from '#kernel/money';
import {
  labelRules,
  type LabelRule,
  type OwnLabelRule,
} from '#subgraphs/catalog/barcodes/barcode-candidates.rules';
import { unitPriceOf, type ListedPrice } from '#subgraphs/catalog/selling/item-terms.rules';

/** A price list without its prices. */
export interface PriceListHead {
  readonly id: string;
  /** ISO 8601; changes with its prices, too. */
  readonly updatedAt: string;
  readonly priority: number;
  /** Empty: all branches. */
  readonly branchIds: readonly string[];
  /** ISO 8601; null for no limit. The end is exclusive. */
  readonly validFrom: string | null;
  readonly validTo: string | null;
}

/** A price of a list. */
export interface CopiedPrice {
  readonly variantId: string;
  readonly price: string;
  /** Quantity from which it applies. */
  readonly minQuantity: string;
}

/** A price list in use, with its prices. */
export interface CopiedPriceList extends PriceListHead {
  readonly prices: readonly CopiedPrice[];
}

/** The copy as it is stored. */
export interface SellingRulesCopy {
  readonly labels: readonly OwnLabelRule[];
  readonly priceLists: readonly CopiedPriceList[];
}

/** Where the copy is kept. */
export interface SellingRulesStore {
  read(): Promise<SellingRulesCopy | undefined>;
  write(copy: SellingRulesCopy): Promise<void>;
}

/** Where the copy comes from. */
export interface SellingRulesSource {
  labels(): Promise<readonly OwnLabelRule[]>;
  /** The price lists in use. */
  priceLists(): Promise<readonly PriceListHead[]>;
  prices(priceListId: string): Promise<readonly CopiedPrice[]>;
}

/** The circumstances that decide a price. */
export interface PriceMoment {
  readonly branchId: string;
  readonly at: Date;
  /** All units of the variant in the basket. */
  readonly quantity: Decimal;
}

const EMPTY: SellingRulesCopy = { labels: [], priceLists: [] };

/** A price with the place of its list. */
type RankedPrice = ListedPrice & { readonly priority: number; readonly listId: string };

export class SellingRules {
  private copy = EMPTY;
  private pricesByVariant = new Map<string, ListedPrice[]>();
  /** The layouts of labels, the shop's own first. */
  labels: readonly LabelRule[];

  /** @param currency of the organization, in which labels and price lists are. */
  constructor(
    private readonly store: SellingRulesStore,
    private readonly source: SellingRulesSource,
    readonly currency: string,
  ) {
    this.labels = labelRules([], currencyExponent(currency));
  }

  /** Reads the copy from the store. */
  async load(): Promise<void> {
    this.index((await this.store.read()) ?? EMPTY);
  }

  /** Brings the copy up to date: the prices of a list are read again only after it has changed. */
  async update(now: Date): Promise<void> {
    const labels = await this.source.labels();
    const lists = (await this.source.priceLists()).filter(
      ({ validTo }) => validTo === null || Date.parse(validTo) > now.getTime(),
    );
    const priceLists: CopiedPriceList[] = [];
    for (const list of lists) {
      const known = this.copy.priceLists.find(({ id }) => id === list.id);
      const isFresh = known?.updatedAt === list.updatedAt;
      priceLists.push({ ...list, prices: isFresh ? known.prices : await this.source.prices(list.id) });
    }
    const copy = { labels, priceLists };
    await this.store.write(copy);
    this.index(copy);
  }

  /** The price of one unit by the price lists; undefined for a variant that is in none. @param ownPrice its price without a list. */
  listedPrice(variantId: string, ownPrice: string, { branchId, ...moment }: PriceMoment): string | undefined {
    const listedPrices = this.pricesByVariant.get(variantId);
    if (!listedPrices) return undefined;
    const schedule = { price: new Decimal(ownPrice), listedPrices, taxRates: [] };
    return unitPriceOf(schedule, { branchId: branchId.toLowerCase(), ...moment }).toFixed();
  }

  private index(copy: SellingRulesCopy): void {
    this.copy = copy;
    this.labels = labelRules(copy.labels, currencyExponent(this.currency));
    const ranked = new Map<string, RankedPrice[]>();
    for (const { prices, ...list } of copy.priceLists) {
      for (const { variantId, price, minQuantity } of prices) {
        const entry = {
          ...{ price: new Decimal(price), minQuantity: new Decimal(minQuantity) },
          ...{ fromMs: momentOf(list.validFrom), toMs: momentOf(list.validTo), branchIds: list.branchIds },
          ...{ priority: list.priority, listId: list.id },
        };
        ranked.set(variantId, [...(ranked.get(variantId) ?? []), entry]);
      }
    }
    for (const entries of ranked.values()) entries.sort(byPrecedence);
    this.pricesByVariant = ranked;
  }
}

/** The order of the server: the higher priority first, then the larger quantity, then the newer list. */
function byPrecedence(a: RankedPrice, b: RankedPrice): number {
  return (
    b.priority - a.priority ||
    b.minQuantity.comparedTo(a.minQuantity) ||
    (a.listId < b.listId ? 1 : a.listId > b.listId ? -1 : 0)
  );
}

const momentOf = (text: string | null): number | null => (text === null ? null : Date.parse(text));
