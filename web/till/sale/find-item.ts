/** Finds an item by a scan or a search: at the server, or in the till's copy of the catalogue. */
import { GraphError } from '../../shared/request';
import type { Added, Item } from '../core/basket';
import type { Catalogue } from '../core/catalogue';
import { ScanItemDocument, SearchItemsDocument } from '../operations.generated';
import { toItem, Unreachable, type TillApi } from '../till-api';

/** An item and how much of it was scanned. */
export interface FoundItem {
  readonly item: Item;
  readonly added: Added;
}

/** Items that a search shows. */
const SEARCH_LIMIT = 20;

/**
 * The item behind a barcode. @returns undefined for a code that is unknown while the server cannot be reached.
 * @throws GraphError for a code that the server does not know or cannot read.
 */
export async function scanItem(
  { api, catalogue }: { readonly api: TillApi; readonly catalogue: Catalogue },
  barcode: string,
  online: boolean,
): Promise<FoundItem | undefined> {
  const copy = () => {
    const item = catalogue.find(barcode);
    return item && { item, added: { quantity: '1' } };
  };
  if (!online) return copy();
  try {
    return await scanAtServer(api, barcode);
  } catch (error) {
    if (error instanceof Unreachable) return copy();
    // A person without a branch cannot scan there: the copy knows the item, with the price of the catalogue.
    const found = error instanceof GraphError && error.code !== 'PRODUCT_NOT_FOUND' ? copy() : undefined;
    if (found) return found;
    throw error;
  }
}

/** The item behind a barcode, at the branch of the caller. @throws GraphError; Unreachable */
export async function scanAtServer(api: TillApi, barcode: string): Promise<FoundItem> {
  const { scanProduct: scanned } = await api.query(ScanItemDocument, { barcode });
  const { product, quantity, variantId, sku, name, unit, price, taxRate } = scanned;
  const { quantityPlaces, minimumAge = null } = product;
  const item: Item = { variantId, sku, name, unit, price, taxRate, quantityPlaces, minimumAge };
  // A quantity other than 1 comes from the code itself: the code is sent again, and the server reads it again.
  const label = quantity === '1' ? null : barcode;
  return { item, added: { quantity, label } };
}

/** Items whose name, SKU or barcode is like the text. */
export async function searchItems(
  { api, catalogue }: { readonly api: TillApi; readonly catalogue: Catalogue },
  text: string,
  online: boolean,
): Promise<Item[]> {
  if (!online) return catalogue.search(text, SEARCH_LIMIT);
  try {
    const { searchProducts } = await api.query(SearchItemsDocument, { search: text, size: SEARCH_LIMIT });
    return searchProducts.items.flatMap((product) =>
      product.variants.filter(({ active }) => active).map((variant) => toItem(product, variant)),
    );
  } catch (error) {
    if (error instanceof Unreachable) return catalogue.search(text, SEARCH_LIMIT);
    throw error;
  }
}
