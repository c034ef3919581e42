-- vendors: constraints and indexes that the Prisma schema cannot express.

alter table vendors
  add constraint vendors_status check (status in ('applied', 'under_review', 'approved', 'suspended', 'closed')),
  add constraint vendors_account check ((iban is null) = (account_holder is null) and (bic is null or iban is not null)),
  add constraint vendors_hold check (hold_days between 0 and 365),
  add constraint vendors_commission_tax check (commission_tax_rate between 0 and 100);

-- A gift card is money of the shop's own.
alter table products add constraint products_vendor_gift_card check (vendor_id is null or gift_card_purpose is null);
create index products_of_vendor on products (vendor_id) where vendor_id is not null;

alter table commission_rules
  add constraint commission_rules_kind check (kind in ('percent', 'fixed')),
  add constraint commission_rules_base check (base in ('net', 'gross')),
  add constraint commission_rules_value check ((value is null) = (jsonb_array_length(tiers) > 0)),
  add constraint commission_rules_limits check (value >= 0 and minimum >= 0 and maximum >= 0);

alter table vendor_orders
  add constraint vendor_orders_reversed check (commission_reversed <= commission and commission_tax_reversed <= commission_tax);
alter table vendor_order_items
  add constraint vendor_order_items_reversed check (commission_reversed <= commission and commission_tax_reversed <= commission_tax
    and refunded_total <= total);

alter table vendor_entries
  add constraint vendor_entries_kind check (kind in ('sale', 'commission', 'commission_tax', 'refund', 'adjustment', 'payout', 'payout_return')),
  add constraint vendor_entries_reason check ((kind = 'adjustment') = (reason is not null)),
  add constraint vendor_entries_amount check (amount <> 0);
-- Entries that no payout has claimed are few; those of all others are not read to find them.
create index vendor_entries_unpaid on vendor_entries (organization_id, vendor_id) where payout_id is null;
-- An entry never changes, but for the payout that claims it, once.
create trigger append_only before delete on vendor_entries for each row execute function pospro_refuse_change();
create trigger claimed_once before update on vendor_entries for each row
  when (old.payout_id is not null or new.payout_id is null
    or to_jsonb(new) - 'payout_id' is distinct from to_jsonb(old) - 'payout_id')
  execute function pospro_refuse_change();

alter table vendor_payouts
  add constraint vendor_payouts_status check (status in ('pending', 'sent', 'paid', 'returned')),
  add constraint vendor_payouts_amount check (amount > 0);
alter table vendor_payout_runs
  add constraint vendor_payout_runs_payer check ((payer_iban is null) = (payer_holder is null) and (payer_bic is null or payer_iban is not null));
-- A bank gets the same file for ever: the account of a run is entered once.
create trigger append_only before delete on vendor_payout_runs for each row execute function pospro_refuse_change();
create trigger entered_once before update on vendor_payout_runs for each row
  when (old.payer_iban is not null) execute function pospro_refuse_change();
alter table vendor_settings
  add constraint vendor_settings_payer check ((payer_iban is null) = (payer_holder is null) and (payer_bic is null or payer_iban is not null)),
  add constraint vendor_settings_minimum check (minimum_payout >= 0);

-- A vendor's user works as pospro_vendor, on a connection that is bound to the vendor. These policies are all that the role sees: a table
-- without one, such as orders and customers, seems empty to it. A product shows what belongs to it.
create policy vendor on vendors to pospro_vendor using (organization_id = pospro_organization() and id = pospro_vendor())
  -- Another bank account sends an approved vendor to review; only the shop approves.
  with check (organization_id = pospro_organization() and id = pospro_vendor() and status <> 'approved');
do $$
declare
  shown text;
begin
  foreach shown in array array['products', 'vendor_orders', 'vendor_order_items', 'vendor_entries', 'vendor_payouts'] loop
    execute format('create policy vendor on %I for select to pospro_vendor
      using (organization_id = pospro_organization() and vendor_id = pospro_vendor())', shown);
  end loop;
  foreach shown in array array['variants', 'product_images'] loop
    execute format('create policy vendor on %I for select to pospro_vendor
      using (organization_id = pospro_organization() and exists (select from products p where p.id = product_id))', shown);
  end loop;
  -- The shop's own facts, without a person in them.
  foreach shown in array array['organizations', 'branches', 'categories', 'brands', 'tax_classes', 'tax_rates', 'units', 'languages', 'exchange_rates'] loop
    execute format('create policy vendor on %I for select to pospro_vendor using (organization_id = pospro_organization())', shown);
  end loop;
  -- The records of a change.
  foreach shown in array array['audit_entries', 'audit_changes', 'audit_pending', 'outbox_events'] loop
    execute format('create policy vendor on %I for insert to pospro_vendor with check (organization_id = pospro_organization())', shown);
    execute format('grant insert on %I to pospro_vendor', shown);
  end loop;
end
$$;
create policy vendor on barcodes for select to pospro_vendor
  using (organization_id = pospro_organization() and exists (select from variants v where v.id = variant_id));
grant update (account_holder, iban, bic, status, status_reason, updated_at) on vendors to pospro_vendor;
