-- Functions for the domains' SQL files and later migrations. The roles come first, because everything below
-- uses them. A role belongs to the whole server, so another database may have created it, or be creating it at
-- this moment. The start of the platform creates their logins (kernel/db/logins.ts).
do $$
declare
  wanted text;
begin
  foreach wanted in array array['pospro_app', 'pospro_vendor', 'pospro_system'] loop
    if not exists (select from pg_roles where rolname = wanted) then
      begin
        execute format('create role %I nologin noinherit', wanted);
      exception when duplicate_object or unique_violation then
        null; -- Another process has created it in the meantime.
      end;
    end if;
    -- If the roles cannot sign in, the platform signs in as the owner and uses `set role`. A superuser may do
    -- so anyway.
    if not pg_has_role(current_user, wanted, 'usage') then
      begin
        execute format('grant %I to current_user', wanted);
      exception when insufficient_privilege then
        raise exception 'The user % may not act as the role %.', current_user, wanted
          using hint = format('Let a superuser run: grant %I to %I; the user needs CREATEROLE if the role does not exist.', wanted, current_user);
      end;
    end if;
  end loop;
end
$$;

-- The organization of the connection; null if none is set. Null equals nothing, so no row is visible.
create function pospro_organization() returns uuid
  language sql stable parallel safe
  return nullif(current_setting('app.organization_id', true), '')::uuid;

-- The vendor of the connection, for the role pospro_vendor; null if none is set.
create function pospro_vendor() returns uuid
  language sql stable parallel safe
  return nullif(current_setting('app.vendor_id', true), '')::uuid;

