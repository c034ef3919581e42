-- customers: indexes and functions that the Prisma schema cannot express.

-- The search keys of the till. They are compared with >= and <, because under row-level security an index serves only
-- leakproof operators, which LIKE and the trigram operators are not; and byte by byte, so that a prefix is a range.
alter table customer_keys alter column key type text collate "C";

-- The order of the list of customers, in which no erased customer is.
create index customers_name_idx on customers (organization_id, name, id) where erased_at is null;

-- Customers who share a phone number or a mail address (subgraphs/customers/duplicates.ts).
create index customers_phone_idx on customers (organization_id, phone_e164, id) where phone_e164 is not null;
create index customers_email_key_idx on customers (organization_id, email_key, id) where email_key is not null;

-- Searches beyond the keys: inside words, and similar names. Both run under their owner's rights, like
-- catalog_search and for the same reason; the arguments are parts of a SearchTerm (kernel/fold-text.rules.ts).
create index customers_search_idx on customers using gin (organization_id, search_grams gin_trgm_ops)
  with (gin_pending_list_limit = 128) where erased_at is null;

-- At most `most` customers, perhaps some of them twice. For a text that many customers have, the index would collect all of them first: so
-- the first customers by name are looked through before it, and if `enough` of them match, they are the answer.
create function customers_inside(grams text[], texts text[], enough integer, most integer) returns table (customer_id uuid)
language plpgsql stable security definer
rows 50
set search_path = public, pg_temp
set plan_cache_mode = force_generic_plan
as $$
declare
  found_first integer;
begin
  if coalesce(cardinality(texts), 0) = 0 then
    return;
  end if;
  return query
    select f.id from (
      select c.id, c.search_text from customers c
      where c.organization_id = pospro_organization() and c.erased_at is null
      order by c.name, c.id limit 2000
    ) f
    where f.search_text like all (texts);
  get diagnostics found_first = row_count;
  if found_first < enough then
    return query
      select c.id from customers c
      where c.organization_id = pospro_organization() and c.erased_at is null and c.search_grams like grams[1]
        and c.search_grams like coalesce(grams[2], '%') and c.search_grams like coalesce(grams[3], '%') and c.search_text like all (texts)
      limit most;
  end if;
end
$$;

create function customers_similar(grams text, most integer) returns table (customer_id uuid, likeness real)
language plpgsql stable security definer
rows 10
set search_path = public, pg_temp
set pg_trgm.word_similarity_threshold = 0.4
set plan_cache_mode = force_generic_plan
as $$
begin
  -- Computing similarity is expensive, so it is done only for this many.
  return query
    select found.id, word_similarity(grams, found.search_grams) as likeness from (
      select c.id, c.search_grams from customers c
      where c.organization_id = pospro_organization() and c.erased_at is null and grams <% c.search_grams
      limit 500
    ) found
    order by 2 desc, 1 limit most;
end
$$;

alter table customers
  add constraint customers_credit_limit check (credit_limit >= 0),
  add constraint customers_erased check (
    erased_at is null
    or (code is null and email is null and email_key is null and phone is null and phone_e164 is null and tax_number is null and notes is null and tags = '{}' and credit_balance = 0
      and search_text = '' and search_grams = '')
  );

alter table customer_addresses
  add constraint customer_addresses_kind check (kind in ('shipping', 'billing')),
  add constraint customer_addresses_country check (country ~ '^[A-Z]{2}$');
create unique index customer_addresses_one_default on customer_addresses (organization_id, customer_id, kind) where is_default;

create index customers_merged_idx on customers (organization_id, merged_into_id) where merged_into_id is not null;
alter table customers add constraint customers_merged check (merged_into_id is null or (erased_at is not null and merged_into_id <> id));

-- A row that names a merged customer is written for the one with whom the customer was merged. The locks make a merge wait for the
-- transaction, and the transaction for a merge: without them, a sale in flight would be left to the old customer.
create function customers_present() returns trigger language plpgsql as $$
declare
  present uuid;
begin
  loop
    select coalesce(c.merged_into_id, c.id) into present from customers c where c.id = new.customer_id for key share;
    exit when present is null or present = new.customer_id;
    new.customer_id := present;
  end loop;
  return new;
end
$$;

alter table customers add constraint customers_code check (code ~ '^[A-Z0-9][A-Z0-9._/-]{0,39}$');
alter table customer_cards add constraint customer_cards_number check (number ~ '^[A-Z0-9][A-Z0-9._/-]{0,39}$');
alter table customer_consents
  add constraint customer_consents_purpose check (purpose in ('marketing', 'email', 'sms', 'phone', 'post', 'profiling')),
  add constraint customer_consents_source check (source in ('till', 'web', 'phone', 'email', 'paper', 'staff', 'import'));

alter table customer_credit_entries
  add constraint customer_credit_entries_kind check (kind in ('sale', 'payment', 'refund', 'correction', 'transfer')),
  add constraint customer_credit_entries_amount check (amount <> 0),
  add constraint customer_credit_entries_open check (open * sign(amount) >= 0 and abs(open) <= abs(amount)),
  add constraint customer_credit_entries_due check ((due_date is not null) = (amount > 0));
create index customer_credit_entries_open_idx on customer_credit_entries (organization_id, customer_id, due_date, number) where open <> 0;
alter table customer_credit_allocations add constraint customer_credit_allocations_amount check (amount > 0);
alter table customers add constraint customers_payment_days check (payment_days between 0 and 365);

create function customers_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'rows of % are never changed or removed', tg_table_name using errcode = 'restrict_violation';
end
$$;
create trigger customer_credit_entries_append_only before delete on customer_credit_entries
  for each row execute function customers_refuse_change();
create trigger customer_credit_entries_settled before update on customer_credit_entries
  for each row when (to_jsonb(old) - 'open' is distinct from to_jsonb(new) - 'open') execute function customers_refuse_change();
create trigger customer_credit_allocations_append_only before update or delete on customer_credit_allocations
  for each row execute function customers_refuse_change();
