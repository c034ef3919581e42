-- inventory: what the Prisma schema cannot say.

-- One selling warehouse per branch, however many first sales ask for it at once.
create unique index warehouses_one_selling on warehouses (organization_id, branch_id) where is_selling;
create index warehouses_of_branch on warehouses (organization_id, branch_id);

alter table warehouses
  add constraint warehouses_code check (code <> ''),
  add constraint warehouses_selling_has_branch check (not is_selling or branch_id is not null);

-- A level is changed with every sale. Room in each page keeps the new version of a row beside the old one, and no index holds a
-- column that a sale changes, so that no index is touched.
alter table stock_levels set (fillfactor = 80);
alter table stock_levels
  add constraint stock_levels_not_below_zero check (on_hand >= 0 or below_zero),
  add constraint stock_levels_reserved check (reserved >= 0),
  add constraint stock_levels_cost check (average_cost >= 0 and received_quantity >= 0 and received_value >= 0),
  add constraint stock_levels_reorder_point check (reorder_point >= 0),
  add constraint stock_levels_movement_count check (movement_count >= 0);

-- The ledger lies in partitions of a month, by the time in its ids (prisma/partitions.ts).
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