-- The key with which the platform proves the organization of a connection. pospro_app and pospro_vendor cannot read it.
create schema pospro_private;
create table pospro_private.tenant_key (key bytea not null);
insert into pospro_private.tenant_key values (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
grant usage on schema pospro_private to pospro_system;
grant select on pospro_private.tenant_key to pospro_system;

-- Binds the connection to an organization and a vendor, and the transaction to its audit entry, and returns the organization;
-- to none of them if the proof is not the hash over the key, the organization, the entry and the vendor (kernel/db/logins.ts).
-- An absent entry or vendor counts as sixteen zero bytes, so that no hash leads to that of another set. The body is bound
-- at creation, so that no search_path changes its meaning. A check in every policy instead would make a scan a
-- quarter slower (docs/decisions/hot-path.md).
create function pospro_bind(
  organization_id text, proof text, until_commit boolean, audit_entry text default '', vendor_id text default ''
) returns text
  language sql volatile security definer
begin atomic
  select set_config('app.organization_id', case when proven.yes then organization_id else '' end, until_commit)
  from (
    select proof = encode(sha256((select key from pospro_private.tenant_key) || uuid_send(nullif(organization_id, '')::uuid)
      || uuid_send(coalesce(nullif(audit_entry, ''), '00000000-0000-0000-0000-000000000000')::uuid)
      || uuid_send(coalesce(nullif(vendor_id, ''), '00000000-0000-0000-0000-000000000000')::uuid)), 'hex') as yes
    offset 0
  ) as proven
  where set_config('app.audit_entry', case when proven.yes then audit_entry else '' end, true) is not null
    and set_config('app.vendor_id', case when proven.yes then vendor_id else '' end, until_commit) is not null;
end;

-- From here on pospro_bind() is the only function that changes a setting. Only a superuser may revoke a
-- function of PostgreSQL itself; elsewhere it stays (see docs/OPERATIONS.md).
do $$
begin
  if (select rolsuper from pg_roles where rolname = current_user) then
    revoke execute on function pg_catalog.set_config(text, text, boolean) from public;
  end if;
end
$$;

-- Rejects changes to the past.
create function pospro_refuse_change() returns trigger
  language plpgsql as $$
begin
  raise exception '% is append-only: a correction is a new row', tg_table_name using errcode = 'restrict_violation';
end
$$;

-- Makes a table append-only for all SQL: ledgers, movements, closed reports, the audit trail.
create function pospro_append_only(table_name text) returns void
  language plpgsql as $$
begin
  execute format(
    'create trigger append_only before update or delete on %I for each row execute function pospro_refuse_change()', table_name);
  execute format('revoke update, delete on %I from pospro_app', table_name);
end
$$;

-- Binds every table with an organization_id to the organization of the connection. Run it at the end of each
-- migration that creates a table; it changes only unbound tables. Tables without that column are not granted to
-- pospro_app, nor are partitions, which are reached only through their table.
create function pospro_secure_tables() returns void
  language plpgsql as $$
declare
  target record;
begin
  for target in
    select c.oid, c.relname, c.relispartition,
      exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = 'append_only') as append_only,
      exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'tenant') as has_tenant,
      exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'system') as has_system
    from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
      and exists (
        select from pg_attribute a where a.attrelid = c.oid and a.attname = 'organization_id' and not a.attisdropped)
  loop
    execute format('alter table %I enable row level security', target.relname);
    execute format('alter table %I force row level security', target.relname);
    continue when target.relispartition;
    if not target.has_tenant then
      execute format(
        'create policy tenant on %I to pospro_app
           using (organization_id = pospro_organization()) with check (organization_id = pospro_organization())', target.relname);
    end if;
    if not target.has_system then
      execute format('create policy system on %I to pospro_system using (true) with check (true)', target.relname);
    end if;
    execute format('revoke all on %I from pospro_app, pospro_system', target.relname);
    -- A vendor's user reads what a policy for pospro_vendor shows (prisma/sql/vendors.sql); a table without one seems empty.
    execute format('grant select on %I to pospro_vendor', target.relname);
    execute format('grant %s on %I to pospro_app', pospro_app_rights(target.relname), target.relname);
    execute format('grant %s on %I to pospro_system',
      case when target.append_only then 'select, insert' else 'select, insert, update, delete' end, target.relname);
  end loop;
end
$$;

-- The smallest UUIDv7 of a moment: later ids are not below it.
create function pospro_uuid_at(moment timestamptz) returns uuid
  language sql immutable parallel safe
  return (lpad(to_hex(floor(extract(epoch from moment) * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid;

-- Creates the partitions of every table that is partitioned by a UUIDv7, one per month (UTC). A new partition
-- is prepared before it is attached, which locks the table far less than CREATE TABLE … PARTITION OF would.
-- Runs with the owner's rights, because the platform calls it every day as pospro_system. Returns the number of
-- new partitions.
create function pospro_ensure_partitions(months_ahead integer default 2, months_back integer default 0) returns integer
  language plpgsql security definer set search_path = public, pg_temp as $$
declare
  parent record;
  month timestamp;
  partition_name text;
  lower_bound uuid;
  upper_bound uuid;
  stray boolean;
  made integer := 0;
begin
  -- Two processes that start together must not create the same partition.
  perform pg_advisory_xact_lock(hashtext('pospro_ensure_partitions'));
  for parent in
    select c.relname as name, a.attname as key
    from pg_partitioned_table p
    join pg_class c on c.oid = p.partrelid
    join pg_attribute a on a.attrelid = c.oid and a.attnum = p.partattrs[0]
    where c.relnamespace = 'public'::regnamespace and p.partstrat = 'r' and p.partnatts = 1 and a.atttypid = 'uuid'::regtype
    order by c.relname
  loop
    for month in
      select generate_series(
        date_trunc('month', now() at time zone 'UTC') - make_interval(months => months_back),
        date_trunc('month', now() at time zone 'UTC') + make_interval(months => months_ahead), interval '1 month')
    loop
      partition_name := format('%s_%s', parent.name, to_char(month, 'YYYY_MM'));
      continue when to_regclass(format('public.%I', partition_name)) is not null;
      lower_bound := pospro_uuid_at(month at time zone 'UTC');
      upper_bound := pospro_uuid_at((month + interval '1 month') at time zone 'UTC');
      execute format('select exists (select from %I where %I >= $1 and %I < $2)', parent.name || '_default', parent.key, parent.key)
        into stray using lower_bound, upper_bound;
      if stray then
        -- The rows are safe in the default partition and found there; only the month's own partition must be
        -- created by hand.
        raise warning 'rows of % lie in the default partition of %, which therefore gets no partition of its own',
          to_char(month, 'YYYY-MM'), parent.name;
        continue;
      end if;
      execute format('create table %I (like %I including all)', partition_name, parent.name);
      execute format('alter table %I enable row level security', partition_name);
      execute format('alter table %I force row level security', partition_name);
      execute format('alter table %I attach partition %I for values from (%L) to (%L)',
        parent.name, partition_name, lower_bound, upper_bound);
      made := made + 1;
    end loop;
  end loop;
  return made;
end
$$;
revoke execute on function pospro_ensure_partitions(integer, integer) from public;
grant execute on function pospro_ensure_partitions(integer, integer) to pospro_system;

-- Planner statistics of the tables that have more than doubled since the last ones. Autovacuum updates them
-- within a minute or two, but a shop sells directly after an import, and without statistics the planner assumes
-- a single row per organization and reads all of its rows for each product. Returns the number of analyzed
-- tables.
create function pospro_analyze_grown() returns integer
  language plpgsql security definer set search_path = public, pg_temp as $$
declare
  grown name;
  analyzed integer := 0;
begin
  for grown in
    select c.relname from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
      and pg_relation_size(c.oid) > 2 * c.relpages::bigint * current_setting('block_size')::integer
    -- Always in the same order, so that two concurrent runs do not deadlock.
    order by c.relname
  loop
    execute format('analyze %I', grown);
    analyzed := analyzed + 1;
  end loop;
  return analyzed;
end
$$;
revoke execute on function pospro_analyze_grown() from public;
grant execute on function pospro_analyze_grown() to pospro_system;

-- The oldest running transaction of this database: its events and later ones may still appear in the outbox.
-- PostgreSQL's own horizon, pg_snapshot_xmin, counts the transactions of every database of the server, and a
-- long one elsewhere would block all events here. A transaction is excluded only if it certainly belongs to
-- another database.
create function pospro_outbox_horizon() returns xid8
  language sql stable
  return (
    select coalesce(min(running.xid), pg_snapshot_xmax(pg_current_snapshot()))
    from pg_snapshot_xip(pg_current_snapshot()) as running(xid)
    where not exists (
      select from pg_locks held join pg_stat_activity session on session.pid = held.pid
      where held.locktype = 'transactionid' and held.mode = 'ExclusiveLock' and held.granted
        and held.transactionid = running.xid::xid and session.datname <> current_database())
  );

-- The number of a transaction in a cursor. A server counts its transactions from the beginning, so a restore into a new one moves the
-- numbers of cursors by a fixed amount (kernel/backup/renew-server-state.ts): no cursor from before is taken for one of the new server.
create function pospro_cursor_offset() returns bigint
  language sql immutable parallel safe
  return 0;
create function pospro_cursor_number(xid xid8) returns bigint
  language sql immutable parallel safe
  return xid::text::bigint + pospro_cursor_offset();
create function pospro_cursor_xid(number text) returns xid8
  language sql immutable parallel safe
  return greatest(number::numeric - pospro_cursor_offset(), 0)::text::xid8;

-- Takes an idempotency key until the end of the transaction, after waiting for a duplicate that is running, and
-- returns the answer of an earlier request. The row is read after the lock, with a snapshot of its own, and so
-- includes what the duplicate wrote. The plan may have been made while the table was empty.
create function pospro_claim_key(organization_id uuid, caller text, key text)
  returns table (operation text, request_hash text, response jsonb)
  language plpgsql volatile set enable_seqscan = off as $$
begin
  perform pg_advisory_xact_lock(hashtextextended($1::text || ' ' || $2 || ' ' || $3, 0));
  return query select k.operation, k.request_hash, k.response from idempotency_keys k
    where k.organization_id = $1 and k.caller = $2 and k.key = $3;
end
$$;

-- Every number updates its counter's row; free space in the page keeps such updates off the index.
alter table counters set (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);

-- Imports (kernel/import): the kinds and states of a job.
alter table import_jobs
  add constraint import_jobs_kind check (kind in ('create', 'update', 'price', 'delete', 'price_list', 'customer_create', 'customer_update', 'exchange_rate', 'translation', 'settlement')),
  add constraint import_jobs_status check (status in ('running', 'completed', 'failed', 'cancelled'));
-- The few jobs that run, for the search for those whose process is gone.
create index import_jobs_leases_idx on import_jobs (lease_until) where status = 'running';

alter table import_errors
  add constraint import_errors_severity check (severity in ('error', 'warning'));
