/** The demo shop itself: organization, people, goods, customers, registers. Its history is in history.ts. */
import { passwords } from '#kernel/auth/passwords';
import { ALL_SCOPES } from '#kernel/auth/scopes';
import { createContext, type RequestContext, type Services } from '#kernel/context';
import { transact } from '#kernel/db/transact';
import { Decimal } from '#kernel/decimal';
import { createOrganization, createUser } from '#subgraphs/auth/index';
import { insertBrands, insertCategories, insertProducts, insertTaxClasses } from '#subgraphs/catalog/index';
import { insertCustomers } from '#subgraphs/customers/index';
import { ensureBranchWarehouse, openingStock, setReorderPoints } from '#subgraphs/inventory/index';
import { insertRegisters, updateTillSettings } from '#subgraphs/registers/index';
import { FIRST_NAMES, LAST_NAMES } from './assortment';
import { createDice } from './dice';
import { demoId } from './ids';
import { BRANDS, CATEGORIES, TAX_CLASSES, type DemoProduct } from './products';

const DEMO_CURRENCY = 'EUR';
const DEMO_TIME_ZONE = 'Europe/Berlin';
/** The demo's password; no account outside the demo shop has a default one. */
export const DEMO_PASSWORD = 'secure123';
export const DEMO_CUSTOMERS = 60;
/** The maximum discount of a cashier, in percent; above it a manager approves, which the demo shows, too. */
const CASHIER_LIMIT = new Decimal(10);
/** The opening float of every register. */
export const DEMO_FLOAT = new Decimal(100);

const BRANCHES = [
  {
    id: demoId.branch(1),
    name: 'High Street',
    code: 'HS',
    address: '12 High Street',
    warehouseId: demoId.warehouse(1),
  },
  {
    id: demoId.branch(2),
    name: 'Riverside',
    code: 'RS',
    address: '3 Quay Road',
    warehouseId: demoId.warehouse(2),
  },
] as const;

const REGISTERS = [
  {
    id: demoId.register(1),
    branchId: demoId.branch(1),
    name: 'Register 1',
    code: '1',
    currency: DEMO_CURRENCY,
  },
  {
    id: demoId.register(2),
    branchId: demoId.branch(1),
    name: 'Register 2',
    code: '2',
    currency: DEMO_CURRENCY,
  },
  {
    id: demoId.register(3),
    branchId: demoId.branch(2),
    name: 'Register 3',
    code: '3',
    currency: DEMO_CURRENCY,
  },
] as const;

const PEOPLE = [
  { number: 1, email: 'admin@pospro.com', name: 'Alex Admin', role: 'admin', branch: 1 },
  { number: 2, email: 'manager@pospro.com', name: 'Maria Manager', role: 'manager', branch: 1 },
  { number: 3, email: 'cashier@pospro.com', name: 'Chris Cashier', role: 'cashier', branch: 1 },
  // The examples of disabling and changing a user use this one, so that they lock out none of the others.
  { number: 4, email: 'former@pospro.com', name: 'Fran Former', role: 'cashier', branch: 1 },
  // Every organization has an owner: only an owner can create another, and the last one cannot be disabled.
  { number: 5, email: 'owner@pospro.com', name: 'Olive Owner', role: 'owner', branch: 1 },
] as const;

/** The context of a user of the demo shop; defaults to the manager, who may do everything that the history needs. */
export function demoContext(services: Services, branchNumber: number, userNumber = 2): RequestContext {
  const actor = {
    kind: 'user',
    userId: demoId.user(userNumber),
    organizationId: demoId.organization(1),
    branchId: demoId.branch(branchNumber),
    role: 'manager',
    scopes: new Set<string>(ALL_SCOPES),
    sessionId: services.ids.next(),
  } as const;
  return createContext(services, actor, { requestId: services.ids.next(), address: 'demo' });
}

