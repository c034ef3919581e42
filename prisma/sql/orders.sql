-- orders: constraints and indexes that the Prisma schema cannot express. Orders and their lines are partitioned
-- by month (prisma/partitions.ts): a range of UUIDv7 ids is a range of time, so the primary keys need no column
-- for the month.

alter table orders
  add constraint orders_kind check (kind in ('sale', 'return')),
  add constraint orders_status check (
    status in ('draft', 'pending', 'confirmed', 'shipped', 'delivered', 'completed', 'cancelled', 'partially_refunded', 'refunded')
  ),
  add constraint orders_channel check (channel in ('pos', 'web', 'phone', 'marketplace')),
  -- The parts sum to the whole.
  add constraint orders_total check (
    total = subtotal - discount_total + case when prices_include_tax then 0 else tax_total end + rounding
  ),
  add constraint orders_direction check (case kind when 'sale' then total >= 0 else total <= 0 end),
  add constraint orders_refunded check (refunded_total >= 0 and refunded_total <= greatest(total, 0)),
  add constraint orders_original check (original_order_id is null or kind = 'return'),
  add constraint orders_voids check (not voids or (kind = 'return' and original_order_id is not null)),
  add constraint orders_tip check ((tip = 0) = (tip_method is null) and (kind = 'sale' or tip <= 0)),
  -- An age can be verified only if the goods have a minimum age.
  add constraint orders_age check ((minimum_age is not null or not age_confirmed) and (age_confirmed or age_confirmed_by is null));

alter table order_lines
  add constraint order_lines_quantity check (quantity <> 0),
  add constraint order_lines_unit_price check (unit_price >= 0),
  add constraint order_lines_total check (total = net + tax),
  add constraint order_lines_returned check (returned_quantity >= 0 and returned_quantity <= greatest(quantity, 0));

create index orders_of_customer on orders (organization_id, customer_id, created_at) where customer_id is not null;
create index orders_of_session on orders (organization_id, register_session_id) where register_session_id is not null;
create index orders_returns_of on orders (organization_id, original_order_id) where original_order_id is not null;
