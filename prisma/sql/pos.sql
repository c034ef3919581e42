-- pos: what the Prisma schema cannot say.

alter table receipt_prints add constraint receipt_prints_copies check (copies > 0);
alter table approvals
  add constraint approvals_kind check (kind in ('discount', 'price_override', 'void')),
  add constraint approvals_used check (used_at is not null or order_id is null);
-- What still waits to be booked, found whenever a register opens.
create index pending_sales_waiting on pending_sales (organization_id, register_id, sold_at) where booked_at is null;
