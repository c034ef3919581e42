import { uuidv7 } from 'uuidv7';
import type { BareHandler } from './shop';

const ROWS_A_STATEMENT = 1_000;

/** A CSV of `sku,name,price,barcode` without quotes: three statements for a thousand rows, in one transaction. */
export const importProducts: BareHandler = async ({ shop, body }) => {
  const rows = body.trimEnd().split('\n').slice(1);
  const client = await shop.pool.connect();
  try {
    await client.query('begin');
    for (let start = 0; start < rows.length; start += ROWS_A_STATEMENT) {
      const cells = rows.slice(start, start + ROWS_A_STATEMENT).map((row) => row.split(','));
      const column = (index: number) => cells.map((row) => row[index]!);
      const [products, variants, barcodes] = [0, 1, 2].map(() => cells.map(() => uuidv7()));
      const [skus, names, prices, codes] = [column(0), column(1), column(2), column(3)];
      await client.query({
        name: 'import-products',
        text: `
          insert into products (id, organization_id, name, tax_class_id, unit, quantity_places, active, track_stock, options, search_text,
            search_grams, created_at, updated_at, version)
          select x.id, $1, x.name, $2, 'piece', 0, true, true, '[]', ' ' || lower(x.name || ' ' || x.sku), ' ' || lower(x.name || ' ' || x.sku),
            now(), now(), 1
          from unnest($3::uuid[], $4::text[], $5::text[]) as x(id, name, sku)`,
        values: [shop.organizationId, shop.taxClassId, products, names, skus],
      });
      await client.query({
        name: 'import-variants',
        text: `
          insert into variants (id, organization_id, product_id, sku, sku_key, options, price, is_default, active, created_at, updated_at, version)
          select x.id, $1, x.product_id, x.sku, lower(x.sku), '{}', x.price, true, true, now(), now(), 1
          from unnest($2::uuid[], $3::uuid[], $4::text[], $5::numeric[]) as x(id, product_id, sku, price)`,
        values: [shop.organizationId, variants, products, skus, prices],
      });
      await client.query({
        name: 'import-barcodes',
        text: `
          insert into barcodes (id, organization_id, variant_id, code, text, position, created_at)
          select x.id, $1, x.variant_id, x.code, x.code, 0, now()
          from unnest($2::uuid[], $3::uuid[], $4::text[]) as x(id, variant_id, code)`,
        values: [shop.organizationId, barcodes, variants, codes],
      });
    }
    await client.query('commit');
    return { created: rows.length };
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
};
