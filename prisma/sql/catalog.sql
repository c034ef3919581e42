-- catalog: constraints, indexes and functions that the Prisma schema cannot express.

-- Extensions for searches with typing errors. Both are contrib modules of PostgreSQL that the database's owner
-- may create.
create extension if not exists pg_trgm;
create extension if not exists btree_gin;

alter table tax_classes
  add constraint tax_classes_rate check (rate >= 0 and rate <= 1000);

create unique index tax_classes_default_key on tax_classes (organization_id) where is_default;

alter table tax_rates add constraint tax_rates_rate check (rate >= 0 and rate <= 1000);

alter table units add constraint units_quantity_places check (quantity_places between 0 and 3);

alter table barcode_rules
  add constraint barcode_rules_measured check (measured in ('weight', 'price')),
  add constraint barcode_rules_prefix check (prefix ~ '^(02|2[0-9]{1,3})$'),
  add constraint barcode_rules_layout check (
    item_from >= 0 and item_from < item_to and value_from >= item_to and value_from < value_to and value_to <= 12
    and places between 0 and value_to - value_from);

alter table price_lists add constraint price_lists_period check (valid_from < valid_to);

alter table price_list_entries
  add constraint price_list_entries_price check (price >= 0),
  add constraint price_list_entries_min_quantity check (min_quantity > 0);

alter table products
  add constraint products_quantity_places check (quantity_places between 0 and 3),
  add constraint products_gift_card_purpose check (gift_card_purpose in ('multi_purpose', 'single_purpose')),
  add constraint products_minimum_age check (minimum_age between 1 and 99),
  add constraint products_name check (name <> '');

-- Compared byte by byte: so a prefix of SKUs, the search of a till while typing, is a range of the index.
alter table variants alter column sku_key type text collate "C";
-- A deleted product frees its SKUs; its barcodes are removed.
create unique index variants_sku_key on variants (organization_id, sku_key) where deleted_at is null;
-- Also for a deleted product, whose default variant still has its SKU and price for old sales.
create unique index variants_default_key on variants (product_id) where is_default;
-- The order of a list of products by price or by SKU.
create index variants_default_price_idx on variants (organization_id, price, product_id) where is_default;
create index variants_default_sku_idx on variants (organization_id, sku, product_id) where is_default;
-- No two variants of a product have the same options.
create unique index variants_options_key on variants (product_id, options) where deleted_at is null and options <> '{}';
-- The start of a barcode, in the same way.
alter table barcodes alter column text type text collate "C";

alter table variants
  add constraint variants_price check (price >= 0),
  add constraint variants_cost check (cost >= 0),
  add constraint variants_sizes check (weight > 0 and length > 0 and width > 0 and height > 0),
  add constraint variants_sku check (sku_key <> '');

-- The orders of the list of products, in which no deleted product is. They have every column that the list skips
-- by, so that the rows before a page are not read.
create index products_name_idx on products (organization_id, name, id) where deleted_at is null;
create index products_created_at_idx on products (organization_id, created_at, id) where deleted_at is null;
create index products_updated_at_idx on products (organization_id, updated_at, id) where deleted_at is null;

-- Trigrams of the search text in ASCII (kernel/fold-text.rules.ts says why). New entries wait in a list that
-- every search also reads; it is kept short, so that searches are fast after an import, too.
create index products_search_idx on products using gin (organization_id, search_grams gin_trgm_ops)
  with (gin_pending_list_limit = 128) where deleted_at is null;

-- The start of a name, in the order of the search: a text with many variants would be too long for such an index.
create index products_search_beginning_idx on products (organization_id, left(search_text, 100) collate "C") where deleted_at is null;

-- The search of a till. Row-level security keeps operators that might leak a value (LIKE, similarity) away from
-- indexes, so that a search under it reads every product of the shop: correct, but too slow. This function
-- therefore runs with its owner's rights and binds the organization itself, from the same setting as the
-- policies and not from an argument.
--
-- All texts are folded (kernel/fold-text.rules.ts). sku: as a key. code: a barcode in canonical form. The rest
-- is a SearchTerm: patterns in trigram form, which the index answers, and the same for the folded text, which
-- decide. Ranking: exact SKU or barcode (0), start of a SKU or barcode (1), of the name (2), of every word (3),
-- inside words (4), similar (5). Similar names fill up a short list, never one with an exact match; below real
-- matches they must be very similar.

-- Loads the module, without which its setting below is unknown to PostgreSQL and reserved for superusers.
select show_limit();

create function catalog_search(sku text, code text, beginning text, start_grams text[], starts text[], inside_grams text[], inside text[],
  similar_grams text, most integer)
returns table (product_id uuid, rank integer)
language plpgsql stable security definer
-- A low estimate, so that joined tables are read by index.
rows 20
set search_path = public, pg_temp
set pg_trgm.word_similarity_threshold = 0.45
-- Planning again for each text takes longer than most searches, and never finds a better plan than these indexes.
set plan_cache_mode = force_generic_plan
as $$
declare
  shop uuid := nullif(current_setting('app.organization_id', true), '')::uuid;
  ids uuid[];
  ranks integer[];
  more uuid[];
