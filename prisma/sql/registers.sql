-- registers: constraints and indexes that the Prisma schema cannot express.

-- One open session per register, even with concurrent requests.
create unique index register_sessions_one_open on register_sessions (organization_id, register_id) where status = 'open';
-- The session of a cashier, read with every sale.
create index register_sessions_of_cashier on register_sessions (organization_id, cashier_id) where status = 'open';

-- The totals of a session change with every sale. Free space in each page keeps the new version of a row beside the
-- old one, so that no index is touched.
alter table register_sessions set (fillfactor = 70);
alter table register_session_tenders set (fillfactor = 50);
alter table register_session_taxes set (fillfactor = 50);

alter table registers
  add constraint registers_paper_width check (paper_width in (58, 80)),
  add constraint registers_totals check (last_z_number >= 0 and grand_total >= 0),
  add constraint registers_head check ((last_z_number = 0) = (last_z_hash is null));

alter table register_sessions
  add constraint register_sessions_status check (status in ('open', 'closed')),
  add constraint register_sessions_closed check ((status = 'closed') = (closed_at is not null and counted_cash is not null)),
  add constraint register_sessions_signs check (
    opening_float >= 0 and cash_in >= 0 and cash_out >= 0 and sales_count >= 0 and returns_count >= 0
    and gross_sales >= 0 and refunds >= 0 and voids_count between 0 and returns_count and voids between 0 and refunds
    and conflicts_count >= 0 and conflicts >= 0
  ),
  add constraint register_sessions_net check (net_sales = gross_sales - discounts - refunds);

alter table register_session_tenders
  add constraint register_session_tenders_kind check (kind in ('sale', 'credit_payment', 'tip'));

alter table register_devices
  add constraint register_devices_sequence check (last_sequence >= 0),
  add constraint register_devices_revoked check (revoked_at is not null or revoked_by is null);
alter table device_sequences
  add constraint device_sequences_sequence check (sequence > 0);

alter table cash_movements
  add constraint cash_movements_kind check (kind in ('cash_in', 'cash_out')),
  add constraint cash_movements_amount check (amount > 0);

alter table register_hand_overs
  add constraint register_hand_overs_counted check (counted_cash >= 0);

alter table z_reports
  add constraint z_reports_number check (number > 0),
  add constraint z_reports_first check ((number = 1) = (previous_hash is null)),
  add constraint z_reports_net check (net_sales = gross_sales - discounts - refunds),
  add constraint z_reports_difference check (difference = counted_cash - expected_cash);

-- Rows here never change: a mistake is corrected by a new row.
create function registers_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'rows of % are never changed or removed', tg_table_name using errcode = 'restrict_violation';
end
$$;
create trigger z_reports_append_only before update or delete on z_reports
  for each row execute function registers_refuse_change();
create trigger device_sequences_append_only before update or delete on device_sequences
  for each row execute function registers_refuse_change();
create trigger register_hand_overs_append_only before update or delete on register_hand_overs
  for each row execute function registers_refuse_change();
create trigger cash_movements_append_only before update or delete on cash_movements
  for each row execute function registers_refuse_change();

-- A closed session keeps its totals, and a register's grand total and numbers never fall.
create trigger register_sessions_closed_stay before update or delete on register_sessions
  for each row when (old.status = 'closed') execute function registers_refuse_change();
create function registers_never_fall() returns trigger language plpgsql as $$
begin
  if new.grand_total < old.grand_total or new.last_z_number < old.last_z_number then
    raise exception 'the grand total and the report number of a register never fall' using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;
create trigger registers_never_fall before update on registers
  for each row execute function registers_never_fall();
