import type { BareHandler, BareShop } from './shop';

/** An item's price, tax and stock by its barcode. */
const SCAN = `
  select p.id, p.id as product_id, v.id as variant_id, v.sku, b.text as barcode, p.name,
    round(coalesce(listed.price, v.price), 2) as price, 'EUR' as currency, trim_scale(t.rate) as tax_rate, true as tax_included,
    p.unit, '1' as quantity, trim_scale(l.on_hand - l.reserved) as available, p.image_url, null as scanned_at
  from barcodes b
  join variants v on v.id = b.variant_id and v.active and v.deleted_at is null
  join products p on p.id = v.product_id and p.active and p.deleted_at is null
  left join tax_classes t on t.id = p.tax_class_id
  left join stock_levels l on l.organization_id = b.organization_id and l.variant_id = v.id and l.warehouse_id = $3
  left join lateral (
    select e.price from price_list_entries e join price_lists pl on pl.id = e.price_list_id
    where e.variant_id = v.id and e.min_quantity <= 1 and pl.active order by pl.priority desc, e.min_quantity desc limit 1
  ) listed on true
  where b.organization_id = $1 and b.code = $2`;

/** `?barcode=`, a GTIN-13. */
export const scan: BareHandler = async ({ shop, parameters }) => {
  const values = [shop.organizationId, `0${parameters.get('barcode')}`, shop.warehouseId];
  const { rows } = await shop.pool.query<object>({ name: 'scan', text: SCAN, values });
  return rows[0]!;
};

/** Columns of a product `p` with its variants, after the keys of the page have been found. */
const PRODUCT = `
  p.id, p.name, p.description, p.tax_class_id, p.category_id, p.brand_id, p.active, p.track_stock, p.unit, p.quantity_places,
  p.minimum_age, p.options, p.image_url, p.created_at, p.updated_at, p.version, p.deleted_at, t.code as tax_class,
  trim_scale(t.rate) as tax_rate, array(
    select json_build_object('id', v.id, 'product_id', v.product_id, 'sku', v.sku, 'name', v.name, 'options', v.options,
      'barcodes', array(select b.text from barcodes b where b.variant_id = v.id order by b.position),
      'price', round(v.price, 2)::text, 'cost', round(v.cost, 2)::text, 'currency', 'EUR', 'is_default', v.is_default,
      'active', v.active, 'created_at', v.created_at, 'updated_at', v.updated_at, 'version', v.version)
    from variants v where v.product_id = p.id and v.deleted_at is null order by v.id
  ) as variants`;
/** Exact up to 10,000 products, as a list that grows must be. */
const TOTAL = `(select count(*)::int from (
    select from products c where c.organization_id = $1 and c.deleted_at is null limit 10001) counted) as total`;

interface ProductRow {
  readonly total: number;
  readonly variants: readonly {
    readonly sku: string;
    readonly price: string;
    readonly barcodes: readonly string[];
  }[];
}

async function page(shop: BareShop, name: string, text: string, values: unknown[]): Promise<object> {
  const { rows } = await shop.pool.query<ProductRow>({ name, text, values });
  const items = rows.map((product) => {
    const first = product.variants[0]!;
    const { sku, price, barcodes } = first;
    return {
      ...product,
      total: undefined,
      sku,
      price,
      barcode: barcodes[0] ?? null,
      currency: 'EUR',
      images: [],
    };
  });
  return { items, total: rows[0]?.total ?? 0, page: 1, size: 20 };
}

/** `?page=`, from 1. */
export const productList: BareHandler = ({ shop, parameters }) =>
  page(
    shop,
    'products',
    `select ${PRODUCT}, ${TOTAL} from (
       select * from products where organization_id = $1 and deleted_at is null order by name, id limit 20 offset $2) p
     left join tax_classes t on t.id = p.tax_class_id order by p.name, p.id`,
    [shop.organizationId, (Number(parameters.get('page') ?? 1) - 1) * 20],
  );

/** `?words=`, folded words joined by blanks; two words. */
export const productSearch: BareHandler = ({ shop, parameters }) =>
  page(
    shop,
    'search',
    `select ${PRODUCT}, p.total from (
       select s.*, count(*) over ()::int as total from products s
       where s.organization_id = $1 and s.deleted_at is null and s.search_grams like $2 and s.search_grams like $3
       order by left(s.search_text, 100) collate "C" limit 20) p
     left join tax_classes t on t.id = p.tax_class_id order by left(p.search_text, 100) collate "C"`,
    [
      shop.organizationId,
      ...parameters
        .get('words')!
        .split(' ')
        .map((word) => `% ${word}%`),
    ],
  );

/** `?words=`, misspelled. */
export const similarProducts: BareHandler = ({ shop, parameters }) =>
  page(
    shop,
    'search-similar',
    `select ${PRODUCT}, 20 as total from (
       select s.* from (
         select * from products where organization_id = $1 and deleted_at is null and $2 <% search_grams limit 500) s
       order by word_similarity($2, s.search_grams) desc limit 20) p
     left join tax_classes t on t.id = p.tax_class_id`,
    [shop.organizationId, parameters.get('words')],
  );

export const productsWithStock: BareHandler = async ({ shop }) => {
  const { rows } = await shop.pool.query<object>({
    name: 'products-stock',
    text: `
      select p.id, p.name, array(
          select json_build_object('id', v.id, 'sku', v.sku, 'price', round(v.price, 2)::text, 'options', v.options,
            'barcodes', array(select b.text from barcodes b where b.variant_id = v.id order by b.position),
            'stock', json_build_object('available', trim_scale(l.on_hand - l.reserved)::text, 'onHand', trim_scale(l.on_hand)::text))
          from variants v
          left join stock_levels l on l.organization_id = v.organization_id and l.variant_id = v.id and l.warehouse_id = $2
          where v.product_id = p.id and v.deleted_at is null order by v.id
        ) as variants
      from products p where p.organization_id = $1 and p.deleted_at is null order by p.name, p.id limit 20`,
    values: [shop.organizationId, shop.warehouseId],
  });
  return { data: { products: { items: rows } } };
};
