/** What people edit, over HTTP: how to make each thing, how to change it, and what a change leaves behind. */
import { PIXEL, call, made, next, shop, unique, type Body } from './edited-shop';

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

/** Something of which the organization has one. */
const ofTheShop = (path: string) => () => Promise.resolve({ path, id: shop.owner.organizationId });

const ofTheShopAlone = (table: string, path: string, change: () => Body): Update => ({
  ...{ table, event: null, change },
  make: ofTheShop(path),
});

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
const campaign = () =>
  under('/campaigns')({ name: unique('Summer'), action: { type: 'percent', percent: '10' } });
const loyaltyTier = () => under('/loyalty/tiers')({ name: unique('Silver'), threshold: `${next()}` });
/** A line of a cart, with the id of the cart's row: the shop sees the last changed cart first. */
async function cartItem(): Promise<Edited> {
  const { id: productId } = await product();
  const answer = await call('POST', '/cart/add', { product_id: productId });
  const { id, items } = answer.body as { id: string; items: { id: string }[] };
  const { body } = await call('GET', '/carts?sort=-created_at&size=1');
  const [row] = (body as { items: { id: string }[] }).items;
  return { path: `/cart/${id}/items/${items[0]!.id}`, id: row!.id };
}
const ticket = async (suffix = ''): Promise<Edited> => {
  const { path, id } = await under('/support/tickets')({ subject: unique('Kettle'), body: 'It leaks.' });
  return { path: path + suffix, id };
};
/** A zone of its own postal code. */
const shippingZone = () => {
  const postalCodes = [String(10_000 + next())];
  return under('/shipping/zones')({
    name: unique('Zone'),
    areas: [{ country: 'DE', postal_codes: postalCodes }],
  });
};
const ownOrganization = () => Promise.resolve({ path: '/organization', id: shop.owner.organizationId });

