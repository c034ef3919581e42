-- support: constraints and indexes that the Prisma schema cannot express.

alter table tickets
  add constraint tickets_status check (status in ('open', 'pending_customer', 'pending_internal', 'resolved', 'closed')),
  add constraint tickets_priority check (priority in ('low', 'normal', 'high', 'urgent')),
  add constraint tickets_channel check (channel in ('email', 'phone', 'web', 'shop')),
  add constraint tickets_merged check (merged_into_id is null or (status = 'closed' and merged_into_id <> id)),
  add constraint tickets_satisfaction check (satisfaction between 1 and 5 and (satisfaction is null) = (rated_at is null)),
  add constraint tickets_clock check (consumed_ms >= 0 and (status in ('open', 'pending_internal')) = (paused_at is null));
-- The tickets of a customer, an order, an agent and a queue, and those that a worker has to look at.
create index tickets_of_customer on tickets (organization_id, customer_id, created_at, id) where customer_id is not null;
create index tickets_of_order on tickets (organization_id, order_id) where order_id is not null;
create index tickets_of_assignee on tickets (organization_id, assignee_id, created_at, id) where assignee_id is not null;
create index tickets_of_queue on tickets (organization_id, queue_id, created_at, id) where queue_id is not null;
create index tickets_due on tickets (next_check_at) where next_check_at is not null;
create trigger tickets_customer before insert on tickets for each row when (new.customer_id is not null)
  execute function customers_present();

-- The messages of a merged ticket are with the other one, so the merge is final.
create function ticket_merge_stays() returns trigger language plpgsql as $$
begin
  raise exception 'ticket % is merged for good', old.id using errcode = 'integrity_constraint_violation';
end
$$;
create trigger tickets_merge_stays before update of merged_into_id on tickets for each row
  when (old.merged_into_id is not null and new.merged_into_id is distinct from old.merged_into_id) execute function ticket_merge_stays();

alter table ticket_messages
  add constraint ticket_messages_kind check (kind in ('customer', 'reply', 'note', 'system'));

alter table ticket_attachments add constraint ticket_attachments_size check (size > 0);
-- The attachments that no message names yet.
create index ticket_attachments_waiting on ticket_attachments (created_at) where message_id is null;

alter table ticket_mails
  add constraint ticket_mails_direction check ((direction = 'in') = (status = 'received') and (direction in ('in', 'out'))),
  add constraint ticket_mails_status check (status in ('received', 'queued', 'sent', 'failed') and (status = 'queued') = (due_at is not null));
create index ticket_mails_due on ticket_mails (due_at) where due_at is not null;

-- The search runs under its owner's rights, like catalog_search and for the same reason; the arguments are parts of a SearchTerm
-- (kernel/fold-text.rules.ts). All words of a search are in the ticket itself or in one of its messages.
create index tickets_search_idx on tickets using gin (organization_id, search_grams gin_trgm_ops) with (gin_pending_list_limit = 128)
  where search_grams <> '';
create index ticket_messages_search_idx on ticket_messages using gin (organization_id, search_grams gin_trgm_ops)
  with (gin_pending_list_limit = 128) where search_grams <> '';
create function tickets_inside(grams text[], texts text[]) returns table (ticket_id uuid)
language plpgsql stable security definer
rows 50
set search_path = public, pg_temp
set plan_cache_mode = force_generic_plan
as $$
begin
  if cardinality(texts) > 0 then
    return query
      select t.id from tickets t
      where t.organization_id = pospro_organization() and t.search_grams <> '' and t.search_grams like grams[1] and t.search_grams like coalesce(grams[2], '%')
        and t.search_grams like coalesce(grams[3], '%') and t.search_text like all (texts)
      union
      select m.ticket_id from ticket_messages m
      where m.organization_id = pospro_organization() and m.search_grams <> '' and m.search_grams like grams[1] and m.search_grams like coalesce(grams[2], '%')
        and m.search_grams like coalesce(grams[3], '%') and m.search_text like all (texts);
  end if;
end
$$;

-- One text for each name and language, and one for any language.
drop index canned_answers_name;
create unique index canned_answers_name on canned_answers (organization_id, name_key, language) nulls not distinct;

alter table sla_policies add constraint sla_policies_hours check (hours in ('business', 'always'));
-- One policy for each queue, and one for all other tickets.
drop index sla_policies_queue;
create unique index sla_policies_queue on sla_policies (organization_id, queue_id) nulls not distinct;

alter table ticket_breaches
  add constraint ticket_breaches_metric check (metric in ('first_response', 'next_response', 'resolution'));
alter table ticket_escalations
  add constraint ticket_escalations_metric check (metric in ('first_response', 'next_response', 'resolution')),
  add constraint ticket_escalations_percent check (percent between 1 and 500);
select pospro_append_only('ticket_breaches');
select pospro_append_only('ticket_escalations');

drop index holidays_day;
create unique index holidays_day on holidays (organization_id, branch_id, date) nulls not distinct;
alter table holidays add constraint holidays_source check (source in ('manual', 'ical'));

alter table support_settings
  add constraint support_settings_days check (reopen_days between 0 and 365 and close_days between 0 and 365);

-- The tickets of an erased customer keep their numbers and times, without texts and attachments, whose files a worker removes; those of a merged one go over.
create function support_customer_gone() returns trigger language plpgsql as $$
begin
  if new.merged_into_id is not null then
    update tickets set customer_id = new.merged_into_id where organization_id = new.organization_id and customer_id = new.id;
    return null;
  end if;
  update ticket_messages m set body = '', search_text = '', search_grams = '' from tickets t
  where t.organization_id = new.organization_id and t.customer_id = new.id and m.organization_id = t.organization_id and m.ticket_id = t.id;
  delete from ticket_attachments a using tickets t
  where t.organization_id = new.organization_id and t.customer_id = new.id and a.organization_id = t.organization_id and a.ticket_id = t.id;
  update ticket_mails m set address = null from tickets t
  where t.organization_id = new.organization_id and t.customer_id = new.id and m.organization_id = t.organization_id and m.ticket_id = t.id;
  update tickets set subject = 'Deleted', requester_name = null, requester_email = null, tags = '{}', satisfaction_note = null,
    search_text = '', search_grams = ''
  where organization_id = new.organization_id and customer_id = new.id;
  return null;
end
$$;
create trigger customers_gone_of_tickets after update of erased_at on customers
  for each row when (old.erased_at is null and new.erased_at is not null) execute function support_customer_gone();
