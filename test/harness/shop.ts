/** The shop of a test, over the real operations: `openShop` makes one, `openTill` one that is ready to sell. */
import type { SignedInActor } from '#kernel/auth/actor';
import type { Scope } from '#kernel/auth/scopes';
import type { RequestContext, RequestMeta } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import type { NewOrganization, User } from '#subgraphs/auth/index';
import { insertProducts, insertTaxClasses } from '#subgraphs/catalog/index';
import { insertCustomers } from '#subgraphs/customers/index';
import { ensureBranchWarehouse, moveStock } from '#subgraphs/inventory/index';
import { insertRegisters, openRegister, type RegisterRow } from '#subgraphs/registers/index';
import { createOwner, userActor, type TestBackend, type TestOwner } from './actors';
import { amount } from './values';

/** A product with one variant. */
export interface Article {
  sku: string;
  price: string;
  /** In percent. Defaults to 19. */
  tax?: string;
  barcode?: string;
  /** Quantity in the first branch's warehouse. */
  stock?: string;
  /** Cost of one unit of the stock. Defaults to 0. */
  cost?: string;
  unit?: string;
  /** Decimal places of quantities. Defaults to 0. */
  places?: number;
  /** Whether it is sold without stock. */
  service?: boolean;
}

/** The ids of an article. */
export interface Item {
  productId: string;
  variantId: string;
  sku: string;
}

/** Settings of the organization, and what the shop has. */
export interface ShopOptions extends Partial<NewOrganization> {
  articles?: readonly Article[];
  /** Number of registers in the first branch. Defaults to 0. */
  registers?: number;
}

export interface Shop extends Omit<TestOwner, 'user' | 'ctx'> {
  owner: User;
  /** A new request of the owner at each read. */
  readonly ctx: RequestContext;
  /** A request of the owner with these details, for example an idempotency key. */
  request(details: Partial<RequestMeta>): RequestContext;
  /** A request of a user who has these scopes only. */
  as(scopes: readonly Scope[], details?: Partial<RequestMeta>): RequestContext;
  /** A request of the owner in another branch. */
  inBranch(branchId: string): RequestContext;
  /** The first branch's warehouse. */
  warehouseId: string;
  /** The selling warehouse of each branch. */
  warehouseIds: readonly string[];
  registers: RegisterRow[];
  /** By SKU. */
  items: Record<string, Item>;
  /** May sell, open registers and read reports in the first branch. */
  cashier: SignedInActor;
  /** Another cashier of the branch, who cannot read reports. */
  colleague: SignedInActor;
  /** May do what the cashier may, and override. */
  manager: SignedInActor;
}

/** A shop with an open register and a customer. */
export interface Till extends Shop {
  registerId: string;
  sessionId: string;
  /** Buys on credit up to 100. */
  customerId: string;
}

/** Opens a shop with an owner, one branch with its warehouse, and nothing to sell. */
export async function openShop(db: TestBackend, options: ShopOptions = {}): Promise<Shop> {
  const { articles = [], registers = 0, ...settings } = options;
  const { user, ctx, ...parts } = await createOwner(db, settings);
  const { organizationId, branchId, branchIds, actor } = parts;
  const [, ...otherBranches] = settings.branches ?? [];
  const stocks = [{ name: 'Main', code: 'MAIN' }, ...otherBranches];
  const equipment = await transact(ctx, async (tx) => {
    const warehouseIds: string[] = [];
    for (const [index, { name, code }] of stocks.entries())
      warehouseIds.push(await ensureBranchWarehouse(tx, ctx, branchIds[index]!, name, code ? { code } : {}));
    return {
      warehouseId: warehouseIds[0]!,
      warehouseIds,
      items: await addArticles(tx, ctx, warehouseIds[0]!, articles),
      registers: await addRegisters(tx, ctx, registers, { branchId, currency: settings.currency ?? 'EUR' }),
    };
  });
  const staff = (role: string, ...scopes: Scope[]) => userActor({ organizationId, branchId, role, scopes });
  return {
    ...parts,
    ...equipment,
    owner: user,
    get ctx() {
      return db.contextFor(actor);
    },
    request: (details) => db.contextFor(actor, details),
    as: (scopes, details) => db.contextFor({ ...actor, scopes: new Set(scopes) }, details),
    inBranch: (other) => db.contextFor({ ...actor, branchId: other }),
    cashier: staff('cashier', 'pos:sell', 'pos:register', 'reports:read'),
    colleague: staff('cashier', 'pos:sell', 'pos:register'),
    manager: staff('manager', 'pos:sell', 'pos:register', 'pos:override', 'reports:read'),
  };
}

