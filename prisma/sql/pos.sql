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
