/** A shop with a branch, goods and an open register, over the real operations. */
import { Client } from 'pg';
import type { SignedInActor } from '#kernel/auth/actor';
import { ALL_SCOPES, type Scope } from '#kernel/auth/scopes';
import type { RequestContext } from '#kernel/context';
import { transact } from '#kernel/db/transact';
import { Decimal } from '#kernel/decimal';
import { PosProError } from '#kernel/errors';
import { createOrganization, type NewOrganization } from '#subgraphs/auth/index';
import { insertProducts, insertTaxClasses } from '#subgraphs/catalog/index';
import { insertCustomers } from '#subgraphs/customers/index';
import { ensureBranchWarehouse, moveStock } from '#subgraphs/inventory/index';
import { insertRegisters, openRegister } from '#subgraphs/registers/index';
import { userActor } from '#test/harness/actors';
import type { TestDatabase } from '#test/harness/database';

export const amount = (value: string | number) => new Decimal(value);

/** An article of the test's shop. */
export interface Article {
  sku: string;
  price: string;
  /** In percent; 19 where left out. */
  tax?: string;
  barcode?: string;
  stock?: string;
  /** What one costs the shop. */
  cost?: string;
  unit?: string;
  places?: number;
  service?: boolean;
}

export interface Item {
  productId: string;
  variantId: string;
  sku: string;
}

export interface Till {
  organizationId: string;
  branchId: string;
  warehouseId: string;
  registerId: string;
  sessionId: string;
  /** Whoever opened the register; may do everything. */
  actor: SignedInActor;
  ctx: RequestContext;
  customerId: string;
  items: Record<string, Item>;
  /** A context of another request, or of a caller with these scopes only. */
  as(scopes?: readonly Scope[], request?: { idempotencyKey?: string }): RequestContext;
}

const ARTICLES: readonly Article[] = [
  { sku: 'TEA', price: '3.50', barcode: '4006381333931', stock: '1000', cost: '1.20' },
  { sku: 'BREAD', price: '2.99', tax: '7', stock: '1000', cost: '0.80' },
  { sku: 'CHEESE', price: '19.90', tax: '7', stock: '1000', cost: '11.00', unit: 'kg', places: 3 },
  { sku: 'GIFT', price: '0', stock: '1000' },
  { sku: 'DELIVERY', price: '4.90', service: true },
  { sku: 'LAST', price: '10.00', stock: '3', cost: '6.00' },
];

