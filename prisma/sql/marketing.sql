-- marketing: constraints and indexes that the Prisma schema cannot express.
alter table campaigns
  add constraint campaigns_status check (status in ('draft', 'active', 'paused')),
  add constraint campaigns_stacking check (stacking in ('exclusive', 'stackable')),
  add constraint campaigns_audience check (audience in ('anyone', 'customers', 'guests')),
  add constraint campaigns_period check (starts_at < ends_at),
  add constraint campaigns_limits check (budget > 0 and uses_limit > 0 and uses_per_customer > 0),
  add constraint campaigns_uses check (uses >= 0 and spent >= 0);

-- The list of campaigns, the highest priority first, and the campaigns in use, which every sale needs after a change.
create index campaigns_priority_idx on campaigns (organization_id, priority, id) where deleted_at is null;
create index campaigns_active_idx on campaigns (organization_id) where deleted_at is null and status = 'active';

create index discount_codes_of_customer on discount_codes (organization_id, customer_id) where customer_id is not null;
alter table discount_codes
  alter column code_key type text collate "C",
  add constraint discount_codes_key check (code_key <> ''),
  add constraint discount_codes_period check (valid_from < valid_until),
  add constraint discount_codes_limits check (uses_limit > 0 and uses_per_customer > 0 and minimum >= 0),
  add constraint discount_codes_uses check (uses >= 0);

alter table campaign_entries add constraint campaign_entries_uses check (uses between -1 and 1);
create trigger campaign_entries_append_only before update or delete on campaign_entries
  for each row execute function customers_refuse_change();

alter table customer_uses add constraint customer_uses_count check (uses >= 0);

alter table loyalty_programs
  add constraint loyalty_programs_rates check (earn_rate >= 0 and point_value > 0),
  add constraint loyalty_programs_days check (hold_days >= 0 and (expiry_days is null or expiry_days > hold_days)),
  add constraint loyalty_programs_redeem check (minimum_redeem >= 1 and maximum_percent > 0 and maximum_percent <= 100),
  add constraint loyalty_programs_others check (birthday_points >= 0 and tier_months between 1 and 120);

alter table loyalty_tiers
  add constraint loyalty_tiers_spend check (upkeep >= 0 and upkeep <= threshold),
  add constraint loyalty_tiers_multiplier check (multiplier > 0);

alter table loyalty_accounts
  add constraint loyalty_accounts_pending check (pending >= 0),
  add constraint loyalty_accounts_birthday check (birthday ~ '^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$');
create index loyalty_accounts_due on loyalty_accounts (review_at) where review_at is not null;
create index loyalty_accounts_birthdays on loyalty_accounts (birthday) where birthday is not null;
create index loyalty_accounts_merged on loyalty_accounts (organization_id, merged_into_id) where merged_into_id is not null;
create index loyalty_accounts_tiers on loyalty_accounts (organization_id, tier_id) where tier_id is not null;

alter table loyalty_entries
  add constraint loyalty_entries_kind
    check (kind in ('earn', 'redeem', 'reverse', 'restore', 'release', 'expire', 'grant', 'birthday', 'merge'));
-- The spend of a period, which decides the tier.
create index loyalty_entries_spend on loyalty_entries (organization_id, customer_id, spent_at) include (amount)
  where spent_at is not null;

alter table loyalty_lots
  add constraint loyalty_lots_remaining check (remaining >= 0 and expired >= 0 and remaining + expired <= points);
create index loyalty_lots_open on loyalty_lots (organization_id, customer_id, expires_at, id) where remaining > 0;
create index loyalty_lots_available on loyalty_lots (available_at) where remaining > 0 and pending;
create index loyalty_lots_expiring on loyalty_lots (expires_at) where remaining > 0 and expires_at is not null;

alter table loyalty_lot_uses
  add constraint loyalty_lot_uses_restored check (points > 0 and restored >= 0 and restored <= points);

-- Texts may be removed from an entry when its customer is erased; nothing else changes.
create function loyalty_refuse_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or new.reason is not null or new.reference is not null
    or (to_jsonb(new) - '{reason,reference}'::text[]) <> (to_jsonb(old) - '{reason,reference}'::text[]) then
    raise exception 'an entry of points is never changed or removed' using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;
create trigger loyalty_entries_append_only before update or delete on loyalty_entries
  for each row execute function loyalty_refuse_change();
