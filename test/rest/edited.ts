/** What people edit, over HTTP: how to make each thing, how to change it, and what a change leaves behind. */
import { raw, sql } from '#kernel/db/database';
import { signedInOwner, type TestOwner } from '../harness/actors';
import { startTestPlatform, type TestPlatform } from '../harness/platform';

export const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAADElEQVQImWNgGB4AAADIAAH4XVuUAAAAAElFTkSuQmCC';

interface Shop {
  platform: TestPlatform;
  owner: TestOwner;
  token: string;
}

/** The shop of a test file; there after `startShop`. */
export const shop = {} as Shop;

/** Starts a platform with a signed-in owner. */
export async function startShop(): Promise<void> {
  shop.platform = await startTestPlatform();
  Object.assign(shop, await signedInOwner(shop.platform.services));
}

export type Body = Readonly<Record<string, unknown>>;

export const call = (method: string, path: string, body?: Body, headers: Record<string, string> = {}) =>
  shop.platform.rest(method, `/api/v1${path}`, { token: shop.token, headers, ...(body ? { body } : {}) });

let serial = 0;
export const unique = (name: string) => `${name} ${(serial += 1)}`;

export async function made(path: string, body: Body): Promise<{ id: string; version: number }> {
  const answer = await call('POST', path, body);
  expect([answer.status, answer.text.slice(0, 300)]).toEqual([201, expect.anything()]);
  return answer.body;
}

/** Something to be changed: the path of its operation, and its row. */
export interface Edited {
  readonly path: string;
  readonly id: string;
}

export interface Update {
  readonly table: string;
  /** What its listeners are told; null where nobody is. */
  readonly event: string | null;
  make(): Promise<Edited>;
  /** One change, another one each time. */
  change(): Body;
  /** Whether there are two states only. */
  readonly isSwitch?: boolean;
}

const under =
  (path: string, prefix = path.slice(1)) =>
  async (body: Body): Promise<Edited> => {
    const { id } = await made(path, body);
    return { path: `/${prefix}/${id}`, id };
  };
export const product = async (suffix = '') => {
  const { path, id } = await under('/products')({
    name: unique('Tea'),
    price: '4.90',
    barcode: unique('code'),
  });
  return { path: path + suffix, id };
};
const priceList = () => under('/price-lists')({ name: unique('Summer') });
const ownOrganization = () => Promise.resolve({ path: '/organization', id: shop.owner.organizationId });

let listed = '';
let prefix = 20;
let percent = 0;
let picture = false;
let active = true;
/** The figures as letters: names of roles must not look alike. */
const lettered = () =>
  `role ${[...String((serial += 1))].map((digit) => 'bdfhkmprtz'[Number(digit)]).join('')}`;
