-- orders: constraints and indexes that the Prisma schema cannot express. Orders and their lines are partitioned
-- by month (prisma/partitions.ts): a range of UUIDv7 ids is a range of time, so the primary keys need no column
-- for the month.

alter table orders
  add constraint orders_kind check (kind in ('sale', 'return')),
  add constraint orders_status check (
    status in ('draft', 'pending', 'confirmed', 'shipped', 'delivered', 'completed', 'cancelled', 'partially_refunded', 'refunded')
  ),
  add constraint orders_channel check (channel in ('pos', 'web', 'phone', 'marketplace', 'erp')),
  -- The parts sum to the whole.
  add constraint orders_total check (
    total = subtotal - discount_total + case when prices_include_tax then shipping_total else shipping_total - shipping_tax + tax_total end
      + rounding
  ),
  add constraint orders_shipping check (shipping_refunded between 0 and greatest(shipping_total, 0)),
  add constraint orders_waived check (waived_total between 0 and refunded_total),
  add constraint orders_sold check (sold_at is not null or status in ('draft', 'pending', 'cancelled')),
  add constraint orders_direction check (case kind when 'sale' then total >= 0 else total <= 0 end),
  add constraint orders_refunded check (refunded_total >= 0 and refunded_total <= greatest(total, 0)),
  add constraint orders_voids check (not voids or (kind = 'return' and original_order_id is not null)),
  add constraint orders_tip check ((tip = 0) = (tip_method is null) and (kind = 'sale' or tip <= 0)),
  -- An age can be verified only if the goods have a minimum age.
  add constraint orders_age check ((minimum_age is not null or not age_confirmed) and (age_confirmed or age_confirmed_by is null));

alter table order_lines
  -- A refund without goods has a line of no quantity.
  add constraint order_lines_quantity check (quantity <> 0 or original_line_id is not null),
  add constraint order_lines_unit_price check (unit_price >= 0),
  add constraint order_lines_gift_card_purpose check (gift_card_purpose in ('multi_purpose', 'single_purpose')),
  add constraint order_lines_total check (total = net + tax),
  add constraint order_lines_returned check (
    returned_quantity >= 0 and cancelled_quantity >= 0 and returned_quantity + cancelled_quantity <= greatest(quantity, 0)
  ),
  add constraint order_lines_shipped check (shipped_quantity between 0 and greatest(quantity - cancelled_quantity, 0)),
  add constraint order_lines_refunded check (refunded_amount between 0 and greatest(total, 0));

alter table order_steps
  add constraint order_steps_actor check (actor_kind in ('user', 'api_key', 'platform'));
alter table order_shipment_lines add constraint order_shipment_lines_quantity check (quantity > 0);

alter table order_discounts
  add constraint order_discounts_source check (source in ('line', 'campaign', 'code', 'order', 'points')),
  add constraint order_discounts_campaign check (campaign_id is null or source in ('campaign', 'code')),
  add constraint order_discounts_code check (code_id is null or source = 'code'),
  add constraint order_discounts_amount check (amount <> 0);

-- Every order updates the running totals of its register's day: room on the page keeps the updates short.
alter table order_day_totals set (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
alter table order_day_taxes set (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
alter table order_day_payments set (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
-- Many rows a day, each changed a few times.
alter table order_day_items set (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
alter table order_day_customers set (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);

-- A sale is booked: its amounts never change, and its lines stay. Only an order that still waits can be edited.
create function orders_reject_change() returns trigger language plpgsql as $$
begin
  raise exception 'the amounts of a sold order never change' using errcode = 'restrict_violation';
end
$$;
create trigger orders_booked before update of subtotal, discount_total, tax_total, gross_total, gift_card_total, total, minimum_age on orders
  for each row when (old.sold_at is not null) execute function orders_reject_change();

create function order_parts_reject_delete() returns trigger language plpgsql as $$
begin
  if exists (select from orders where id = old.order_id and sold_at is not null) then
    raise exception 'a part of a sold order is never removed' using errcode = 'restrict_violation';
  end if;
  return old;
end
$$;
create trigger order_lines_booked before delete on order_lines for each row execute function order_parts_reject_delete();
create trigger order_discounts_booked before delete on order_discounts for each row execute function order_parts_reject_delete();

create index orders_of_customer on orders (organization_id, customer_id, created_at) where customer_id is not null;
create index orders_of_cashier on orders (organization_id, cashier_id, created_at) where cashier_id is not null;
create index orders_of_register on orders (organization_id, register_id, created_at) where register_id is not null;
-- Orders of rare states, channels and kinds, the newest first. Most orders of a till are completed sales, which no such index holds: their
-- lists find them among the newest orders anyway.
create index orders_of_status on orders (organization_id, status, created_at, id) where status <> 'completed';
create index orders_of_channel on orders (organization_id, channel, created_at, id) where channel <> 'pos';
create index orders_returned on orders (organization_id, created_at, id) where kind = 'return';
create index orders_of_session on orders (organization_id, register_session_id) where register_session_id is not null;
create index orders_of_original on orders (organization_id, original_order_id) where original_order_id is not null;

alter table carts
  add constraint carts_status check (status in ('open', 'checked_out', 'merged', 'expired')),
  add constraint carts_checked_out check ((status = 'checked_out') = (order_id is not null)),
  add constraint carts_merged check ((status = 'merged') = (merged_into_id is not null)),
  add constraint carts_items_count check (items_count >= 0);
-- A customer has one open cart at a branch: of two concurrent sign-ins, the second finds the first one's.
create unique index carts_of_customer on carts (organization_id, customer_id, branch_id)
  where status = 'open' and customer_id is not null;
create unique index carts_of_order on carts (order_id) where order_id is not null;
-- Carts that are due to end.
create index carts_due on carts (expires_at) where status = 'open';

alter table cart_items
  add constraint cart_items_quantity check (quantity > 0),
  add constraint cart_items_unit_price check (unit_price >= 0);

alter table storefront_settings
  add constraint storefront_settings_free_shipping check (free_shipping_per in ('basket', 'vendor')),
  add constraint storefront_settings_shipping_per check (shipping_per in ('basket', 'vendor')),
  add constraint storefront_settings_amounts check (shipping_price >= 0 and free_shipping_from >= 0),
  add constraint storefront_settings_tax check (shipping_tax_rate between 0 and 100 and shipping_tax_rule in ('fixed', 'highest', 'proportional', 'none')),
  add constraint storefront_settings_times check (reservation_minutes > 0 and abandoned_after_minutes > 0 and cart_lifetime_days > 0);

-- Everyone who has a carrier's number may look for it, in whatever organization.
create index order_shipments_tracking on order_shipments (tracking_number) where tracking_number is not null;
create index carts_of_customers on carts (customer_id) where customer_id is not null;
create trigger orders_customer before insert on orders for each row when (new.customer_id is not null)
  execute function customers_present();
create index orders_of_external_number on orders (organization_id, external_number) where external_number is not null;
-- Orders whose time to be paid ends: read by the worker that cancels them.
create index orders_held on orders (holds_until) where status = 'pending' and holds_until is not null;
