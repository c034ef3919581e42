-- The order of lists that people read: the Unicode collation (UCA root), by ICU, whatever the database's own
-- locale. It is set on the columns, so that ORDER BY, cursors and indexes agree; deterministic, so that
-- equality stays byte by byte.
create collation name_order (provider = icu, locale = 'und');

-- Sets this order on the text columns by which lists are sorted, in every table. Run it at the end of each
-- migration that adds such a column; it skips columns with their own collation. Codes that only machines
-- compare stay in the order of bytes.
create function pospro_order_names() returns void
  language plpgsql as $$
declare
  target record;
begin
  for target in
    select a.attrelid::regclass as table_name, a.attname as column_name
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
      and a.atttypid = 'text'::regtype and a.attcollation = (select oid from pg_collation where collname = 'default')
      and a.attname in ('name', 'path', 'sku', 'code', 'email', 'number', 'url')
      and c.relname not in ('barcodes', '_prisma_migrations')
  loop
    execute format('alter table %s alter column %I type text collate name_order', target.table_name, target.column_name);
  end loop;
end
$$;
select pospro_order_names();
