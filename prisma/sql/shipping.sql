-- shipping: constraints that the Prisma schema cannot express.
alter table table_rates
  add constraint table_rates_basis check (basis in ('weight', 'volume', 'value')),
  add constraint table_rates_units check (units in ('metric', 'imperial')),
  add constraint table_rates_amounts check (free_from >= 0 and divisor > 0 and weight_step > 0),
  add constraint table_rates_days check (min_days between 0 and 365 and max_days between min_days and 365);
alter table shipping_labels
  add constraint shipping_labels_provider check (provider in ('sandbox', 'easypost')),
  add constraint shipping_labels_status check (status in ('buying', 'bought', 'failed', 'voiding', 'voided')),
  add constraint shipping_labels_parcel check (parcel between 1 and parcels_count and weight > 0),
  add constraint shipping_labels_bought check (
    status in ('buying', 'failed') or (tracking_number is not null and document is not null and bought_at is not null));
-- A parcel has one label at a time: whatever is sent at once, one request inserts it.
create unique index shipping_labels_live on shipping_labels (organization_id, shipment_id, parcel) where status in ('buying', 'bought', 'voiding');
create index shipping_labels_tracking on shipping_labels (tracking_number) where tracking_number is not null;
create index shipping_labels_to_ask on shipping_labels (next_ask_at) where next_ask_at is not null;
create index shipping_labels_to_poll on shipping_labels (next_poll_at) where next_poll_at is not null;
alter table tracking_events
  add constraint tracking_events_status check (status in ('pre_transit', 'in_transit', 'out_for_delivery', 'delivered', 'failed', 'returned'));
alter table shipping_carrier_settings
  add constraint shipping_carrier_settings_carrier check (carrier in ('manual', 'sandbox', 'easypost'));
