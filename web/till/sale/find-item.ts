/** Finds an item by a scan or a search: at the server, or in the till's copy of the catalogue. */
import { GraphError } from '../../shared/request';
import type { Added, BasketCustomer, Item } from '../core/basket';
import { Decimal } from '../core/money';
import { atListedPrice, scanOffline, type TillCopies } from '../core/offline-prices';
import { ScanCustomerDocument, ScanItemDocument, SearchItemsDocument } from '../operations.generated';
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
 * @throws GraphError for a code that the server does not know or cannot read, and for a label that cannot be sold.
 */
export async function scanItem(
  api: TillApi,
  copies: TillCopies,
  barcode: string,
  online: boolean,
): Promise<FoundItem | undefined> {
  const copy = () => {
    const found = scanOffline(copies, barcode, new Date());
    if (found && 'error' in found) throw new GraphError(found.error, 'VALIDATION_FAILED');
    return found;
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
  const giftCard = product.giftCardPurpose != null;
  const item: Item = { variantId, sku, name, unit, price, taxRate, quantityPlaces, minimumAge, giftCard };
  // A quantity other than 1 comes from the code itself: the code is sent again, and the server reads it again.
  const label = quantity === '1' ? null : barcode;
  return { item, added: { quantity, label } };
}

/** The customer whose card or code was scanned; undefined for another number. @throws GraphError; Unreachable */
export async function scanCustomer(api: TillApi, code: string): Promise<BasketCustomer | undefined> {
  try {
    return (await api.query(ScanCustomerDocument, { code })).scanCustomer;
  } catch (error) {
    if (error instanceof GraphError && error.code.endsWith('NOT_FOUND')) return undefined;
    throw error;
  }
}

/** Items whose name, SKU or barcode is like the text. */
export async function searchItems(
  api: TillApi,
  copies: TillCopies,
  text: string,
  online: boolean,
): Promise<Item[]> {
  const copy = () =>
    copies.catalogue
      .search(text, SEARCH_LIMIT)
      .map((item) => atListedPrice(copies, item, new Decimal(1), new Date()));
  if (!online) return copy();
  try {
    const { searchProducts } = await api.query(SearchItemsDocument, { search: text, size: SEARCH_LIMIT });
    return searchProducts.items.flatMap((product) =>
      product.variants.filter(({ active }) => active).map((variant) => toItem(product, variant)),
    );
  } catch (error) {
    if (error instanceof Unreachable) return copy();
    throw error;
  }
}
