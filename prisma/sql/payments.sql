-- payments: constraints that the Prisma schema cannot express.

alter table payments
  add constraint payments_method check (method in ('cash', 'card', 'bank_transfer', 'credit', 'gift_card', 'store_credit', 'mobile', 'other', 'exchange')),
  add constraint payments_status check (status in ('authorized', 'captured', 'partially_refunded', 'refunded', 'voided', 'failed', 'disputed')),
  add constraint payments_refunded check (refunded_amount >= 0 and refunded_amount <= greatest(amount, 0)),
  -- A correction refers to its payment, whatever its sign.
  add constraint payments_refund_of check (refunded_payment_id is null or amount < 0 or status = 'voided'),
  add constraint payments_provider check (provider in ('manual', 'sandbox', 'stripe'));
create index payments_refunds on payments (organization_id, refunded_payment_id) where refunded_payment_id is not null;
-- A merge of two customers moves the payments of the one to the other.
create index payments_of_customer on payments (organization_id, customer_id) where customer_id is not null;

alter table payment_method_settings
  add constraint payment_method_settings_method
    check (method in ('cash', 'card', 'bank_transfer', 'credit', 'gift_card', 'store_credit', 'mobile', 'other'));

alter table payment_method_settings
  add constraint payment_method_settings_limits check (min_amount >= 0 and max_amount > 0 and min_amount <= max_amount),
  -- Only cash has coins.
  add constraint payment_method_settings_cash_step check (cash_rounding_step is null or method = 'cash' and cash_rounding_step >= 0);
alter table payment_method_branches
  add constraint payment_method_branches_method
    check (method in ('cash', 'card', 'bank_transfer', 'credit', 'gift_card', 'store_credit', 'mobile', 'other')),
  add constraint payment_method_branches_limits check (min_amount >= 0 and max_amount > 0 and min_amount <= max_amount),
  add constraint payment_method_branches_cash_step check (cash_rounding_step is null or method = 'cash' and cash_rounding_step >= 0);

-- A payment never changes; only its refunded amount may grow.
create function payments_refuse_change() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or new.refunded_amount < old.refunded_amount
    or (new.id, new.organization_id, new.order_id, new.method, new.amount, new.currency, new.created_at)
      is distinct from (old.id, old.organization_id, old.order_id, old.method, old.amount, old.currency, old.created_at) then
    raise exception 'a payment is never changed or removed' using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;
create trigger payments_append_only before update or delete on payments
  for each row execute function payments_refuse_change();

alter table gift_cards
  add constraint gift_cards_balance check (balance >= 0),
  add constraint gift_cards_initial_amount check (initial_amount > 0),
  add constraint gift_cards_purpose check (purpose in ('multi_purpose', 'single_purpose')),
  -- Only what was taxed when it was sold has a rate.
  add constraint gift_cards_tax_rate check ((purpose = 'single_purpose') = (tax_rate is not null)),
  add constraint gift_cards_disabled check ((disabled_at is null) = (disabled_reason is null));
create index gift_cards_of_customer on gift_cards (organization_id, customer_id, created_at, id) where customer_id is not null;
create unique index gift_cards_of_line on gift_cards (organization_id, order_line_id) where order_line_id is not null;
create index gift_cards_of_order on gift_cards (organization_id, order_id) where order_id is not null;

alter table gift_card_entries
  add constraint gift_card_entries_kind check (kind in ('issue', 'top_up', 'redemption', 'refund', 'adjustment', 'return')),
  add constraint gift_card_entries_amount check (amount <> 0);
create index gift_card_entries_of_payment on gift_card_entries (organization_id, payment_id) where payment_id is not null;

alter table store_credits add constraint store_credits_balance check (balance >= 0);

alter table store_credit_lots
  add constraint store_credit_lots_amount check (amount > 0),
  add constraint store_credit_lots_remaining check (remaining >= 0 and remaining <= amount);

alter table store_credit_entries
  add constraint store_credit_entries_kind check (kind in ('grant', 'deduction', 'redemption', 'refund', 'expiry', 'transfer')),
  add constraint store_credit_entries_amount check (amount <> 0);
create index store_credit_entries_of_payment on store_credit_entries (organization_id, payment_id) where payment_id is not null;

select pospro_append_only('gift_card_entries');
select pospro_append_only('store_credit_entries');

alter table payment_intents
  add constraint payment_intents_method check (method in ('cash', 'card', 'bank_transfer', 'mobile', 'other')),
  add constraint payment_intents_provider check (provider in ('manual', 'sandbox', 'stripe')),
  add constraint payment_intents_status check (status in ('pending', 'requires_action', 'authorized', 'captured', 'partially_refunded',
    'refunded', 'voided', 'declined', 'failed', 'expired', 'disputed')),
  add constraint payment_intents_amounts check (amount > 0 and captured_amount <= authorized_amount
    and refunded_amount >= 0 and refunded_amount <= captured_amount);
-- A webhook names the provider's id alone.
create unique index payment_intents_reference on payment_intents (provider, provider_reference) where provider_reference is not null;
create index payment_intents_of_customer on payment_intents (organization_id, customer_id) where customer_id is not null;
create index payment_intents_orders on payment_intents (order_id) where order_id is not null;
create index payment_intents_expiry on payment_intents (expires_at)
  where expires_at is not null and order_id is null and abandoned_at is null;

alter table payment_attempts
  add constraint payment_attempts_kind check (kind in ('authorize', 'confirm', 'capture', 'void', 'refund')),
  add constraint payment_attempts_status check (status in ('open', 'succeeded', 'rejected'));
create index payment_attempts_due on payment_attempts (next_ask_at) where status = 'open';
-- One settlement: a payment is authorized once, and its capture, void and abandonment never run beside each other.
create unique index payment_attempts_authorize on payment_attempts (intent_id) where kind = 'authorize';
create unique index payment_attempts_ends on payment_attempts (intent_id) where kind in ('capture', 'void') and status = 'open';
create unique index payment_attempts_abandons on payment_attempts (intent_id, kind) where abandons;
create trigger payments_customer before insert on payments for each row when (new.customer_id is not null)
  execute function customers_present();
-- Credit that is granted while its owner is merged is the remaining customer's.
create trigger store_credits_customer before insert on store_credits for each row execute function customers_present();
create trigger store_credit_lots_customer before insert on store_credit_lots for each row execute function customers_present();

alter table settlements
  add constraint settlements_provider check (provider in ('manual', 'sandbox', 'stripe')),
  add constraint settlements_net check (net = gross - fee);
alter table settlement_transactions
  add constraint settlement_transactions_kind check (kind in ('charge', 'refund', 'dispute', 'fee', 'payout', 'adjustment')),
  add constraint settlement_transactions_status check (status in ('matched', 'mismatched', 'unmatched', 'unrelated')),
  add constraint settlement_transactions_reason check ((reason is not null) = (status in ('mismatched', 'unmatched'))),
  add constraint settlement_transactions_net check (net = gross - fee);
create index settlement_transactions_of_payment on settlement_transactions (organization_id, payment_id) where payment_id is not null;
