-- payments: constraints that the Prisma schema cannot express.

alter table payments
  add constraint payments_method check (method in ('cash', 'card', 'bank_transfer', 'credit', 'gift_card', 'mobile', 'other', 'exchange')),
  add constraint payments_status check (status in ('captured', 'partially_refunded', 'refunded')),
  add constraint payments_refunded check (refunded_amount >= 0 and refunded_amount <= greatest(amount, 0)),
  add constraint payments_refund_of check (refunded_payment_id is null or amount < 0);
create index payments_refunds on payments (organization_id, refunded_payment_id) where refunded_payment_id is not null;

alter table payment_method_settings
  add constraint payment_method_settings_method
    check (method in ('cash', 'card', 'bank_transfer', 'credit', 'gift_card', 'mobile', 'other'));

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
