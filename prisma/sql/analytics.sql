-- analytics: constraints that the Prisma schema cannot express.

alter table tax_periods
  add constraint tax_periods_days check (from_day <= to_day),
  add constraint tax_periods_first check ((number = 1) = (previous_hash is null) and number > 0);
select pospro_append_only('tax_periods');
select pospro_append_only('tax_period_rows');

alter table accounting_settings
  add constraint accounting_settings_chart check (chart in ('skr03', 'skr04')),
  add constraint accounting_settings_accountant check (consultant_number between 1001 and 9999999 and client_number between 1 and 99999),
  add constraint accounting_settings_numbers check (fiscal_year_month between 1 and 12 and account_length between 4 and 8);

alter table report_days add constraint report_days_part check (part in ('orders', 'customers', 'segments', 'lifetime_value', 'week', 'month', 'check'));
alter table report_period_items add constraint report_period_items_unit check (unit in ('week', 'month'));
alter table report_day_customers add constraint report_day_customers_unit check (unit in ('day', 'week', 'month', 'year'));

-- Stored days of reports: a change of what they were computed from removes them, in its transaction. The present day and the one before
-- are never stored, so that an ordinary sale finds no row to remove.
create function report_days_of_totals() returns trigger language plpgsql as $$
begin
  delete from report_days
    where organization_id = coalesce(new.organization_id, old.organization_id) and part = 'orders'
      and business_date = coalesce(new.business_date, old.business_date);
  return null;
end
$$;
create trigger order_day_totals_report_days after insert or update or delete on order_day_totals
  for each row execute function report_days_of_totals();

-- The first purchase of a customer, and the one before, belong to later days as well; segments and lifetime value to all purchases until the
-- day. The arguments are the parts to remove.
create function report_days_of_customers() returns trigger language plpgsql as $$
begin
  delete from report_days
    where organization_id = coalesce(new.organization_id, old.organization_id) and part = any (tg_argv)
      and business_date >= coalesce(new.business_date, old.business_date);
  return null;
end
$$;
create trigger order_day_customers_report_days after insert or delete on order_day_customers
  for each row execute function report_days_of_customers('customers', 'segments', 'lifetime_value');
create trigger order_day_customers_sales_report_days after update of sales on order_day_customers
  for each row when ((old.sales > 0) <> (new.sales > 0)) execute function report_days_of_customers('customers');
create trigger order_day_customers_amounts_report_days after update of sales, net, tax on order_day_customers
  for each row when ((old.sales, old.net, old.tax) is distinct from (new.sales, new.net, new.tax))
  execute function report_days_of_customers('segments', 'lifetime_value');

-- An estimate is gone with its erased or merged customer. The lock waits for a worker that is storing estimates, whose rows the deletion
-- would not see otherwise; a worker that stores them later omits the customer.
create function report_customer_gone() returns trigger language plpgsql as $$
begin
  perform from report_days where organization_id = new.organization_id and part = 'lifetime_value'
    order by business_date desc limit 1 for update;
  delete from report_lifetime_customers where organization_id = new.organization_id and customer_id = new.id;
  return null;
end
$$;
create trigger customers_gone_report_days after update of erased_at on customers
  for each row when (old.erased_at is null and new.erased_at is not null) execute function report_customer_gone();

-- Vendors' goods are not the shop's, whenever that becomes known: the cost of their movements does not count.
create function report_days_of_vendor_order() returns trigger language plpgsql as $$
begin
  delete from report_days r using orders o
    where o.id = new.order_id and r.organization_id = new.organization_id and r.part = 'orders' and r.business_date >= o.business_date - 1;
  return null;
end
$$;
create trigger vendor_order_items_report_days after insert on vendor_order_items
  for each row execute function report_days_of_vendor_order();

-- The day of a movement is that of its branch, by its clock.
create function report_days_of_place() returns trigger language plpgsql as $$
begin
  delete from report_days where part = 'orders' and organization_id::text = coalesce(to_jsonb(new) ->> 'organization_id', new.id::text);
  return null;
end
$$;
create trigger branches_report_days after update of time_zone on branches
  for each row when (old.time_zone is distinct from new.time_zone) execute function report_days_of_place();
create trigger organizations_report_days after update of time_zone on organizations
  for each row when (old.time_zone is distinct from new.time_zone) execute function report_days_of_place();
create trigger warehouses_report_days after update of branch_id on warehouses
  for each row when (old.branch_id is distinct from new.branch_id) execute function report_days_of_place();