const ARTICLES: readonly Article[] = [
  { sku: 'TEA', price: '3.50', barcode: '4006381333931', stock: '1000', cost: '1.20' },
  { sku: 'BREAD', price: '2.99', tax: '7', stock: '1000', cost: '0.80' },
  { sku: 'CHEESE', price: '19.90', tax: '7', stock: '1000', cost: '11.00', unit: 'kg', places: 3 },
  { sku: 'GIFT', price: '0', stock: '1000' },
  { sku: 'DELIVERY', price: '4.90', service: true },
  { sku: 'LAST', price: '10.00', stock: '3', cost: '6.00' },
];

const MAIN_STREET = {
  name: 'Main Street',
  code: 'MAIN',
  address: '1 Main Street\n10115 Berlin',
  receiptFooter: 'Thank you',
};

/** Opens a corner shop that sells `ARTICLES`, unless the options have others, and its register with 100 in the drawer. */
export async function openTill(db: TestBackend, options: ShopOptions = {}): Promise<Till> {
  const shop = await openShop(db, {
    name: 'Corner Shop',
    currency: 'EUR',
    timeZone: 'Europe/Berlin',
    branches: [MAIN_STREET],
    articles: ARTICLES,
    registers: 1,
    ...options,
  });
  const { ctx } = shop;
  const customerId = ctx.ids.next();
  const registerId = shop.registers[0]!.id;
  const currency = options.currency ?? 'EUR';
  await transact(ctx, (tx) =>
    insertCustomers(tx, [{ id: customerId, name: 'Ann Buyer', currency, creditLimit: amount(100) }]),
  );
  const session = await openRegister(ctx, { registerId, openingFloat: amount(100) });
  return Object.assign(shop, { registerId, sessionId: session.id, customerId });
}

async function addArticles(
  tx: Transaction,
  ctx: RequestContext,
  warehouseId: string,
  articles: readonly Article[],
): Promise<Record<string, Item>> {
  const newItem = (sku: string): Item => ({ sku, productId: ctx.ids.next(), variantId: ctx.ids.next() });
  const items = Object.fromEntries(articles.map(({ sku }) => [sku, newItem(sku)]));
  const rates = [...new Set(articles.map(({ tax = '19' }) => tax))];
  const taxClasses = rates.map((rate, index) => ({
    id: ctx.ids.next(),
    name: `Tax ${rate}`,
    code: `T${index}`,
    rate: amount(rate),
  }));
  await insertTaxClasses(tx, taxClasses);
  await insertProducts(
    tx,
    ctx,
    articles.map(({ sku, price, tax = '19', barcode, unit, places = 0, service = false }) => ({
      id: items[sku]!.productId,
      name: `Product ${sku}`,
      taxClassId: taxClasses[rates.indexOf(tax)]!.id,
      ...(unit === undefined ? {} : { unit }),
      quantityPlaces: places,
      trackStock: !service,
      variants: [
        { id: items[sku]!.variantId, sku, price: amount(price), barcodes: barcode ? [barcode] : [] },
      ],
    })),
  );
  const receipts = articles.flatMap(({ sku, stock, cost = 0 }) =>
    stock === undefined
      ? []
      : [{ ...items[sku]!, kind: 'receipt' as const, quantity: amount(stock), unitCost: amount(cost) }],
  );
  const reference = { warehouseId, referenceType: 'test', referenceId: warehouseId };
  await moveStock(
    tx,
    ctx,
    receipts.map((receipt) => ({ ...receipt, ...reference })),
  );
  return items;
}

function addRegisters(
  tx: Transaction,
  ctx: RequestContext,
  count: number,
  shared: { branchId: string; currency: string },
): Promise<RegisterRow[]> {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  return insertRegisters(
    tx,
    numbers.map((number) => ({ id: ctx.ids.next(), name: `Till ${number}`, code: `T${number}`, ...shared })),
  );
}