/** Organization, branches, roles and people. */
export async function seedPeople(services: Services): Promise<void> {
  const organizationId = demoId.organization(1);
  const roleNames = ['owner', 'admin', 'manager', 'cashier', 'accountant', 'warehouse', 'vendor'];
  await createOrganization(services, {
    id: organizationId,
    name: 'PosPro Demo Shop',
    currency: DEMO_CURRENCY,
    timeZone: DEMO_TIME_ZONE,
    pricesIncludeTax: true,
    taxNumber: 'DE123456789',
    roleIds: Object.fromEntries(roleNames.map((name, index) => [name, demoId.role(index + 1)])),
    branches: BRANCHES.map(({ id, name, code, address }) => ({
      id,
      name,
      code,
      address,
      country: 'DE',
      timeZone: DEMO_TIME_ZONE,
      receiptHeader: 'Fresh things and good coffee',
      receiptFooter: 'Thank you, and see you soon!',
    })),
  });
  const passwordHash = await passwords.hash(DEMO_PASSWORD);
  for (const { number, email, name, role, branch } of PEOPLE) {
    const branchId = demoId.branch(branch);
    await createUser(services, {
      id: demoId.user(number),
      organizationId,
      email,
      name,
      role,
      branchId,
      passwordHash,
    });
  }
}

/**
 * Tax classes, categories, brands, products and customers, warehouses with their opening stock, the registers
 * and the limits of a cashier.
 */
export async function seedGoods(services: Services, products: readonly DemoProduct[]): Promise<void> {
  const ctx = demoContext(services, 1);
  await transact(ctx, async (tx) => {
    await insertTaxClasses(tx, TAX_CLASSES);
    await insertCategories(tx, CATEGORIES);
    await insertBrands(tx, BRANDS);
    await insertProducts(tx, ctx, products);
    await insertRegisters(tx, REGISTERS);
    await insertCustomers(tx, demoCustomers(tx.now));
    for (const { id, name, code, warehouseId } of BRANCHES)
      await ensureBranchWarehouse(tx, ctx, id, name, { id: warehouseId, code });
    const dice = createDice(7);
    for (const { warehouseId } of BRANCHES) {
      const opening = openingRows(products, () => dice.between(60, 240));
      await openingStock(tx, ctx, warehouseId, opening);
      await setReorderPoints(
        tx,
        warehouseId,
        products.filter(({ trackStock }) => trackStock).map(reorderRow),
      );
    }
  });
  const limits = [{ role: 'cashier', discountPercent: CASHIER_LIMIT, overridePercent: CASHIER_LIMIT }];
  await updateTillSettings(ctx, { limits });
}

/** The reorder point. */
const REORDER_POINT = new Decimal(12);

function reorderRow({ variantId, id, sku }: DemoProduct): Parameters<typeof setReorderPoints>[2][number] {
  return { variantId, productId: id, sku, reorderPoint: REORDER_POINT };
}

function openingRows(
  products: readonly DemoProduct[],
  quantity: () => number,
): Parameters<typeof openingStock>[3] {
  return products
    .filter(({ trackStock }) => trackStock)
    .map(({ variantId, id, sku, cost, scarce }, index) => ({
      variantId,
      productId: id,
      sku,
      unitCost: cost,
      // The guide's product never runs out.
      quantity: new Decimal(index === 0 ? 2000 : scarce ? 3 : quantity()),
    }));
}

/** 030 23125 000 to 999 is reserved for fiction by the Bundesnetzagentur, so no real person is called. */
function demoPhone(number: number): { phone: string; phoneE164: string } {
  // The last customer is the first one again, who gave the number as dialled at home.
  if (number === DEMO_CUSTOMERS) return { phone: '030 23125001', phoneE164: '+493023125001' };
  const phone = `+493023125${String(number).padStart(3, '0')}`;
  return { phone, phoneE164: phone };
}

function demoCustomers(now: Date): Parameters<typeof insertCustomers>[1] {
  return Array.from({ length: DEMO_CUSTOMERS }, (_, index) => {
    const first = FIRST_NAMES[index % FIRST_NAMES.length]!;
    const last = LAST_NAMES[Math.floor(index / 2) % LAST_NAMES.length]!;
    const number = index + 1;
    return {
      id: demoId.customer(number),
      code: `C-${String(number).padStart(3, '0')}`,
      name: `${first} ${last}`,
      email: `customer${number}@example.com`,
      ...demoPhone(number),
      currency: DEMO_CURRENCY,
      creditLimit: new Decimal(index % 5 === 0 ? 200 : 0),
      marketingConsent: index % 3 === 0,
      createdAt: new Date(now.getTime() - (DEMO_CUSTOMERS - index) * 86_400_000),
    };
  });
}
