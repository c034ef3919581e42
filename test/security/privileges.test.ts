/** What the application's own role may do with each table: the intended list, and attempts with statements of one's own. */
import { randomUUID } from 'node:crypto';
import { organizationOf } from '#kernel/auth/access';
import { sql, type Sql } from '#kernel/db/database';
import { sqlState } from '#kernel/db/pg-errors';
import { prepareLogins, proofOf } from '#kernel/db/logins';
import { transact } from '#kernel/db/transact';
import { createOwner, type TestOwner } from '../harness/actors';
import { testDatabase, type TestDatabase } from '../harness/database';

let db: TestDatabase;
let owner: TestOwner;
let stranger: string;
beforeAll(async () => {
  db = await testDatabase();
  owner = await createOwner(db);
  stranger = organizationOf((await createOwner(db)).ctx);
}, 60_000);
afterAll(() => db.close());

/** Tables of which rows may be removed by the application: a longer list is a decision, so it is made here. */
const REMOVABLE = [
  'backups', 'barcode_rules', 'barcodes', 'brands', 'canned_answers', 'cart_items', 'categories', 'commission_rules', 'customer_addresses', 'customer_cards', 'customer_consents',
  'customer_group_members', 'customer_groups', 'customer_keys', 'customer_segments', 'exchange_rates', 'holidays', 'idempotency_keys', 'languages', 'loyalty_tiers',
  'mail_jobs', 'order_day_customers', 'order_day_items', 'order_day_totals', 'order_discounts', 'order_lines', 'parked_baskets', 'price_list_entries', 'price_lists', 'product_images', 'recent_scans', 'recovery_codes',
  'refresh_tokens', 'report_day_amounts', 'report_day_customers', 'report_day_items', 'report_day_lines', 'report_day_newcomers', 'report_day_sales', 'report_day_segments', 'report_days', 'report_lifetime_customers', 'report_lifetime_values', 'report_period_items', 'sandbox_events', 'sessions', 'shipping_zones', 'sla_policies', 'table_rates', 'tax_classes', 'tax_rates', 'ticket_attachments', 'ticket_queues', 'training_sales', 'translations',
  'two_factors', 'user_tokens', 'webhook_deliveries', 'webhook_endpoints',
]; // prettier-ignore

/** Tables of which no row is ever changed, or of which these columns alone are. */
const GROWING: Readonly<Record<string, readonly string[]>> = {
  approvals: ['order_id', 'used_at'],
  audit_changes: [],
  audit_entries: [],
  audit_heads: [],
  audit_pending: [],
  audit_seals: [],
  cash_movements: [],
  // Settling: the part of a debt or a payment that is still open.
  customer_credit_entries: ['open'],
  gift_card_entries: [],
  // Erasing a customer empties the answers that name them.
  idempotency_keys: ['request_hash', 'response'],
  import_errors: [],
  order_discounts: [],
  order_external_numbers: [],
  order_lines: [
    'cancelled_quantity',
    'cost',
    'note',
    'refunded_amount',
    'returned_quantity',
    'shipped_quantity',
    'unit_cost',
  ],
  order_references: [],
  order_shipment_lines: [],
  order_shipments: ['cancelled_at', 'carrier', 'tracking_number'],
  order_steps: [],
  orders: [
    // The totals change only while the order is no sale yet: a trigger rejects any other change of them.
    'billing_address', 'business_date', 'customer_id', 'discount_total', 'email', 'gift_card_total', 'gross_total', 'holds_until', 'minimum_age', 'note',
    'paid', 'phone', 'points_earned', 'refunded_total', 'shipping_address', 'shipping_refunded', 'sold_at', 'status', 'subtotal', 'tax_total', 'total',
    'updated_at', 'version', 'waived_total',
  ], // prettier-ignore
  outbox_events: [],
  outbox_floors: [],
  payments: ['customer_id', 'refunded_amount', 'status'],
  register_hand_overs: [],
  report_day_amounts: [],
  report_day_customers: [],
  report_day_items: [],
  report_day_lines: [],
  report_day_newcomers: [],
  report_day_sales: [],
  report_day_segments: [],
  report_days: ['stored_at'],
  report_lifetime_customers: [],
  report_lifetime_values: [],
  report_period_items: [],
  // Its comparison with payments: rows of the file never change.
  settlement_transactions: ['expected_amount', 'payment_id', 'reason', 'status'],
  settlements: [
    'fee', 'gross', 'matched_rows_count', 'mismatched_rows_count', 'net', 'payout_amount', 'rows_count', 'unmatched_rows_count', 'updated_at',
  ], // prettier-ignore
  stock_movement_batches: [],
  stock_movements: [],
  stock_receipt_lines: [],
  stock_receipts: [],
  stock_take_counts: [],
  store_credit_entries: [],
  ticket_attachments: ['message_id', 'ticket_id'],
  ticket_breaches: [],
  ticket_escalations: [],
  // Erasing a customer empties the texts of their tickets, and merging two tickets moves the messages of one.
  ticket_mails: ['address', 'due_at', 'status', 'ticket_id'],
  ticket_messages: ['body', 'from_ticket_id', 'number', 'search_grams', 'search_text', 'ticket_id'],
  tracking_events: [],
  training_sales: [],
  vendor_entries: ['payout_id'],
  // A refund reverses a part; the amounts of the sale never change.
  vendor_order_items: [
    'commission_reversed',
    'commission_tax_reversed',
    'refunded_quantity',
    'refunded_total',
  ],
  vendor_orders: ['available_at', 'commission_reversed', 'commission_tax_reversed', 'refunded_total'],
  // The account of a run is entered once.
  vendor_payout_runs: ['payer_bic', 'payer_holder', 'payer_iban'],
  vendor_payouts: ['status', 'status_reason', 'updated_at', 'version'],
  z_reports: [],
};

