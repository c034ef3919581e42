-- pos: constraints and indexes that the Prisma schema cannot express.

alter table receipt_prints add constraint receipt_prints_copies check (copies > 0);
alter table approvals
  add constraint approvals_kind check (kind in ('discount', 'price_override', 'void')),
  add constraint approvals_used check (used_at is not null or order_id is null);
-- Pending sales, read whenever a register opens.
create index pending_sales_waiting on pending_sales (organization_id, register_id, sold_at) where status = 'pending';
create index pending_sales_held on pending_sales (organization_id, sold_at) where status = 'held';
alter table pending_sales
  add constraint pending_sales_status check (status in ('pending', 'held', 'rejected', 'booked')),
  add constraint pending_sales_booked check ((status = 'booked') = (order_id is not null and booked_at is not null)),
  add constraint pending_sales_rejected check (status <> 'rejected' or (decided_at is not null and decision_note is not null));
-- Open conflicts: the list that managers work through.
create index offline_conflicts_open on offline_conflicts (organization_id, branch_id, created_at) where acknowledged_at is null;
alter table offline_conflicts
  add constraint offline_conflicts_acknowledged check (acknowledged_at is not null or (acknowledged_by is null and note is null));

-- A scan of the same item only changes its time: room on the page keeps such an update short.
alter table recent_scans set (fillfactor = 70);

-- A parked basket belongs to its customer: it is gone with an erased one, and goes over with a merged one. Its label and its notes are free
-- texts, in which the customer may be named. So are the notes of an offline sale, which stays without them: it proves what a till sent.
create function pos_customer_gone() returns trigger language plpgsql as $$
begin
  if new.merged_into_id is null then
    delete from parked_baskets where organization_id = new.organization_id and customer_id = new.id;
    update pending_sales s set decision_note = case when s.decision_note is not null then '(erased)' end,
      sale = jsonb_set(s.sale - 'note', '{items}', (
        select coalesce(jsonb_agg(item.value - 'note' order by item.position), '[]')
        from jsonb_array_elements(s.sale -> 'items') with ordinality as item (value, position)))
    where s.organization_id = new.organization_id and s.sale ->> 'customerId' in (
      select c.id::text from customers c
      where c.organization_id = new.organization_id and (c.id = new.id or c.merged_into_id = new.id));
    update offline_conflicts f set note = null
    where f.organization_id = new.organization_id and f.note is not null and f.order_id in (
      select o.id from orders o where o.organization_id = new.organization_id and o.customer_id = new.id);
  else
    update parked_baskets set customer_id = new.merged_into_id where organization_id = new.organization_id and customer_id = new.id;
  end if;
  return null;
end
$$;
-- Few sales of a till are sent offline, and fewer have a customer.
create index pending_sales_of_customers on pending_sales (organization_id, (sale ->> 'customerId')) where sale ->> 'customerId' is not null;
create trigger customers_gone after update of erased_at on customers
  for each row when (old.erased_at is null and new.erased_at is not null) execute function pos_customer_gone();
