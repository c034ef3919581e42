-- The versions of what people edit (kernel/db/versions.ts, docs/API-CONVENTIONS.md). It runs after the collations: a column that a
-- trigger compares cannot be given another type.

create function pospro_keep_updated_at() returns trigger
  language plpgsql as $$
begin
  new.updated_at := old.updated_at;
  return new;
end
$$;

create function pospro_raise_version() returns trigger
  language plpgsql as $$
begin
  new.version := old.version + 1;
  return new;
end
$$;

-- "old.name, old.code": columns of a row that a trigger compares.
create function pospro_columns_of(row_name text, columns text[]) returns text
  language sql immutable
  return (select string_agg(format('%I.%I', row_name, name), ', ') from unnest(columns) as name);

-- Gives a table versions, whichever statement updates it. An update that changes nothing leaves `version` and `updated_at` as they are;
-- any other one raises `version` by one. A statement that raises it itself, because a row that belongs to this one has changed, keeps
-- what it wrote. Run it again for a table that gets another column.
--   derived   columns that follow from others, or that no person edits: a change of these alone raises nothing.
create function pospro_versioned(table_name text, derived text[] default '{}') returns void
  language plpgsql as $$
declare
  stranger text;
  stored text[];
  edited text[];
begin
  select array_agg(a.attname::text), array_agg(a.attname::text) filter (where a.attname <> all (derived || array['version']))
  into stored, edited
  from pg_attribute a
  where a.attrelid = to_regclass(format('public.%I', table_name)) and a.attnum > 0 and not a.attisdropped and a.attname <> 'updated_at';
  select name into stranger from unnest(derived) as name where name <> all (stored);
  if stranger is not null then
    raise exception '% has no column %', table_name, stranger;
  end if;
  execute format('create or replace trigger unchanged before update on %I for each row when (row(%s) is not distinct from row(%s))
    execute function pospro_keep_updated_at()', table_name, pospro_columns_of('old', stored), pospro_columns_of('new', stored));
  execute format('create or replace trigger versioned before update on %I
    for each row when (new.version = old.version and row(%s) is distinct from row(%s)) execute function pospro_raise_version()',
    table_name, pospro_columns_of('old', edited), pospro_columns_of('new', edited));
end
$$;

create function pospro_set_updated_at() returns trigger
  language plpgsql as $$
begin
  new.updated_at := now();
  return new;
end
$$;

-- Gives a table without versions the moment of the last change, whichever statement updates it. A statement that sets it keeps what it
-- wrote.
--   ignored   columns whose changes callers do not see.
create function pospro_touched(table_name text, ignored text[] default '{}') returns void
  language plpgsql as $$
declare
  seen text[];
begin
  select array_agg(a.attname::text) into seen
  from pg_attribute a
  where a.attrelid = to_regclass(format('public.%I', table_name)) and a.attnum > 0 and not a.attisdropped
    and a.attname <> all (ignored || array['updated_at']);
  execute format('create or replace trigger touched before update on %I for each row
    when (new.updated_at = old.updated_at and row(%s) is distinct from row(%s)) execute function pospro_set_updated_at()', table_name, pospro_columns_of('old', seen), pospro_columns_of('new', seen));
end
$$;

select pospro_versioned('organizations');
select pospro_versioned('branches');
select pospro_versioned('roles');
select pospro_versioned('users', derived => array['search_key', 'password_hash', 'email_verified_at', 'last_login_at']);
select pospro_versioned('categories', derived => array['path_key']);
select pospro_versioned('brands', derived => array['name_key']);
select pospro_versioned('tax_classes', derived => array['name_key', 'code_key']);
select pospro_versioned('barcode_rules');
select pospro_versioned('price_lists', derived => array['name_key']);
select pospro_versioned('products', derived => array['search_text', 'search_grams']);
select pospro_versioned('variants', derived => array['sku_key']);
select pospro_versioned('customers', derived => array['email_key', 'credit_balance', 'credit_entries', 'search_text', 'search_grams']);
select pospro_versioned('campaigns', derived => array['uses', 'spent', 'entries']);
select pospro_versioned('loyalty_programs');
select pospro_versioned('loyalty_tiers', derived => array['name_key']);
select pospro_versioned('vendors', derived => array['name_key', 'balance', 'entries_count']);
select pospro_versioned('commission_rules');
select pospro_versioned('vendor_payouts');
select pospro_versioned('vendor_settings');
select pospro_versioned('customer_groups', derived => array['name_key']);
select pospro_versioned('customer_segments', derived => array['name_key']);
select pospro_versioned('orders');
select pospro_versioned('payment_method_settings');
select pospro_versioned('payment_method_branches');
select pospro_versioned('payment_provider_settings');
select pospro_versioned('registers', derived => array['last_z_number', 'last_z_hash', 'grand_total']);
select pospro_versioned('till_settings');
select pospro_versioned('storefront_settings');
select pospro_versioned('currency_settings');
select pospro_versioned('languages');
select pospro_versioned('carts', derived => array['expires_at', 'items_count', 'payment_id']);
select pospro_versioned('tickets', derived => array['number', 'messages_count', 'search_text', 'search_grams', 'sla_policy_id', 'awaiting_since',
  'first_response_due_at', 'first_responded_at', 'next_response_due_at', 'resolution_due_at', 'paused_at', 'consumed_ms', 'clock_from',
  'next_check_at']);
select pospro_versioned('canned_answers', derived => array['name_key']);
select pospro_versioned('ticket_queues', derived => array['name_key']);
select pospro_versioned('sla_policies', derived => array['name_key']);
select pospro_versioned('business_hours');
select pospro_versioned('support_settings');
select pospro_versioned('accounting_settings');
select pospro_versioned('support_mail_settings');
select pospro_versioned('shipping_zones', derived => array['name_key']);
select pospro_versioned('table_rates');
select pospro_versioned('shipping_carrier_settings');
select pospro_versioned('feature_settings');
select pospro_versioned('retention_settings');
select pospro_versioned('webhook_endpoints', derived => array['xid', 'sequence', 'last_success_at']);

select pospro_touched('stock_transfers');
select pospro_touched('stock_reservations');
select pospro_touched('stock_takes');
select pospro_touched('exchange_rates');
select pospro_touched('translations');