interface Rights {
  name: string;
  removable: boolean;
  truncatable: boolean;
  whole: boolean;
  columns: string[];
}

const rightsOf = (role: string) =>
  db.services.database.system.many<Rights>(sql`
    select c.relname as name, has_table_privilege(${role}, c.oid, 'delete') as removable,
      has_table_privilege(${role}, c.oid, 'truncate, references, trigger') as truncatable,
      has_table_privilege(${role}, c.oid, 'update') as whole,
      coalesce((select array_agg(a.attname::text order by a.attname) from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and has_column_privilege(${role}, c.oid, a.attnum, 'update')), '{}') as columns
    from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') order by 1`);

it('is as listed, table by table', async () => {
  const rights = await rightsOf('pospro_app');
  expect(rights.filter(({ removable }) => removable).map(({ name }) => name)).toEqual(REMOVABLE);
  const growing = rights.filter(({ name }) => Object.hasOwn(GROWING, name));
  expect(Object.fromEntries(growing.map(({ name, columns }) => [name, columns]))).toEqual(GROWING);
  expect(rights.filter(({ truncatable }) => truncatable)).toEqual([]);
  // Partitions are reached through their tables only.
  expect(
    rights.filter(({ name, columns }) => /_(default|\d{4}_\d\d)$/.test(name) && columns.length > 0),
  ).toEqual([]);
});

it('holds for the platform too where a table is append-only', async () => {
  const rights = await rightsOf('pospro_system');
  const changed = rights.filter(({ name, columns, removable }) => /^(stock_movements|audit_entries|audit_changes|audit_seals)$/.test(name) && (removable || columns.length > 0));
  expect(changed).toEqual([]);
}); // prettier-ignore

it('of vendors reads what policies show, writes the records of a change, and changes the account of a vendor alone', async () => {
  const rights = await rightsOf('pospro_vendor');
  expect(rights.filter(({ removable, truncatable, whole }) => removable || truncatable || whole)).toEqual([]);
  expect(rights.filter(({ columns }) => columns.length > 0).map(({ name, columns }) => [name, columns])).toEqual([
    ['vendors', ['account_holder', 'bic', 'iban', 'status', 'status_reason', 'updated_at']],
  ]);
  const written = await db.services.database.system.many<{ name: string }>(sql`
    select c.relname as name from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
      and has_table_privilege('pospro_vendor', c.oid, 'insert') order by 1`);
  expect(written.map(({ name }) => name)).toEqual(['audit_changes', 'audit_entries', 'audit_pending', 'outbox_events']);
}); // prettier-ignore