/** Opens a shop. */
export async function openTill(
  db: TestDatabase,
  settings: Partial<NewOrganization> = {},
  articles: readonly Article[] = ARTICLES,
): Promise<Till> {
  const { organizationId, branchIds } = await createOrganization(db.services, {
    name: 'Corner Shop',
    currency: 'EUR',
    timeZone: 'Europe/Berlin',
    branches: [
      {
        name: 'Main Street',
        code: 'MAIN',
        address: '1 Main Street\n10115 Berlin',
        receiptFooter: 'Thank you',
      },
    ],
    ...settings,
  });
  const branchId = branchIds[0]!;
  const system = db.contextFor({ kind: 'system', organizationId, branchId });
  const currency = settings.currency ?? 'EUR';
  const items: Record<string, Item> = {};
  for (const { sku } of articles)
    items[sku] = { sku, productId: system.ids.next(), variantId: system.ids.next() };
  const registerId = system.ids.next();
  const customerId = system.ids.next();
  const warehouseId = await transact(system, async (tx) => {
    const rates = [...new Set(articles.map(({ tax }) => tax ?? '19'))].map((rate) => ({
      id: system.ids.next(),
      rate,
    }));
    await insertTaxClasses(
      tx,
      rates.map(({ id, rate }, index) => ({
        id,
        name: `Tax ${rate}`,
        code: `T${index}`,
        rate: amount(rate),
      })),
    );
    await insertProducts(
      tx,
      system,
      articles.map(({ sku, price, tax = '19', barcode, unit, places, service }) => ({
        id: items[sku]!.productId,
        name: `Product ${sku}`,
        taxClassId: rates.find(({ rate }) => rate === tax)!.id,
        ...(unit === undefined ? {} : { unit }),
        quantityPlaces: places ?? 0,
        trackStock: !service,
        variants: [
          { id: items[sku]!.variantId, sku, price: amount(price), barcodes: barcode ? [barcode] : [] },
        ],
      })),
    );
    const warehouse = await ensureBranchWarehouse(tx, system, branchId, 'Main', { code: 'MAIN' });
    const stocked = articles.filter(({ stock }) => stock !== undefined);
    await moveStock(
      tx,
      system,
      stocked.map(({ sku, stock, cost }) => ({
        ...items[sku]!,
        warehouseId: warehouse,
        quantity: amount(stock!),
        kind: 'receipt',
        unitCost: amount(cost ?? 0),
        referenceType: 'test',
        referenceId: warehouse,
      })),
    );
    await insertRegisters(tx, [{ id: registerId, branchId, name: 'Till 1', code: 'T1', currency }]);
    await insertCustomers(tx, [{ id: customerId, name: 'Ann Buyer', currency, creditLimit: amount(100) }]);
    return warehouse;
  });
  const actor = userActor({ organizationId, branchId, role: 'owner', scopes: ALL_SCOPES });
  const ctx = db.contextFor(actor);
  const session = await openRegister(ctx, { registerId, openingFloat: amount(100) });
  return {
    organizationId,
    branchId,
    warehouseId,
    registerId,
    sessionId: session.id,
    actor,
    ctx,
    customerId,
    items,
    as: (scopes = ALL_SCOPES, request = {}) => db.contextFor({ ...actor, scopes: new Set(scopes) }, request),
  };
}

/** How many rows every table has, read as the database's owner: equal counts before and after mean that nothing was written. */
export async function rowCounts(db: TestDatabase): Promise<Record<string, string>> {
  const client = new Client(db.url);
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      `select c.relname as name from pg_class c
       where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition`,
    );
    const counts: Record<string, string> = {};
    for (const { name } of tables.rows) {
      const result = await client.query<{ count: string; sum: string | null }>(
        `select count(*) as count, md5(string_agg(t::text, ' ' order by t::text)) as sum from "${name}" t`,
      );
      counts[name] = `${result.rows[0]!.count} ${result.rows[0]!.sum ?? ''}`;
    }
    return counts;
  } finally {
    await client.end();
  }
}

/** The error that work ends with. */
export async function errorOf(work: Promise<unknown>): Promise<PosProError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof PosProError) return error;
    throw error;
  }
  throw new Error('The work succeeded where an error was expected.');
}

/** The plain figures of an order, as texts. */
export function figures(order: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(order).flatMap(([name, value]) =>
      Decimal.isDecimal(value) ? [[name, value.toFixed()]] : [],
    ),
  );
}

/** A statement as it went to the database. */
export interface SentStatement {
  text: string;
  values: unknown[];
}

/** The statements that some work sends, BEGIN and COMMIT included; those of the relay, which works beside it, are left out. */
export async function statementsOf(work: () => Promise<unknown>): Promise<SentStatement[]> {
  const sent: SentStatement[] = [];
  const connection = Client.prototype as { query: unknown };
  const query = connection.query as (...args: unknown[]) => unknown;
  connection.query = function (this: Client, ...args: unknown[]): unknown {
    const asked = args[0] as string | SentStatement;
    sent.push(
      typeof asked === 'string' ? { text: asked, values: [] } : { text: asked.text, values: asked.values },
    );
    return query.apply(this, args);
  };
  try {
    await work();
  } finally {
    connection.query = query;
  }
  return sent.filter(({ text }) => !/from outbox_events|pospro_seal_audit/.test(text));
}
