-- Runs last: by now every table of the migration exists.
grant usage on schema public to pospro_app, pospro_system;
grant usage, select on all sequences in schema public to pospro_app, pospro_system;
alter default privileges in schema public grant usage, select on sequences to pospro_app, pospro_system;

-- The application's privileges beyond reading and inserting. In a table that is not listed here it may update
-- but not delete rows, so a new table has a safe default. Ledgers, orders and their records only grow: some of
-- their columns may be updated with later facts, such as the refunded amount of a payment. Only the platform
-- (pospro_system) deletes expired rows.
create function pospro_app_rights(table_name text) returns text
  language sql immutable
  return coalesce((
    select rights from (values
      ('orders', 'select, insert, update (customer_id, status, subtotal, discount_total, tax_total, gross_total, gift_card_total, total, minimum_age, paid, shipping_refunded, refunded_total, waived_total, note, email, phone, shipping_address, billing_address, holds_until, sold_at, business_date, updated_at, version, points_earned)'),
      ('order_lines', 'select, insert, delete, update (note, returned_quantity, cancelled_quantity, shipped_quantity, refunded_amount, unit_cost)'),
      ('order_steps', 'select, insert'),
      ('order_shipments', 'select, insert, update (cancelled_at)'),
      ('order_shipment_lines', 'select, insert'),
      ('order_external_numbers', 'select, insert'),
      ('order_discounts', 'select, insert, delete'),
      ('payment_events', 'select, insert'),
      ('settlements', 'select, insert, update (gross, fee, net, payout_amount, rows_count, matched_rows_count, mismatched_rows_count, unmatched_rows_count, updated_at)'),
      ('settlement_transactions', 'select, insert, update (payment_id, status, reason, expected_amount)'),
      ('sandbox_operations', 'select, insert'),
      ('sandbox_events', 'select, insert, update, delete'),
      ('payments', 'select, insert, update (customer_id, status, refunded_amount)'),
      ('order_references', 'select, insert'),
      ('training_sales', 'select, insert, delete'),
      ('outbox_events', 'select, insert'),
      ('outbox_floors', 'select'),
      ('idempotency_keys', 'select, insert, update (response, request_hash), delete'),
      ('audit_entries', 'select, insert'),
      ('audit_changes', 'select, insert'),
      ('audit_seals', 'select'),
      ('audit_heads', 'select'),
      ('audit_pending', 'select, insert'),
      ('stock_movements', 'select, insert'),
      ('stock_movement_batches', 'select, insert'),
      ('stock_take_counts', 'select, insert'),
      ('stock_receipts', 'select, insert'),
      ('stock_receipt_lines', 'select, insert'),
      ('campaign_entries', 'select, insert'),
      ('exchange_rates', 'select, insert, update, delete'),
      ('languages', 'select, insert, update, delete'),
      ('translations', 'select, insert, update, delete'),
      ('gift_card_entries', 'select, insert'),
      ('store_credit_entries', 'select, insert'),
      ('customer_credit_entries', 'select, insert, update (open)'),
      ('customer_credit_allocations', 'select, insert'),
      ('loyalty_entries', 'select, insert, update (reason, reference)'),
      ('cash_movements', 'select, insert'),
      ('register_hand_overs', 'select, insert'),
      ('z_reports', 'select, insert'),
      ('import_errors', 'select, insert'),
      ('approvals', 'select, insert, update (used_at, order_id)'),
      ('barcode_rules', 'select, insert, update, delete'),
      ('barcodes', 'select, insert, update, delete'),
      ('brands', 'select, insert, update, delete'),
      ('cart_items', 'select, insert, update, delete'),
      ('categories', 'select, insert, update, delete'),
      ('customer_addresses', 'select, insert, update, delete'),
      ('customer_cards', 'select, insert, update, delete'),
      ('customer_consents', 'select, insert, update (customer_id), delete'),
      ('customer_group_members', 'select, insert, update, delete'),
      ('customer_groups', 'select, insert, update, delete'),
      ('customer_segments', 'select, insert, update, delete'),
      ('customer_keys', 'select, insert, update, delete'),
      ('loyalty_tiers', 'select, insert, update, delete'),
      ('mail_jobs', 'select, insert, update, delete'),
      ('parked_baskets', 'select, insert, update, delete'),
      ('price_list_entries', 'select, insert, update, delete'),
      ('price_lists', 'select, insert, update, delete'),
      ('product_images', 'select, insert, update, delete'),
      ('recent_scans', 'select, insert, update, delete'),
      ('recovery_codes', 'select, insert, update, delete'),
      ('refresh_tokens', 'select, insert, update, delete'),
      ('sessions', 'select, insert, update, delete'),
      ('ticket_messages', 'select, insert, update (body, search_text, search_grams)'),
      ('ticket_breaches', 'select, insert'),
      ('ticket_escalations', 'select, insert'),
      ('ticket_queues', 'select, insert, update, delete'),
      ('shipping_zones', 'select, insert, update, delete'),
      ('sla_policies', 'select, insert, update, delete'),
      ('table_rates', 'select, insert, update, delete'),
      ('holidays', 'select, insert, update, delete'),
      ('tax_classes', 'select, insert, update, delete'),
      ('tax_rates', 'select, insert, update, delete'),
      ('two_factors', 'select, insert, update, delete'),
      ('user_tokens', 'select, insert, update, delete'),
      ('webhook_deliveries', 'select, insert, update, delete'),
      ('webhook_endpoints', 'select, insert, update, delete')
    ) as known (name, rights) where name = table_name
  ), 'select, insert, update');

select pospro_ensure_partitions(months_ahead => 2, months_back => 3);
select pospro_secure_tables();
