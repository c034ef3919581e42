/** The groups of settings. Each is read and changed by the functions of its domain, which check the values and drop what is cached. */
import { organizationOf } from '#kernel/auth/access';
import type { RequestContext } from '#kernel/context';
import { notFound } from '#kernel/errors';
import { FEATURE_DEFAULTS, readFeatures } from '#kernel/features';
import {
  ACCOUNTING_DEFAULTS,
  accountingSettings,
  shownAccountingSettings,
  updateAccountingSettings,
} from '#subgraphs/analytics/index';
import {
  branchesById,
  currencyOf,
  ORGANIZATION_DEFAULTS,
  ownOrganization,
  updateBranch,
  updateOrganization,
} from '#subgraphs/auth/index';
import { STOREFRONT_DEFAULTS, storefrontSettings, updateStorefrontSettings } from '#subgraphs/orders/index';
import { shownProviderSettings, updateProviderSettings } from '#subgraphs/payments/index';
import { defaultTillSettings, tillSettings, updateTillSettings } from '#subgraphs/registers/index';
import { carrierSettings, updateShippingCarrier } from '#subgraphs/shipping/index';
import { SUPPORT_DEFAULTS, supportSettings, updateSupportSettings } from '#subgraphs/support/index';
import {
  VENDOR_DEFAULTS,
  shownVendorSettings,
  updateVendorSettings,
  vendorSettings,
} from '#subgraphs/vendors/index';
import { updateFeatureSettings } from '../features/feature-settings';
import { RETENTION_DEFAULTS, readRetention, updateRetentionSettings } from '../retention/retention-settings';

/** Settings of a group by their names in the graph. */
export type SettingValues = Readonly<Record<string, unknown>>;

/** A group of settings: those of one row. */
export interface SettingGroup {
  /** The first part of the keys. */
  readonly name: string;
  /** Names of the graph types that show and change the settings. */
  readonly output: string;
  readonly input: string;
  /** The table, as the audit trail names it. */
  readonly table: string;
  /** The row of the settings, as the audit trail names it. @param branchId of a setting of branches. */
  rowId(ctx: RequestContext, branchId: string | undefined): string;
  /** The present values, with `version` and `updatedAt`. @throws PosProError 404 for an unknown branch. */
  read(ctx: RequestContext, branchId: string | undefined): Promise<SettingValues>;
  defaults(ctx: RequestContext): Promise<SettingValues>;
  /** @throws PosProError 404; 409 or 412 for another version; 422 by field. */
  update(ctx: RequestContext, changes: SettingValues, branchId: string | undefined): Promise<unknown>;
  /** Settings that are never shown, with the fields that say whether they are set. */
  readonly secrets?: Readonly<Record<string, string>>;
}

/** A group with one row for the organization. */
type OrganizationGroup = Omit<SettingGroup, 'rowId'>;

