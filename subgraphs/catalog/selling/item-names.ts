/** The names of items in other languages: a product's name is translated, and the name of a variant stays behind it. */
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Sql } from '#kernel/db/database';
import { textsIn, translated } from '#subgraphs/i18n/index';
import type { ResolvedItem } from './sold-items';

/** Stands between the name of a product and that of its variant. */
const SEPARATOR = ' – ';

/** The name of an item, as SQL: of `products p` and `variants v`. */
export const ITEM_NAME: Sql = sql`case when v.name is null then p.name else p.name || ${SEPARATOR} || v.name end`;

/** The name of an item in the language of the request. Reads nothing in the default language; otherwise one statement for all items. */
export async function itemName(
  ctx: RequestContext,
  { productId, productName, name }: Pick<ResolvedItem, 'productId' | 'productName' | 'name'>,
): Promise<string> {
  const shown = await translated(ctx, { entity: 'product', id: productId }, 'name', productName);
  return shown + name.slice(productName.length);
}

/**
 * The names of sold items in a language, in their order. A translation counts only for the name that it translates: an item that was
 * renamed since its sale keeps the name under which it was sold. Two statements; one in the default language.
 */
export async function itemNamesIn(
  db: Queryable,
  language: string,
  items: readonly { readonly productId: string; readonly name: string }[],
): Promise<string[]> {
  const ids = items.map(({ productId }) => productId);
  const find = await textsIn(db, language, { entity: 'product', field: 'name' }, ids);
  return items.map(({ productId, name }) => {
    for (const productName of productNames(name)) {
      const shown = find(productId, productName);
      if (shown !== undefined) return shown + name.slice(productName.length);
    }
    return name;
  });
}

/** The names that the product of an item can have, the longest first: a name may contain the separator itself. */
function productNames(name: string): string[] {
  const parts = name.split(SEPARATOR);
  return parts.map((_, index) => parts.slice(0, parts.length - index).join(SEPARATOR));
}
