-- admin: the audited tables. Ledgers and documents (orders, payments, movements, reports) are not audited: they
-- are append-only, and so their own trail. Tables that no person writes (sessions, tokens, search keys, caches)
-- are not audited either.
select pospro_audited('organizations');
select pospro_audited('branches');
select pospro_audited('roles');
select pospro_audited('users', ignored => array['last_login_at', 'search_key']);
select pospro_audited('two_factors', ignored => array['last_step']);
select pospro_audited('api_keys', ignored => array['last_used_at']);
select pospro_audited('categories', ignored => array['path_key', 'depth']);
select pospro_audited('brands', ignored => array['name_key']);
select pospro_audited('tax_classes', ignored => array['name_key', 'code_key']);
select pospro_audited('tax_rates');
select pospro_audited('units', ignored => array['code_key']);
select pospro_audited('barcode_rules');
select pospro_audited('products', ignored => array['search_text', 'search_grams']);
select pospro_audited('variants', ignored => array['sku_key']);
select pospro_audited('barcodes');
select pospro_audited('product_images', ignored => array['storage_key']);
select pospro_audited('price_lists', ignored => array['name_key']);
select pospro_audited('price_list_entries');
select pospro_audited('warehouses', ignored => array['search_key']);
select pospro_audited('registers', ignored => array['last_z_number', 'last_z_hash', 'grand_total']);
select pospro_audited('customers',
  personal => array['code', 'name', 'email', 'phone', 'phone_e164', 'tax_number', 'language', 'notes', 'tags'],
  ignored => array['email_key', 'credit_balance', 'credit_entries', 'search_text', 'search_grams']);
select pospro_audited('customer_addresses',
  personal => array['label', 'recipient', 'line1', 'line2', 'city', 'region', 'postal_code', 'phone']);
select pospro_audited('campaigns', ignored => array['uses', 'spent', 'entries']);
select pospro_audited('loyalty_programs', key => 'organization_id');
select pospro_audited('loyalty_tiers', ignored => array['name_key']);
select pospro_audited('loyalty_accounts', key => 'customer_id', personal => array['birthday'],
  ignored => array['balance', 'pending', 'entries', 'tier_id', 'tier_since', 'tier_until', 'review_at', 'birthday_year']);
select pospro_audited('customer_cards', personal => array['number', 'label']);
select pospro_audited('customer_consents', personal => array['note']);
select pospro_audited('customer_group_members', key => 'customer_id');
select pospro_audited('customer_groups', ignored => array['name_key']);
select pospro_audited('vendors', personal => array['account_holder', 'iban', 'bic', 'phone'], ignored => array['name_key', 'balance', 'entries_count']);
select pospro_audited('commission_rules');
select pospro_audited('vendor_payouts', personal => array['account_holder', 'iban', 'bic']);
select pospro_audited('vendor_payout_runs', personal => array['payer_holder', 'payer_iban', 'payer_bic']);
select pospro_audited('vendor_settings', key => 'organization_id', personal => array['payer_holder', 'payer_iban', 'payer_bic']);
select pospro_audited('customer_segments', ignored => array['name_key']);
-- An order is a document: only what changes later is recorded, so that a sale costs no more.
select pospro_audited('orders', personal => array['email', 'phone', 'shipping_address', 'billing_address']);
drop trigger audited_insert on orders;
drop trigger audited_delete on orders;
select pospro_audited('payment_method_settings', key => 'method');
select pospro_audited('payment_method_branches', key => 'method');
select pospro_audited('gift_cards', ignored => array['balance', 'entries_count']);
select pospro_audited('payment_provider_settings', key => 'organization_id');
select pospro_audited('register_devices', ignored => array['last_sequence']);
select pospro_audited('till_settings', key => 'organization_id');
select pospro_audited('storefront_settings', key => 'organization_id');
select pospro_audited('carts', personal => array['email', 'phone', 'shipping_address', 'billing_address'], ignored => array['expires_at', 'payment_id']);
select pospro_audited('cart_items', personal => array['note']);
select pospro_audited('approvals');
select pospro_audited('tickets', personal => array['subject', 'requester_name', 'requester_email', 'tags', 'satisfaction_note'],
  ignored => array['messages_count', 'search_text', 'search_grams', 'sla_policy_id', 'awaiting_since', 'first_response_due_at',
    'first_responded_at', 'next_response_due_at', 'resolution_due_at', 'paused_at', 'consumed_ms', 'clock_from', 'next_check_at']);
select pospro_audited('ticket_messages', personal => array['body'], ignored => array['search_text', 'search_grams']);
select pospro_audited('ticket_attachments', personal => array['filename'], ignored => array['hash', 'storage_key']);
select pospro_audited('support_mail_settings', key => 'organization_id');
select pospro_audited('canned_answers', ignored => array['name_key']);
select pospro_audited('ticket_queues', ignored => array['name_key']);
select pospro_audited('sla_policies', ignored => array['name_key']);
select pospro_audited('ticket_breaches');
select pospro_audited('ticket_escalations');
select pospro_audited('business_hours', key => 'branch_id');
select pospro_audited('holidays');
select pospro_audited('support_settings', key => 'organization_id');
select pospro_audited('shipping_zones', ignored => array['name_key']);
select pospro_audited('table_rates');
select pospro_audited('shipping_labels', ignored => array['document', 'asks', 'next_ask_at', 'next_poll_at']);
select pospro_audited('shipping_carrier_settings', key => 'organization_id');
select pospro_audited('webhook_endpoints', ignored => array['xid', 'sequence', 'last_success_at']);
select pospro_audited('currency_settings', key => 'code');
select pospro_audited('exchange_rates', ignored => array['pair']);
select pospro_audited('languages', key => 'code');
select pospro_audited('translations', ignored => array['source_hash']);

select pospro_audited('feature_settings', key => 'organization_id');
select pospro_audited('retention_settings', key => 'organization_id');
select pospro_audited('backups', ignored => array['tables_done', 'tables_total', 'tables']);
alter table backups
  add constraint backups_status check (status in ('running', 'completed', 'failed')),
  add constraint backups_origin check (origin in ('manual', 'scheduled')),
  add constraint backups_location check (location in ('disk', 's3'));
select pospro_audited('tax_periods');
select pospro_audited('accounting_settings', key => 'organization_id');
