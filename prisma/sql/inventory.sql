-- inventory: constraints and indexes that the Prisma schema cannot express.

-- One selling warehouse per branch, even with concurrent first sales.
create unique index warehouses_one_selling on warehouses (organization_id, branch_id) where is_selling;

alter table warehouses
  add constraint warehouses_code check (code <> ''),
  add constraint warehouses_selling_has_branch check (not is_selling or branch_id is not null);

-- A level is changed with every sale. Free space in each page keeps the new version of a row beside the old
-- one, and no index contains a column that a sale changes, so that no index is touched.
alter table stock_levels set (fillfactor = 80);
alter table stock_levels
  add constraint stock_levels_not_below_zero check (on_hand >= 0 or below_zero),
  add constraint stock_levels_reserved check (reserved >= 0),
  add constraint stock_levels_cost check (average_cost >= 0 and received_quantity >= 0 and received_value >= 0),
  add constraint stock_levels_reorder_point check (reorder_point >= 0),
  add constraint stock_levels_movement_count check (movement_count >= 0);

-- The ledger is partitioned by month, by the time in its ids (prisma/partitions.ts).
alter table stock_movements
  add constraint stock_movements_kind check (
    kind in ('sale', 'return', 'receipt', 'adjustment', 'transfer_out', 'transfer_in', 'count')
  ),
  add constraint stock_movements_quantity check (quantity <> 0 or kind = 'count'),
  add constraint stock_movements_direction check (
    case when kind in ('sale', 'transfer_out') then quantity < 0
      when kind in ('return', 'receipt', 'transfer_in') then quantity > 0 else true end
  ),
  add constraint stock_movements_cost check (unit_cost >= 0 and average_cost >= 0);
select pospro_append_only('stock_movements');

-- A batch is identified by its number and date; only the unknown batch may be below zero, like its level.
drop index stock_batches_of_level;
create unique index stock_batches_of_level on stock_batches (organization_id, variant_id, warehouse_id, batch_number, expires_on)
  nulls not distinct;
-- The order of the list of batches.
create index stock_batches_expiring on stock_batches (organization_id, coalesce(expires_on, 'infinity'::date), id) where quantity > 0;
alter table stock_batches
  add constraint stock_batches_quantity check (quantity >= 0 or (batch_number is null and expires_on is null));
alter table stock_movement_batches add constraint stock_movement_batches_quantity check (quantity <> 0);
create index stock_movement_batches_number on stock_movement_batches (organization_id, batch_number) where batch_number is not null;
select pospro_append_only('stock_movement_batches');

-- The rarer kinds are found without reading all sales.
create index stock_movements_not_sales on stock_movements (organization_id, kind, id) where kind <> 'sale';

-- Goods in transit are read with every view of a warehouse, and are few.
create index stock_transfers_on_the_way on stock_transfers (organization_id, to_warehouse_id) where status = 'sent';
alter table stock_transfers
  add constraint stock_transfers_status check (status in ('draft', 'sent', 'received', 'cancelled')),
  add constraint stock_transfers_ends check (from_warehouse_id <> to_warehouse_id),
  add constraint stock_transfers_times check (
    case status when 'draft' then sent_at is null and cancelled_at is null
      when 'sent' then sent_at is not null and received_at is null
      when 'received' then sent_at is not null and received_at is not null
      else cancelled_at is not null and sent_at is null end
  );
alter table stock_transfer_lines
  add constraint stock_transfer_lines_quantity check (quantity > 0 and received_quantity >= 0 and unit_cost >= 0);

alter table stock_reservations
  add constraint stock_reservations_status check (status in ('active', 'consumed', 'released', 'expired')),
  add constraint stock_reservations_ended check ((status = 'active') = (ended_at is null)),
  add constraint stock_reservations_quantity check (quantity > 0);
create index stock_reservations_due on stock_reservations (expires_at) where status = 'active';

alter table stock_receipt_lines
  add constraint stock_receipt_lines_quantity check (quantity > 0 and unit_cost >= 0);

-- Two concurrent stock takes of a warehouse would post the same differences twice.
create unique index stock_takes_one_open on stock_takes (organization_id, warehouse_id) where status = 'counting';
alter table stock_takes
  add constraint stock_takes_status check (status in ('counting', 'posted', 'cancelled')),
  add constraint stock_takes_posted check ((status = 'posted') = (posted_at is not null)),
  add constraint stock_takes_cancelled check ((status = 'cancelled') = (cancelled_at is not null));
alter table stock_take_lines
  add constraint stock_take_lines_counted check (counted >= 0 and (counted is null) = (expected is null));
alter table stock_take_counts add constraint stock_take_counts_mode check (mode in ('add', 'replace'));
select pospro_append_only('stock_take_counts');
