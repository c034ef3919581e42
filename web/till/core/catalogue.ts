/**
 * The till's copy of the catalogue, for sales without a connection: all active items with price, tax rate and barcodes. The copy is made
 * again when the till starts, because a list of changes does not name deleted products, and is brought up to date by changes after that.
 */
import {
  barcodeCandidates,
  type CodeMeasure,
  type LabelRule,
} from '#subgraphs/catalog/barcodes/barcode-candidates.rules';
import { canonicalBarcode } from '#subgraphs/catalog/barcodes/normalize-barcode.rules';
import type { Item } from './basket';

/** An item of the copy. */
export interface CatalogueItem extends Item {
  readonly barcodes: readonly string[];
  readonly active: boolean;
}

/** A scanned item. */
export interface ScannedCode {
  readonly item: CatalogueItem;
  /** The weight or price on the label; undefined for a code that only names the item. */
  readonly measured: CodeMeasure | undefined;
}

/** A page of products, each as its variants. */
export interface CataloguePage {
  readonly items: readonly CatalogueItem[];
  /** The cursor of the next page; null at the end. */
  readonly next: string | null;
}

/** Reads a page. @param since only what changed at this moment or later, ISO 8601; null for everything. */
export type ReadCatalogue = (since: string | null, cursor: string | null) => Promise<CataloguePage>;

/** Where the copy is kept. */
export interface CatalogueStore {
  items(): Promise<CatalogueItem[]>;
  /** Moment up to which the copy is complete, ISO 8601; null before the first. */
  since(): Promise<string | null>;
  /** Stores a complete copy in place of the one before, in one step. */
  replace(items: readonly CatalogueItem[], since: string): Promise<void>;
  /** Adds and replaces items, in one step. */
  merge(items: readonly CatalogueItem[], since: string): Promise<void>;
}

/** Changes are read from a little before the last time, so that a clock that is behind misses nothing. */
const OVERLAP_MS = 5 * 60_000;

export class Catalogue {
  private items: readonly CatalogueItem[] = [];
  private byCode = new Map<string, CatalogueItem>();
  private byVariant = new Map<string, CatalogueItem>();

  constructor(
    private readonly store: CatalogueStore,
    private readonly read: ReadCatalogue,
  ) {}

  /** Number of items in the copy. */
  get size(): number {
    return this.items.length;
  }

  /** Reads the copy from the store. */
  async load(): Promise<void> {
    this.index(await this.store.items());
  }

  /** Copies the whole catalogue. @param now the moment at which the copy begins. */
  async copy(now: Date): Promise<void> {
    await this.store.replace(await this.readAll(null), now.toISOString());
    await this.load();
  }

  /** Brings the copy up to date; makes it if there is none. @returns the number of items that changed. */
  async update(now: Date): Promise<number> {
    const last = await this.store.since();
    if (last === null) {
      await this.copy(now);
      return this.size;
    }
    const since = new Date(Date.parse(last) - OVERLAP_MS).toISOString();
    const changed = await this.readAll(since);
    await this.store.merge(changed, now.toISOString());
    if (changed.length > 0) await this.load();
    return changed.length;
  }

  /** The active item with this barcode or SKU; undefined for an unknown code. */
  find(code: string): CatalogueItem | undefined {
    return this.byCode.get(codeKey(code));
  }

  /**
   * The active item of a scanned code, and the measure on it, by the readings of the server in their order.
   * @param rules of the shop's own weight and price labels.
   */
  scan(code: string, rules: readonly LabelRule[]): ScannedCode | undefined {
    for (const { code: reading, measured } of barcodeCandidates(code, rules)) {
      const item = this.byCode.get(reading.toLowerCase());
      if (item) return { item, measured };
    }
    const item = this.find(code);
    return item && { item, measured: undefined };
  }

  /** The active item with this id. */
  variant(variantId: string): CatalogueItem | undefined {
    return this.byVariant.get(variantId);
  }

  /** Active items whose name or SKU has all words of the text, in the order of the names. */
  search(text: string, limit = 20): CatalogueItem[] {
    const exact = this.find(text);
    const words = fold(text)
      .split(/\s+/)
      .filter((word) => word !== '');
    if (words.length === 0) return [];
    const matches = this.items.filter(
      (item) => item !== exact && words.every((word) => fold(`${item.name} ${item.sku}`).includes(word)),
    );
    return [...(exact ? [exact] : []), ...matches].slice(0, limit);
  }

  private async readAll(since: string | null): Promise<CatalogueItem[]> {
    const items: CatalogueItem[] = [];
    let cursor: string | null = null;
    do {
      const page: CataloguePage = await this.read(since, cursor);
      items.push(...page.items);
      cursor = page.next;
    } while (cursor !== null);
    return items;
  }

  private index(items: readonly CatalogueItem[]): void {
    const active = items.filter((item) => item.active);
    this.items = [...active].sort((a, b) => a.name.localeCompare(b.name));
    this.byVariant = new Map(active.map((item) => [item.variantId, item]));
    this.byCode = new Map();
    // A barcode wins over a SKU that reads the same.
    for (const item of this.items) this.byCode.set(codeKey(item.sku), item);
    for (const item of this.items)
      for (const barcode of item.barcodes) this.byCode.set(codeKey(barcode), item);
  }
}

/** The code by which the server knows a barcode; case means nothing at a till. */
export function codeKey(code: string): string {
  return canonicalBarcode(code).toLowerCase();
}

/** A text without case and accents. */
function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}
