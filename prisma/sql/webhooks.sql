-- webhooks: constraints and indexes that the Prisma schema cannot express.

-- Due deliveries, for the workers.
create index webhook_deliveries_due on webhook_deliveries (endpoint_id, next_attempt_at, id) where status = 'pending';

alter table webhook_endpoints
  add constraint webhook_endpoints_status check (status in ('active', 'disabled')),
  add constraint webhook_endpoints_previous check ((previous_secret is null) = (previous_until is null));

alter table webhook_deliveries
  add constraint webhook_deliveries_status check (status in ('pending', 'delivered', 'failed')),
  add constraint webhook_deliveries_due check ((status = 'pending') = (next_attempt_at is not null)),
  add constraint webhook_deliveries_delivered check ((status = 'delivered') = (delivered_at is not null));