/** By the operation's name in the graph. */
export const UPDATES: Readonly<Record<string, Update>> = {
  updateProduct: {
    table: 'products',
    event: 'product.changed',
    make: product,
    change: () => ({
      name: unique('Tea'),
      price: `${(serial += 1)}.50`,
      sku: unique('SKU'),
      barcode: unique('code'),
      options: null,
    }),
  },
  activateProduct: {
    table: 'products',
    event: 'product.changed',
    make: () => {
      active = true;
      return product('/activate');
    },
    change: () => ({ active: (active = !active) }),
    isSwitch: true,
  },
  updateVariant: {
    table: 'variants',
    event: 'product.changed',
    async make() {
      const { path } = await product('/variants');
      const { id } = await made(path, {
        name: unique('Bag'),
        price: '5',
        options: { packing: unique('bag') },
      });
      return { path: `${path}/${id}`, id };
    },
    change: () => ({
      name: unique('Box'),
      cost: `${(serial += 1)}`,
      barcodes: [unique('code'), unique('code')],
      options: { packing: unique('box') },
      is_default: true,
    }),
  },
  updateCategory: {
    table: 'categories',
    event: 'category.changed',
    make: () => under('/categories')({ name: unique('Drinks') }),
    change: () => ({ name: unique('Food'), parent_id: null }),
  },
  updateBrand: {
    table: 'brands',
    event: 'brand.changed',
    make: () => under('/brands')({ name: unique('Bygone') }),
    change: () => ({ name: unique('Sons') }),
  },
  updateTaxClass: {
    table: 'tax_classes',
    event: 'tax_class.changed',
    make: () => under('/tax-classes')({ name: unique('Reduced'), rate: '7' }),
    change: () => ({ name: unique('Full'), code: unique('full'), rate: '8.10', is_default: true }),
  },
  updateBarcodeRule: {
    table: 'barcode_rules',
    event: 'barcode_rule.changed',
    make: () => under('/barcode-rules')({ prefix: String((prefix += 1)), measured: 'weight' }),
    change: () => ({ name: unique('Salads'), active: false }),
  },
  updatePriceList: {
    table: 'price_lists',
    event: 'price_list.changed',
    make: priceList,
    change: () => ({
      name: unique('Winter'),
      priority: (serial += 1),
      branch_ids: [shop.owner.branchId],
      valid_from: '2026-01-01T00:00:00Z',
    }),
  },
  setPriceListPrices: {
    table: 'price_lists',
    event: 'price_list.changed',
    async make() {
      const [{ id }, { path, id: list }] = [await product(), await priceList()];
      listed = id;
      return { path: `${path}/prices`, id: list };
    },
    change: () => ({
      prices: [
        { product_id: listed, price: `${(serial += 1)}.00` },
        { product_id: listed, price: '1', min_quantity: '5' },
      ],
    }),
  },
  updateCustomer: {
    table: 'customers',
    event: 'customer.changed',
    make: () => under('/customers')({ name: unique('Ada') }),
    change: () => ({
      name: unique('Grace'),
      email: `${(serial += 1)}@Example.com`,
      tags: ['a', 'b'],
      credit_limit: '10',
      notes: '',
    }),
  },
  updateOrganization: {
    table: 'organizations',
    event: 'organization.changed',
    make: ownOrganization,
    change: () => ({ name: unique('Shop'), tax_number: unique('DE') }),
  },
  updateBranch: {
    table: 'branches',
    event: 'branch.changed',
    make: () => under('/branches')({ name: unique('Harbour') }),
    change: () => ({ name: unique('Station'), receipt_footer: unique('Bye') }),
  },
  updateUser: {
    table: 'users',
    event: 'user.changed',
    async make() {
      const body = {
        email: `user-${(serial += 1)}@shop.test`,
        name: 'Ann',
        role: 'cashier',
        branch_id: shop.owner.branchId,
        password: 'correct horse battery',
      };
      const { id } = await made('/auth/register', body);
      return { path: `/admin/users/${id}`, id };
    },
    change: () => ({ name: unique('Bob'), role: 'cashier' }),
  },
  updateRole: {
    table: 'roles',
    event: 'role.changed',
    make: () => under('/admin/roles')({ name: lettered(), permissions: ['pos:sell'] }),
    change: () => ({ name: lettered(), permissions: ['pos:sell', 'catalog:read'] }),
  },
  updateRegister: {
    table: 'registers',
    event: 'register.changed',
    make: () => under('/pos/registers')({ name: unique('Till'), code: `T${(serial += 1)}` }),
    change: () => ({ name: unique('Counter'), requires_device: false }),
  },
  updateTillSettings: {
    table: 'till_settings',
    event: null,
    make: () => Promise.resolve({ path: '/pos/settings', id: shop.owner.organizationId }),
    change: () => ({
      limits: [{ role: 'cashier', discount_percent: `${(percent += 1)}.0` }],
      offline: { max_quantity: '7' },
    }),
  },
  setReceiptLogo: {
    table: 'till_settings',
    event: null,
    make: () => Promise.resolve({ path: '/pos/settings/logo', id: shop.owner.organizationId }),
    change: () => ({ image: (picture = !picture) ? PIXEL : null }),
    isSwitch: true,
  },
  updatePaymentMethod: {
    table: 'payment_method_settings',
    event: null,
    make: () => Promise.resolve({ path: '/payments/methods/gift_card', id: shop.owner.organizationId }),
    change: () => ({ name: unique('Voucher'), needs_reference: true }),
  },
  updateWebhook: {
    table: 'webhook_endpoints',
    event: null,
    make: () => under('/webhooks')({ url: 'https://93.184.215.14/hook', types: ['order.changed'] }),
    change: () => ({ description: unique('Till'), status: 'disabled' }),
  },
};

/** By the operation's name in the graph: what it removes. */
export const DELETIONS: Readonly<Record<string, () => Promise<Edited>>> = {
  deleteProduct: product,
  deleteCategory: () => UPDATES.updateCategory!.make(),
  deleteBrand: () => UPDATES.updateBrand!.make(),
  deleteTaxClass: () => UPDATES.updateTaxClass!.make(),
  deleteBarcodeRule: () => UPDATES.updateBarcodeRule!.make(),
  deletePriceList: priceList,
  deleteCustomer: () => UPDATES.updateCustomer!.make(),
  deleteWebhook: () => UPDATES.updateWebhook!.make(),
};

interface Trace {
  readonly version: number;
  readonly updatedAt: Date | null;
  readonly events: number;
  readonly changes: number;
}

/** The traces of an update; a row that does not exist yet has version 0. Changes by the platform itself are not counted. */
export async function traceOf({ table, event }: Pick<Update, 'table' | 'event'>, id: string): Promise<Trace> {
  const isSettings = table === 'till_settings' || table === 'payment_method_settings';
  const row = sql`${raw(table)} where ${raw(isSettings ? 'organization_id' : 'id')} = ${id}::uuid`;
  return shop.platform.services.database.system.one<Trace>(sql`
    select coalesce((select version from ${row}), 0) as version, (select updated_at from ${row}) as updated_at,
      (select count(*) from outbox_events where type = ${event}) as events,
      (select count(*) from audit_changes c join audit_entries e on e.id = c.entry_id
        where e.organization_id = ${shop.owner.organizationId} and e.actor_kind = 'user') as changes`);
}