it.each(['pospro_app', 'pospro_vendor', 'pospro_system'])(
  '%s owns nothing, makes nothing and is nothing more than itself',
  async (role) => {
    const { system } = db.services.database;
    expect(
      await system.many(sql`select relname from pg_class where pg_get_userbyid(relowner) = ${role}`),
    ).toEqual([]);
    const row = await system.one(sql`
    select rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolinherit,
      has_schema_privilege(${role}, 'public', 'create') as makes,
      (select count(*)::int from pg_auth_members m where m.member = r.oid) as memberships
    from pg_roles r where rolname = ${role}`);
    expect(row).toEqual({
    rolsuper: false, rolcreaterole: false, rolcreatedb: false, rolreplication: false, rolbypassrls: false, rolinherit: false,
    makes: false, memberships: 0,
  }); // prettier-ignore
  },
);

it.each([
  ...Object.keys(GROWING)
    .filter((name) => !REMOVABLE.includes(name))
    .map((name) => `delete from ${name}`),
  ...Object.keys(GROWING).map((name) => `truncate ${name}`),
  'update orders set rounding = 0',
  'update orders set id = id',
  'update order_lines set unit_price = 0',
  'update payments set amount = 0',
  'update outbox_events set payload = null',
  'update stock_movements set quantity = 0',
  'update z_reports set hash = null',
  'delete from customers',
  'delete from products',
  'delete from stock_levels',
  'delete from register_sessions',
  'delete from users',
  'drop table orders',
  'alter table orders disable row level security',
  'alter table orders disable trigger all',
  'create table mine (id int)',
  'create function mine() returns int language sql as $$ select 1 $$',
  'select pospro_ensure_partitions()',
  "copy orders to program 'true'",
  "select pg_read_file('/etc/passwd')",
  'select * from pg_authid',
])('refuses the application: %s', async (statement) => {
  const failed = await transact(owner.ctx, (tx) => tx.run({ text: statement, values: [] } as never)).catch((error: unknown) => sqlState(error));
  expect(failed).toBe('42501');
}); // prettier-ignore

