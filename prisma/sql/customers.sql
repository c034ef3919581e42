-- customers: what the Prisma schema cannot say.

-- The keys that the till searches by. They are compared with >= and <, because under row-level security an index serves only
-- leakproof operators, which LIKE and the trigram operators are not; and byte by byte, so that a prefix is a range.
alter table customer_keys alter column key type text collate "C";

alter table customers
  add constraint customers_credit_limit check (credit_limit >= 0),
  add constraint customers_erased check (
    erased_at is null
    or (email is null and phone is null and tax_number is null and notes is null and tags = '{}' and credit_balance = 0)
  );

alter table customer_addresses
  add constraint customer_addresses_kind check (kind in ('shipping', 'billing')),
  add constraint customer_addresses_country check (country ~ '^[A-Z]{2}$');
create unique index customer_addresses_one_default on customer_addresses (organization_id, customer_id, kind) where is_default;

alter table customer_credit_entries
  add constraint customer_credit_entries_kind check (kind in ('sale', 'payment', 'refund', 'correction')),
  add constraint customer_credit_entries_amount check (amount <> 0);

create function customers_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'rows of % are never changed or removed', tg_table_name using errcode = 'restrict_violation';
end
$$;
create trigger customer_credit_entries_append_only before update or delete on customer_credit_entries
  for each row execute function customers_refuse_change();
