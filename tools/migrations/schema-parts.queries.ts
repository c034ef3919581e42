/** The parts of a database's schema, as the catalogue has them, without the partitions of tables. */
import type { Client } from 'pg';

export interface SchemaPart {
  readonly kind:
    | 'table'
    | 'view'
    | 'column'
    | 'constraint'
    | 'index'
    | 'function'
    | 'trigger'
    | 'policy'
    | 'label'
    | 'right';
  /** Unique within its kind, such as "orders.note". */
  readonly name: string;
  /** Its table; null for functions and labels of enumerations. */
  readonly table: string | null;
  readonly definition: string;
  /** Of a column. */
  readonly type: string | null;
  readonly isNotNull: boolean;
  /** The columns of a constraint or an index. */
  readonly columns: readonly string[] | null;
  /** Of a column: whether an insert must give it a value. Of an index: whether it is unique. */
  readonly isStrict: boolean;
}

/** Reads all parts of the schema "public" but those of extensions and the table of migrations, in the order of their names. */
export async function schemaParts(client: Client): Promise<SchemaPart[]> {
  const { rows } = await client.query<SchemaPart>(`
    with relation as (
      select c.oid, c.relname::text as name, c.relkind, c.relacl, c.relowner, c.relrowsecurity, c.relforcerowsecurity
      from pg_class c
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition
        and c.relname <> '_prisma_migrations'
        and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
    ), part (kind, name, "table", definition, type, "isNotNull", columns, "isStrict") as (
      select case when relkind in ('v', 'm') then 'view' else 'table' end, name, name,
        concat_ws(' ', relkind, relrowsecurity, relforcerowsecurity, case when relkind in ('v', 'm') then pg_get_viewdef(oid) end), null::text, false, null::text[], false
      from relation
      union all
      select 'column', r.name || '.' || a.attname, r.name,
        concat_ws(' ', format_type(a.atttypid, a.atttypmod), case when a.attnotnull then 'not null' end, a.attgenerated, a.attidentity,
          pg_get_expr(d.adbin, d.adrelid)), format_type(a.atttypid, a.atttypmod), a.attnotnull, null,
        a.attnotnull and d.adbin is null and a.attidentity = ''
      from relation r join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
        left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
      union all
      select 'constraint', r.name || '.' || k.conname, r.name, concat_ws(' ', pg_get_constraintdef(k.oid), case when not k.convalidated then 'unvalidated' end), null, false,
        array(select attname::text from pg_attribute where attrelid = k.conrelid and attnum = any(k.conkey) order by 1), false
      from relation r join pg_constraint k on k.conrelid = r.oid
      where k.contype <> 'n'
      union all
      select 'index', i.indexrelid::regclass::text, r.name, pg_get_indexdef(i.indexrelid), null, false,
        array(select attname::text from pg_attribute where attrelid = i.indrelid and attnum = any(i.indkey) order by 1), i.indisunique
      from relation r join pg_index i on i.indrelid = r.oid
      union all
      select 'function', p.oid::regprocedure || ' ' || coalesce(pg_get_function_result(p.oid), ''), null,
        concat_ws(' ', case when p.prokind = 'a' then 'aggregate' else pg_get_functiondef(p.oid) end, p.proacl), null, false, null, false
      from pg_proc p
      where p.pronamespace = 'public'::regnamespace and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e')
      union all
      select 'trigger', r.name || '.' || t.tgname, r.name, concat_ws(' ', pg_get_triggerdef(t.oid), t.tgenabled), null, false, null, false
      from relation r join pg_trigger t on t.tgrelid = r.oid and not t.tgisinternal
      union all
      select 'policy', r.name || '.' || p.polname, r.name,
        concat_ws(' ', p.polcmd, p.polroles::regrole[]::text, pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)), null, false, null, false
      from relation r join pg_policy p on p.polrelid = r.oid
      union all
      select 'label', e.enumtypid::regtype || '.' || e.enumlabel, null, '', null, false, null, false from pg_enum e
      union all
      select 'right', concat_ws(' ', r.name, g.grantee::regrole, g.privilege_type), r.name, '', null, false, null, false
      from relation r cross join aclexplode(r.relacl) g where g.grantee <> r.relowner
      union all
      select 'right', concat_ws(' ', r.name || '.' || a.attname, g.grantee::regrole, g.privilege_type), r.name, '', null, false, null, false
      from relation r join pg_attribute a on a.attrelid = r.oid cross join aclexplode(a.attacl) g
    )
    select kind, name, "table", definition, type, "isNotNull", columns, "isStrict" from part order by kind, name collate "C", definition`);
  return rows;
}