describe('who smuggles SQL in', () => {
  const raw = (text: string) => ({ text, values: [] }) as never as Sql;
  const own = () => ({
    users: { session: 'pospro_app', current: 'pospro_app' },
    organizations: [{ id: organizationOf(owner.ctx) }],
  });

  /** Whose rows are seen, and as whom, after a statement on a connection of the application. Nothing of it stays. */
  async function seenAfter(statement: string): Promise<unknown> {
    const stop = new Error('seen');
    let seen: unknown;
    const failed = await transact(owner.ctx, async (tx) => {
      await tx.run(raw(statement));
      seen = {
        users: await tx.one(sql`select session_user::text as session, current_user::text as current`),
        organizations: await tx.many(sql`select distinct organization_id as id from users`),
      };
      throw stop;
    }).catch((error: unknown) => error);
    return failed === stop ? seen : sqlState(failed);
  }

  it.each([
    'reset role',
    'set role none',
    'reset session authorization',
    'set session authorization default',
  ])('stays who the connection is, and sees no more: %s', async (statement) =>
    expect(await seenAfter(statement)).toEqual(own()),
  );

  it.each([
    'set role postgres',
    'set role pospro_system',
    'set local role pospro_system',
    'set session authorization postgres',
    'set session_replication_role = replica',
    'set row_security = off',
    'alter role pospro_app superuser',
    'alter role pospro_app bypassrls',
    "alter role pospro_system password 'mine'",
    'grant pospro_system to pospro_app',
    'create role mine superuser',
    'create temporary table users (id int)',
    'create schema mine',
    'create function mine() returns int language sql security definer as $$ select 1 $$',
    'create extension hstore',
    'create extension dblink',
    'alter policy tenant on users using (true)',
    'alter function pospro_organization() owner to pospro_app',
    'select key from pospro_private.tenant_key',
    "copy users to program 'true'",
    "copy users from '/etc/passwd'",
    "select lo_import('/etc/passwd')",
    "select pg_ls_dir('/')",
    'select pg_reload_conf()',
    'select rolpassword from pg_authid',
    "select set_config('app.organization_id', '', false)",
    "select query_to_xml('set app.organization_id = 1', true, true, '')",
    "with changed as (update pg_settings set setting = '' where name = 'work_mem' returning 1) select 1",
    "update pg_settings set setting = '' where name = 'work_mem'",
    'select 1; set app.organization_id = 1',
    'select 1; reset role',
  ])('is refused: %s', async (statement) => {
    // 0A000: not at all in such a place; 42601: more than one statement.
    expect(await seenAfter(statement)).toMatch(/^(42501|0A000|42601)$/);
  });

  it('cannot bind the connection to another organization without its proof, nor with its own', async () => {
    const { tenantKey } = await prepareLogins(db.url, db.services.log);
    const mine = proofOf(tenantKey, organizationOf(owner.ctx));
    for (const proof of ['', '0'.repeat(64), mine]) {
      expect(await seenAfter(`select pospro_bind('${stranger}', '${proof}', true)`)).toEqual({
        ...own(),
        organizations: [],
      });
    }
    // So that the answers above are not for want of anything to see.
    const right = await seenAfter(
      `select pospro_bind('${stranger}', '${proofOf(tenantKey, stranger)}', true)`,
    );
    expect(right).toEqual({ ...own(), organizations: [{ id: stranger }] });
  });

  it('cannot name another audit entry than the one that the proof is for', async () => {
    const { tenantKey } = await prepareLogins(db.url, db.services.log);
    const mine = organizationOf(owner.ctx);
    const [entry, other] = [randomUUID(), randomUUID()];
    const bind = (proof: string, id: string) =>
      transact(owner.ctx, async (tx) => {
        const bound = sql`select pospro_bind(${mine}::text, ${proof}::text, true, ${id}::text) as organization`;
        const { organization } = await tx.one<{ organization: string }>(bound);
        const { name } = await tx.one<{ name: string }>(
          sql`select current_setting('app.audit_entry') as name`,
        );
        return { organization, name };
      }).catch((error: unknown) => sqlState(error));
    const proof = proofOf(tenantKey, mine, entry);
    expect(await bind(proof, entry)).toEqual({ organization: mine, name: entry });
    for (const [wrong, id] of [
      [proof, other],
      [proof, ''],
      [proofOf(tenantKey, mine), entry],
    ] as const)
      expect(await bind(wrong, id)).toEqual({ organization: '', name: '' });
  });

  it('cannot name another vendor than the one that the proof is for', async () => {
    const { tenantKey } = await prepareLogins(db.url, db.services.log);
    const mine = organizationOf(owner.ctx);
    const [vendor, other] = [randomUUID(), randomUUID()];
    const bind = (proof: string, id: string) =>
      transact(owner.ctx, async (tx) => {
        await tx.one(sql`select pospro_bind(${mine}::text, ${proof}::text, true, ''::text, ${id}::text)`);
        return tx.one<{ vendor: string | null }>(sql`select pospro_vendor() as vendor`);
      });
    const proof = proofOf(tenantKey, mine, '', vendor);
    expect(await bind(proof, vendor)).toEqual({ vendor });
    for (const [wrong, id] of [
      [proof, other],
      [proofOf(tenantKey, mine), vendor],
    ] as const)
      expect(await bind(wrong, id)).toEqual({ vendor: null });
  });

  it('finds no proof in what the other connections send', async () => {
    const looking = sql`select query, pg_sleep(0.1) from pg_stat_activity where usename = 'pospro_app' and datname = current_database()`;
    const seen = await Promise.all(
      Array.from({ length: 4 }, () => transact(owner.ctx, (tx) => tx.many<{ query: string }>(looking))),
    );
    expect(seen.flat().filter(({ query }) => /[0-9a-f]{64}/.test(query))).toEqual([]);
    expect(seen.flat().length).toBeGreaterThan(4);
  });

  it('adds no statement to those that Prisma sends either: there is no way to write one', async () => {
    const raw = [
      '$queryRaw',
      '$queryRawUnsafe',
      '$executeRaw',
      '$executeRawUnsafe',
      '$transaction',
      '$extends',
      '$connect',
    ];
    await transact(owner.ctx, (tx) => {
      for (const client of [owner.ctx.prisma, tx.prisma])
        expect(raw.filter((name) => name in client)).toEqual([]);
      return Promise.resolve();
    });
  });
});
