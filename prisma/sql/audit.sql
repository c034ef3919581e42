-- The audit trail: triggers that record changes, and the hash chain over it (kernel/audit, docs/decisions/audit.md).
select pospro_append_only('audit_entries');
select pospro_append_only('audit_changes');
select pospro_append_only('audit_seals');

alter table audit_entries
  add constraint audit_entries_actor check (actor_kind in ('user', 'api_key', 'anonymous', 'platform'));
alter table audit_changes
  add constraint audit_changes_something check (before is not null or after is not null);

-- Rows change constantly; early vacuum keeps the table small.
alter table audit_pending set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- Requests add their entries and read the list; only the platform removes entries from it, and moves the heads.
create policy tenant on audit_pending for insert to pospro_app with check (organization_id = pospro_organization());
create policy tenant_reads on audit_pending for select to pospro_app using (organization_id = pospro_organization());
create policy tenant on audit_heads for select to pospro_app using (organization_id = pospro_organization());

-- A row for the trail: without ignored columns, and of secrets and personal data only whether they are present.
create function pospro_audit_shown(data jsonb, secret text[], personal text[], ignored text[]) returns jsonb
  language sql immutable parallel safe
  return data - ignored - secret - personal || coalesce((
    select jsonb_object_agg(c.name, case when data -> c.name <> 'null' then c.shown end)
    from (
      select name, '[secret]' as shown from unnest(secret) as name
      union all select name, '[personal]' from unnest(personal) as name
    ) as c
    where data ? c.name
  ), '{}');

-- Records the changes of one statement, in one statement, for any number of rows. Works only inside a
-- transaction with an entry: bulk work of the platform, such as the demo shop's history, has none. A plan made
-- for one row is kept for ten thousand, so it must not be a nested loop.
create function pospro_audit_rows() returns trigger
  language plpgsql set timezone = 'UTC' set enable_nestloop = off as $$
declare
  entry uuid := nullif(current_setting('app.audit_entry', true), '')::uuid;
  key constant text := tg_argv[0];
  secret constant text[] := tg_argv[1];
  personal constant text[] := tg_argv[2];
  ignored constant text[] := tg_argv[3];
  -- Most tables have no hidden columns, and skip this work.
  open constant boolean := cardinality(secret) + cardinality(personal) = 0;
begin
  if entry is null then
    return null;
  end if;
  if tg_op = 'INSERT' then
    insert into audit_changes (organization_id, entry_id, entity, entity_id, after)
    select made.organization_id, entry, tg_table_name, made.data ->> key,
      jsonb_strip_nulls(case when open then made.data - ignored else pospro_audit_shown(made.data, secret, personal, ignored) end)
    from (select n.organization_id, to_jsonb(n) as data from new_rows n offset 0) as made;
  elsif tg_op = 'DELETE' then
    insert into audit_changes (organization_id, entry_id, entity, entity_id, before)
    select gone.organization_id, entry, tg_table_name, gone.data ->> key,
      jsonb_strip_nulls(case when open then gone.data - ignored else pospro_audit_shown(gone.data, secret, personal, ignored) end)
    from (select o.organization_id, to_jsonb(o) as data from old_rows o offset 0) as gone;
  else
    insert into audit_changes (organization_id, entry_id, entity, entity_id, before, after)
    select changed.organization_id, entry, tg_table_name, changed.id,
      case when open then changed.values[1] else pospro_audit_shown(changed.values[1], secret, personal, '{}') end,
      case when open then changed.values[2] else pospro_audit_shown(changed.values[2], secret, personal, '{}') end
    from (
      select new_row.organization_id, new_row.id, (
        select array[jsonb_object_agg(c.name, c.value), jsonb_object_agg(c.name, new_row.data -> c.name)]
        from jsonb_each(old_row.data) as c (name, value) where c.value <> new_row.data -> c.name
      ) as values
      from (
        select made.organization_id, coalesce(made.data ->> key, made.organization_id::text) as id, made.data
        from (select n.organization_id, to_jsonb(n) - ignored as data from new_rows n offset 0) as made
      ) as new_row
      join (
        select coalesce(gone.data ->> key, gone.organization_id::text) as id, gone.data
        from (select o.organization_id, to_jsonb(o) - ignored as data from old_rows o offset 0) as gone
      ) as old_row on old_row.id = new_row.id
      where old_row.data <> new_row.data
      offset 0
    ) as changed;
  end if;
  return null;
end
$$;

-- Records changes to a table in the audit trail. Columns with hashes, secrets or bytes are always excluded.
--   secret    further columns of which only "[secret]" is recorded
--   personal  columns with personal data, which may have to be erased: only "[personal]" is recorded
--   ignored   columns that follow from others
--   key       the column that identifies a row; that of the organization if each has one row
create function pospro_audited(
  table_name text, secret text[] default '{}', personal text[] default '{}', ignored text[] default '{}', key text default 'id'
) returns void
  language plpgsql as $$
declare
  hidden text[];
  arguments text;