begin
  select array_agg(best.id order by best.rank, best.start), array_agg(best.rank order by best.rank, best.start)
  into ids, ranks
  from (
    select p.id, min(m.rank) as rank, left(p.search_text, 100) collate "C" as start
    from (
      select v.product_id as id, 0 as rank from variants v
      where v.organization_id = shop and v.sku_key = catalog_search.sku and v.deleted_at is null
      union all
      select v.product_id, 0 from barcodes b join variants v on v.id = b.variant_id
      where b.organization_id = shop and b.code = catalog_search.code
      union all
      (select v.product_id, 1 from variants v
       where v.organization_id = shop and v.deleted_at is null
         and v.sku_key >= catalog_search.sku and v.sku_key < catalog_search.sku || chr(1114111)
       order by v.sku_key limit most)
      union all
      (select v.product_id, 1 from barcodes b join variants v on v.id = b.variant_id
       where b.organization_id = shop and b.text >= catalog_search.sku and b.text < catalog_search.sku || chr(1114111)
       order by b.text limit most)
      union all
      (select s.id, 2 from products s
       where s.organization_id = shop and s.deleted_at is null and s.active
         and left(s.search_text, 100) collate "C" >= beginning
         and left(s.search_text, 100) collate "C" < beginning || chr(1114111)
       order by left(s.search_text, 100) collate "C" limit most)
    ) m
    join products p on p.id = m.id and p.deleted_at is null and p.active
    group by p.id
    order by 2, 3
    limit most
  ) best;
  return query select * from unnest(ids, ranks);
  -- The index checks three words, so that a word in every name costs nothing beside a rare one. Of very many
  -- products with all words, a thousand are ranked, not the whole shop.
  if coalesce(cardinality(ids), 0) < most then
    select array_agg(c.id order by c.start) into more
    from (
      select s.id, left(s.search_text, 100) collate "C" as start from products s
      where s.organization_id = shop and s.deleted_at is null and s.active and s.search_grams like start_grams[1]
        and s.search_grams like coalesce(start_grams[2], '%') and s.search_grams like coalesce(start_grams[3], '%')
        and s.search_text like all (starts)
      limit 1000
    ) c
    where not c.id = any (coalesce(ids, '{}'));
    more := more[:most - coalesce(cardinality(ids), 0)];
    return query select unnest(more), 3;
    ids := ids || more;
  end if;
  if coalesce(cardinality(ids), 0) < most and cardinality(inside) > 0 then
    select array_agg(c.id order by c.start) into more
    from (
      select s.id, left(s.search_text, 100) collate "C" as start from products s
      where s.organization_id = shop and s.deleted_at is null and s.active and s.search_grams like inside_grams[1]
        and s.search_grams like coalesce(inside_grams[2], '%') and s.search_grams like coalesce(inside_grams[3], '%')
        and s.search_text like all (inside) and not s.id = any (coalesce(ids, '{}'))
      limit 1000
    ) c;
    more := more[:most - coalesce(cardinality(ids), 0)];
    return query select unnest(more), 4;
    ids := ids || more;
  end if;
  if coalesce(cardinality(ids), 0) < least(most, 5) and coalesce(ranks[1], 5) > 0 and similar_grams is not null then
    -- Computing similarity is expensive, so it is done only for this many.
    return query
      select c.id, 5 from (
        select s.id, s.search_text, s.search_grams from products s
        where s.organization_id = shop and s.deleted_at is null and s.active and similar_grams <% s.search_grams
          and not s.id = any (coalesce(ids, '{}'))
        limit 500
      ) c
      where ids is null or word_similarity(similar_grams, c.search_grams) >= 0.6
      order by word_similarity(similar_grams, c.search_grams) desc, left(c.search_text, 100) collate "C"
      limit most - coalesce(cardinality(ids), 0);
  end if;
end
$$;

-- The products whose texts contain all words, for lists, with their rank: 3 at the start of words, 4 inside
-- words. With the index, and for the same reason under its owner's rights. The arguments are as above. The other
-- columns are those by which lists of products filter and sort, so that a list reads no product twice.
create function catalog_words(starts text[], grams text[], texts text[])
returns table (id uuid, rank integer, name text, category_id uuid, brand_id uuid, vendor_id uuid, active boolean, created_at timestamptz,
  updated_at timestamptz, deleted_at timestamptz)
language plpgsql stable security definer
rows 200
set search_path = public, pg_temp
set plan_cache_mode = force_generic_plan
as $$
declare
  shop uuid := nullif(current_setting('app.organization_id', true), '')::uuid;
begin
  return query
    select s.id, case when s.search_text like all (starts) then 3 else 4 end, s.name, s.category_id, s.brand_id, s.vendor_id, s.active,
      s.created_at, s.updated_at, s.deleted_at
    from products s
    where s.organization_id = shop and s.deleted_at is null and s.search_grams like grams[1]
      and s.search_grams like coalesce(grams[2], '%') and s.search_grams like coalesce(grams[3], '%') and s.search_text like all (texts);
end
$$;