const ORGANIZATION_GROUPS: readonly OrganizationGroup[] = [
  {
    name: 'accounting',
    output: 'AccountingSettings',
    input: 'AccountingSettingsInput',
    table: 'accounting_settings',
    read: async ({ db }) => ({ ...shownAccountingSettings(await accountingSettings(db)) }),
    defaults: () => Promise.resolve({ ...shownAccountingSettings(ACCOUNTING_DEFAULTS) }),
    update: updateAccountingSettings,
  },
  {
    name: 'organization',
    output: 'Organization',
    input: 'UpdateOrganizationInput',
    table: 'organizations',
    read: async (ctx) => ({ ...(await ownOrganization(ctx)) }),
    defaults: () => Promise.resolve(ORGANIZATION_DEFAULTS),
    update: updateOrganization,
  },
  {
    name: 'features',
    output: 'FeatureSettings',
    input: 'FeatureSettingsInput',
    table: 'feature_settings',
    read: async ({ db }) => ({ ...(await readFeatures(db)) }),
    defaults: () => Promise.resolve({ ...FEATURE_DEFAULTS }),
    update: updateFeatureSettings,
  },
  {
    name: 'payments',
    output: 'PaymentProviderSettings',
    input: 'UpdatePaymentProviderInput',
    table: 'payment_provider_settings',
    read: async (ctx) => ({ ...(await shownProviderSettings(ctx)) }),
    defaults: ({ config }) => Promise.resolve({ cardProvider: config.payments.cardProvider }),
    update: updateProviderSettings,
    secrets: { stripeSecretKey: 'hasStripeSecretKey', stripeWebhookSecret: 'hasStripeWebhookSecret' },
  },
  {
    name: 'retention',
    output: 'RetentionSettings',
    input: 'RetentionSettingsInput',
    table: 'retention_settings',
    read: async ({ db }) => ({ ...(await readRetention(db)) }),
    defaults: () => Promise.resolve({ ...RETENTION_DEFAULTS }),
    update: updateRetentionSettings,
  },
  {
    name: 'shipping',
    output: 'ShippingCarrierSettings',
    input: 'UpdateShippingCarrierInput',
    table: 'shipping_carrier_settings',
    read: async ({ db, config }) => ({ ...(await carrierSettings(db, config)) }),
    defaults: ({ config }) => Promise.resolve({ carrier: config.shipping.carrier, sender: null }),
    update: updateShippingCarrier,
    secrets: { easypostApiKey: 'hasEasypostApiKey', easypostWebhookSecret: 'hasEasypostWebhookSecret' },
  },
  {
    name: 'storefront',
    output: 'StorefrontSettings',
    input: 'StorefrontSettingsInput',
    table: 'storefront_settings',
    read: ({ db }) => storefrontSettings(db),
    defaults: () => Promise.resolve(STOREFRONT_DEFAULTS),
    update: updateStorefrontSettings,
  },
  {
    name: 'support',
    output: 'SupportSettings',
    input: 'SupportSettingsInput',
    table: 'support_settings',
    read: ({ db }) => supportSettings(db),
    defaults: () => Promise.resolve(SUPPORT_DEFAULTS),
    update: updateSupportSettings,
  },
  {
    name: 'tills',
    output: 'TillSettings',
    input: 'TillSettingsInput',
    table: 'till_settings',
    read: async ({ db }) => ({ ...(await tillSettings(db)) }),
    defaults: async (ctx) => ({ ...defaultTillSettings(await currencyOf(ctx)) }),
    update: updateTillSettings,
  },
  {
    name: 'vendors',
    output: 'VendorSettings',
    input: 'VendorSettingsInput',
    table: 'vendor_settings',
    read: async ({ db }) => ({ ...shownVendorSettings(await vendorSettings(db)) }),
    defaults: () => Promise.resolve({ ...shownVendorSettings(VENDOR_DEFAULTS) }),
    update: updateVendorSettings,
  },
];

const BRANCH_GROUP: SettingGroup = {
  name: 'branch',
  output: 'Branch',
  input: 'UpdateBranchInput',
  table: 'branches',
  rowId: (_, branchId = '') => branchId,
  read: async ({ db }, branchId = '') => {
    const [branch] = await branchesById(db, [branchId]);
    if (!branch) throw notFound('branch', branchId);
    return { ...branch };
  },
  // A branch is opened with its own values.
  defaults: () => Promise.resolve({}),
  update: (ctx, changes, branchId = '') => updateBranch(ctx, branchId, changes),
};

/** All groups: those of the organization, and that of its branches. */
export const SETTING_GROUPS: readonly SettingGroup[] = [
  ...ORGANIZATION_GROUPS.map((group) => ({ ...group, rowId: organizationOf })),
  BRANCH_GROUP,
];

/** Whether each branch has settings of the group. */
export function isOfBranches(group: SettingGroup): boolean {
  return group === BRANCH_GROUP;
}