let listed = '';
let prefix = 20;
let percent = 0;
let picture = false;
let group = '';
let grouped = false;
let fallback = false;
let support = true;
let active = true;
let waits = false;
let minute = 10;
/** The figures as letters: names of roles must not look alike. */
const lettered = () => `role ${[...String(next())].map((digit) => 'bdfhkmprtz'[Number(digit)]).join('')}`;
/** By the operation's name in the graph. */
export const UPDATES: Readonly<Record<string, Update>> = {
  updateProduct: {
    table: 'products',
    event: 'product.changed',
    make: product,
    change: () => ({
      name: unique('Tea'),
      price: `${next()}.50`,
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
      cost: `${next()}`,
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
      priority: next(),
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
        { product_id: listed, price: `${next()}.00` },
        { product_id: listed, price: '1', min_quantity: '5' },
      ],
    }),
  },
  updateVendor: {
    table: 'vendors',
    event: 'vendor.changed',
    make: () => under('/vendors')({ name: unique('Pottery') }),
    change: () => ({ name: unique('Ceramics'), hold_days: next() % 365 }),
  },
  updateAccountingSettings: ofTheShopAlone('accounting_settings', '/finance/accounting-settings', () => ({
    client_number: next(),
  })),
  updateVendorSettings: ofTheShopAlone('vendor_settings', '/vendor-settings', () => ({
    minimum_payout: `${next()}.00`,
  })),
  updateCommissionRule: {
    table: 'commission_rules',
    event: 'commission_rule.changed',
    make: () => under('/commission-rules')({ name: unique('Fair'), kind: 'percent', value: '10' }),
    change: () => ({ name: unique('Market'), maximum: `${next()}.00` }),
  },
  updateCustomer: {
    table: 'customers',
    event: 'customer.changed',
    make: () => under('/customers')({ name: unique('Ada') }),
    change: () => ({
      name: unique('Grace'),
      email: `${next()}@Example.com`,
      tags: ['a', 'b'],
      credit_limit: '10',
      notes: '',
    }),
  },
  updateCampaign: {
    table: 'campaigns',
    event: 'campaign.changed',
    make: campaign,
    change: () => ({
      name: unique('Autumn'),
      action: { type: 'amount', amount: `${next()}.00` },
      branch_ids: [shop.owner.branchId],
    }),
  },
  updateLoyaltyProgram: {
    table: 'loyalty_programs',
    event: 'loyalty_program.changed',
    make: ofTheShop('/loyalty/program'),
    change: () => ({ earn_rate: `${next()}.5`, expiry_days: 90, maximum_percent: '50.0' }),
  },
  updateLoyaltyTier: {
    table: 'loyalty_tiers',
    event: 'loyalty_tier.changed',
    make: loyaltyTier,
    change: () => ({ name: unique('Gold'), threshold: `${next()}.00`, upkeep: '0.50' }),
  },
  updateCustomerGroup: {
    table: 'customer_groups',
    event: 'customer_group.changed',
    make: () => under('/customer-groups')({ name: unique('Group') }),
    change: () => ({ name: unique('Circle'), description: unique('text') }),
  },
  updateCustomerSegment: {
    table: 'customer_segments',
    event: 'customer_segment.changed',
    make: () => under('/customer-segments')({ name: unique('Segment'), rule: { tags: ['vip'] } }),
    change: () => ({ name: unique('Set'), rule: { tags: [unique('tag')], has_card: true } }),
  },
  setCustomerGroups: {
    table: 'customers',
    event: 'customer.changed',
    async make() {
      group = (await made('/customer-groups', { name: unique('Group') })).id;
      grouped = false;
      const { path, id } = await under('/customers')({ name: unique('Ada') });
      return { path: `${path}/groups`, id };
    },
    change: () => ({ group_ids: (grouped = !grouped) ? [group] : [] }),
    isSwitch: true,
  },
  updateOrganization: {
    table: 'organizations',
    event: 'organization.changed',
    make: ownOrganization,
    change: () => ({ name: unique('Shop'), tax_number: unique('DE') }),
  },
  updateOrder: {
    table: 'orders',
    event: 'order.changed',
    make: async () => {
      const { id } = await made('/products', { name: unique('Tea'), price: '4.90', track_stock: false });
      return under('/orders')({ channel: 'phone', items: [{ product_id: id, quantity: '1' }] });
    },
    change: () => ({
      note: unique('Ring'),
      email: `${next()}@Example.com`,
      shipping_address: { line1: unique('Street'), city: 'Berlin', country: 'DE' },
    }),
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
        email: `user-${next()}@shop.test`,
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
    make: () => under('/pos/registers')({ name: unique('Till'), code: `T${next()}` }),
    change: () => ({ name: unique('Counter'), requires_device: false }),
  },
  updateTillSettings: {
    table: 'till_settings',
    event: null,
    make: ofTheShop('/pos/settings'),
    change: () => ({
      limits: [{ role: 'cashier', discount_percent: `${(percent += 1)}.0` }],
      offline: { max_quantity: '7' },
    }),
  },
  setReceiptLogo: {
    table: 'till_settings',
    event: null,
    make: ofTheShop('/pos/settings/logo'),
    change: () => ({ image: (picture = !picture) ? PIXEL : null }),
    isSwitch: true,
  },
  updateCurrency: {
    table: 'currency_settings',
    event: 'currency.changed',
    make: ofTheShop('/currencies/CHF'),
    change: () => ({ enabled: true, cash_step: `${next()}.05` }),
  },
  updateLanguage: {
    table: 'languages',
    event: 'language.changed',
    make: async () => {
      // A language has no id: the shop has this one beside its default.
      await call('DELETE', '/languages/de');
      await call('POST', '/languages', { code: 'de' });
      fallback = false;
      return { path: '/languages/de', id: shop.owner.organizationId };
    },
    change: () => ({ fallback: (fallback = !fallback) ? 'en' : null }),
    isSwitch: true,
  },
  updateStorefrontSettings: ofTheShopAlone('storefront_settings', '/shop/settings', () => ({
    shipping_price: `${next()}.00`,
    free_shipping_from: '75.0',
  })),
  updateSystemSetting: {
    table: 'support_settings',
    event: null,
    make: ofTheShop('/admin/system-settings/support.close_days'),
    change: () => ({ value: next() % 365 }),
  },
  updateCart: {
    table: 'carts',
    event: null,
    make: async () => {
      const { path, id } = await cartItem();
      return { path: path.replace(/\/items.*/, ''), id };
    },
    change: () => ({ email: `${next()}@Example.com`, shipping_code: 'standard' }),
  },
  updateCartItem: {
    table: 'carts',
    event: null,
    make: cartItem,
    change: () => ({ quantity: next(), note: 'Gift ' }),
  },
  updatePaymentMethod: {
    table: 'payment_method_settings',
    event: null,
    make: ofTheShop('/payments/methods/gift_card'),
    change: () => ({ name: unique('Voucher'), needs_reference: true }),
  },
  updateBranchPaymentMethod: {
    table: 'payment_method_branches',
    event: null,
    make: () =>
      Promise.resolve({
        path: `/payments/methods/gift_card/branches/${shop.owner.branchId}`,
        id: shop.owner.organizationId,
      }),
    change: () => ({ min_amount: `${next()}.00` }),
  },
  updatePaymentProvider: {
    table: 'payment_provider_settings',
    event: null,
    make: ofTheShop('/payments/provider'),
    change: () => ({ stripe_secret_key: unique('sk_test_') }),
  },
  updateTicket: {
    table: 'tickets',
    event: 'ticket.changed',
    make: () => ticket(),
    change: () => ({ subject: unique('Kettle'), tags: ['a', 'b'], requester_name: ' Ada ' }),
  },
  updateTicketStatus: {
    table: 'tickets',
    event: 'ticket.changed',
    make: () => {
      waits = false;
      return ticket('/status');
    },
    change: () => ({ status: (waits = !waits) ? 'pending_internal' : 'open' }),
    isSwitch: true,
  },
  assignTicket: {
    table: 'tickets',
    event: 'ticket.changed',
    make: () => {
      waits = false;
      return ticket('/assign');
    },
    change: () => ({ assignee_id: (waits = !waits) ? shop.owner.user.id : null }),
    isSwitch: true,
  },
  updateTicketQueue: {
    table: 'ticket_queues',
    event: 'ticket_queue.changed',
    make: () => under('/support/queues')({ name: unique('Queue') }),
    change: () => ({ name: unique('Team'), description: unique('text') }),
  },
  updateCannedAnswer: {
    table: 'canned_answers',
    event: 'canned_answer.changed',
    make: () => under('/support/canned-answers')({ name: unique('Answer'), body: 'Yes.' }),
    change: () => ({ name: unique('Reply'), body: unique('Dear {{requester.name}}'), language: 'de' }),
  },
  updateSlaPolicy: {
    table: 'sla_policies',
    event: 'sla_policy.changed',
    async make() {
      const { id } = await made('/support/queues', { name: unique('Queue') });
      return under('/support/sla-policies')({ name: unique('Level'), queue_id: id, targets: [] });
    },
    change: () => ({
      name: unique('Target'),
      targets: [{ priority: 'high', resolution_minutes: next() }],
    }),
  },
  setBusinessHours: {
    table: 'business_hours',
    event: 'business_hours.changed',
    make: () =>
      Promise.resolve({
        path: `/support/business-hours/${shop.owner.branchId}`,
        id: shop.owner.organizationId,
      }),
    change: () => ({
      windows: [{ weekdays: ['friday', 'monday'], from: '09:00', to: `17:${(minute += 1)}` }],
    }),
  },
  updateSupportSettings: ofTheShopAlone('support_settings', '/support/settings', () => ({
    reopen_days: (minute += 1),
  })),
  updateFeatureSettings: {
    ...ofTheShopAlone('feature_settings', '/admin/features', () => ({ support: (support = !support) })),
    isSwitch: true,
  },
  updateRetentionSettings: ofTheShopAlone('retention_settings', '/admin/retention', () => ({
    sessions_days: 1 + (next() % 365),
  })),
  updateSupportMailSettings: ofTheShopAlone('support_mail_settings', '/support/mail-settings', () => ({
    address: `help-${(minute += 1)}@shop.example`,
  })),
  updateShippingCarrier: ofTheShopAlone('shipping_carrier_settings', '/shipping/carrier', () => ({
    easypost_api_key: unique('EZTK_'),
  })),
  updateShippingZone: {
    table: 'shipping_zones',
    event: 'shipping_zone.changed',
    make: () => shippingZone(),
    change: () => ({ name: unique('Zone'), description: unique('text') }),
  },
  updateShippingRate: {
    table: 'table_rates',
    event: 'shipping_rate.changed',
    async make() {
      const { id } = await shippingZone();
      const bands = [{ price: '5.00' }];
      return under('/shipping/rates')({ zone_id: id, code: 'standard', name: 'Standard', bands });
    },
    change: () => ({ name: unique('Rate'), bands: [{ up_to: String(next()), price: '4.90' }] }),
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
  removeCartItem: cartItem,
  deleteCategory: () => UPDATES.updateCategory!.make(),
  deleteBrand: () => UPDATES.updateBrand!.make(),
  deleteTaxClass: () => UPDATES.updateTaxClass!.make(),
  deleteBarcodeRule: () => UPDATES.updateBarcodeRule!.make(),
  deletePriceList: priceList,
  deleteCampaign: campaign,
  deleteLoyaltyTier: loyaltyTier,
  deleteCommissionRule: () => UPDATES.updateCommissionRule!.make(),
  deleteCustomerGroup: () => UPDATES.updateCustomerGroup!.make(),
  deleteCustomerSegment: () => UPDATES.updateCustomerSegment!.make(),
  deleteCustomer: () => UPDATES.updateCustomer!.make(),
  deleteLanguage: () => UPDATES.updateLanguage!.make(),
  deleteTicketQueue: () => UPDATES.updateTicketQueue!.make(),
  deleteCannedAnswer: () => UPDATES.updateCannedAnswer!.make(),
  deleteSlaPolicy: () => UPDATES.updateSlaPolicy!.make(),
  deleteShippingZone: () => UPDATES.updateShippingZone!.make(),
  deleteShippingRate: () => UPDATES.updateShippingRate!.make(),
  deleteWebhook: () => UPDATES.updateWebhook!.make(),
};