begin
  select secret || coalesce(array_agg(a.attname::text), '{}') into hidden
  from pg_attribute a
  where a.attrelid = to_regclass(format('public.%I', table_name)) and a.attnum > 0 and not a.attisdropped
    and (a.attname ~ '(hash|secret|password|token|recovery)' or a.atttypid = 'bytea'::regtype);
  arguments := format('%L, %L, %L, %L', key, hidden, personal, ignored || array['organization_id', 'updated_at', 'version']);
  execute format('create trigger audited_insert after insert on %I referencing new table as new_rows
    for each statement execute function pospro_audit_rows(%s)', table_name, arguments);
  execute format('create trigger audited_update after update on %I referencing old table as old_rows new table as new_rows
    for each statement execute function pospro_audit_rows(%s)', table_name, arguments);
  execute format('create trigger audited_delete after delete on %I referencing old table as old_rows
    for each statement execute function pospro_audit_rows(%s)', table_name, arguments);
end
$$;

-- The text of an entry's hash: the whole entry and its changes.
create view audit_texts with (security_invoker = true) as
select e.organization_id, e.id as entry_id,
  jsonb_build_array(
    e.organization_id, e.id, to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    e.actor_kind, e.user_id, e.role, e.session_id, e.operation, e.input, e.address, e.user_agent, e.request_id,
    coalesce(changes.list, '[]'))::text as text
from audit_entries e
left join lateral (
  select jsonb_agg(jsonb_build_array(c.sequence, c.entity, c.entity_id, c.before, c.after) order by c.sequence) as list
  from audit_changes c where c.organization_id = e.organization_id and c.entry_id = e.id
) as changes on true;
grant select on audit_texts to pospro_app, pospro_system;

-- The hash of a seal: over its number, the entry and the hash before.
create function pospro_audit_hash(number bigint, entry_text text, previous bytea) returns bytea
  language sql immutable parallel safe
  return sha256(convert_to(number::text || E'\n' || entry_text || E'\n' || coalesce(encode(previous, 'hex'), ''), 'UTF8'));

-- Seals committed entries, in commit order, like the outbox. One process at a time; a concurrent call does
-- nothing. A transaction's number has no meaning after the data has moved to another server, so after an hour,
-- longer than any transaction, an entry is sealed whatever its number.
create function pospro_seal_audit(batch integer default 500, out sealed integer, out waiting integer)
  language plpgsql as $$
declare
  item record;
  organization uuid;
  number bigint;
  previous bytea;
  next_hash bytea;
  organizations uuid[] := '{}';
  numbers bigint[] := '{}';
  entries uuid[] := '{}';
  previous_hashes bytea[] := '{}';
  hashes bytea[] := '{}';
  done bigint[] := '{}';
begin
  sealed := 0;
  if pg_try_advisory_xact_lock(hashtext('pospro_seal_audit')) then
    for item in
      -- An entry that was deleted before it was sealed stays on the list, where the check finds it.
      select ready.*, t.text
      from (
        select p.sequence, p.organization_id, p.entry_id, p.xid from audit_pending p
        where p.xid < (select pospro_outbox_horizon()) or p.since < now() - interval '1 hour'
        order by p.xid, p.sequence limit batch
      ) as ready
      -- Each text is made by itself: joined, the planner may make those of all entries for every batch.
      cross join lateral (
        select text from audit_texts where organization_id = ready.organization_id and entry_id = ready.entry_id offset 0) as t
      order by ready.organization_id, ready.xid, ready.sequence
    loop
      if organization is distinct from item.organization_id then
        organization := item.organization_id;
        select h.sequence, h.hash into number, previous from audit_heads h where h.organization_id = organization;
        number := coalesce(number, 0);
      end if;
      number := number + 1;
      next_hash := pospro_audit_hash(number, item.text, previous);
      organizations := organizations || organization;
      numbers := numbers || number;
      entries := entries || item.entry_id;
      previous_hashes := previous_hashes || previous;
      hashes := hashes || next_hash;
      done := done || item.sequence;
      previous := next_hash;
    end loop;
    sealed := cardinality(done);
    if sealed > 0 then
      insert into audit_seals (organization_id, sequence, entry_id, previous_hash, hash)
      select * from unnest(organizations, numbers, entries, previous_hashes, hashes);
      insert into audit_heads as head (organization_id, sequence, hash)
      select distinct on (s.organization_id) s.*
      from unnest(organizations, numbers, hashes) as s (organization_id, sequence, hash)
      order by s.organization_id, s.sequence desc
      on conflict (organization_id) do update set sequence = excluded.sequence, hash = excluded.hash;
      delete from audit_pending where sequence = any(done);
    end if;
  end if;
  select count(*) into waiting from audit_pending;
end
$$;

-- Fractional numbers as texts, as everywhere: floating point would lose digits.
create function pospro_audit_json(data jsonb) returns jsonb
  language sql immutable parallel safe
  return (
    select jsonb_object_agg(
      key, case when jsonb_typeof(value) = 'number' and value::text ~ '\.' then to_jsonb(value::text) else value end)
    from jsonb_each(data)
  );
