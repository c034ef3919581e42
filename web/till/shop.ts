/** The shop, the person and the register that the till works with, and their copies for a start without a connection. */
import { STORED_VALUE } from './core/connection-needs';
import type { TillTerms } from './core/money';
import { writeState, readState, type TillDatabase } from './storage/database';
import {
  RegisterTermsDocument,
  TillShopDocument,
  type PaymentMethodKind,
  type TillRegisterFragment,
  type TillShopQuery,
} from './operations.generated';
import type { TillApi } from './till-api';

/** The person who works at the till, with the shop. */
export type Person = TillShopQuery['me'];

export interface Shop {
  readonly me: Person;
  /** Largest discount without an approval, in percent; null if the role has no limit. */
  readonly discountLimit: string | null;
}

const SHOP_KEY = 'pospro.till.shop';
const REGISTER_KEY = 'register';

/** Reads the shop, and keeps a copy. @throws Unreachable */
export async function readShop(api: TillApi): Promise<Shop> {
  const { me, tillSettings } = await api.query(TillShopDocument, {});
  const limit = tillSettings.limits.find(({ role }) => role === me.role);
  const shop: Shop = { me, discountLimit: limit?.discountPercent ?? null };
  localStorage.setItem(SHOP_KEY, JSON.stringify(shop));
  return shop;
}

/** The copy of the shop; undefined if no one has signed in here. */
export function copiedShop(): Shop | undefined {
  const text = localStorage.getItem(SHOP_KEY);
  return text === null ? undefined : (JSON.parse(text) as Shop);
}

/** Forgets the person: the next one must not start as the one before. */
export function forgetShop(): void {
  localStorage.removeItem(SHOP_KEY);
}

/** A payment method that the till offers. */
export interface OfferedMethod {
  readonly method: PaymentMethodKind;
  readonly name: string;
  readonly needsReference: boolean;
}

/** The open register. */
export interface OpenTill {
  readonly registerId: string;
  readonly sessionId: string;
  readonly name: string;
  readonly branchId: string;
  readonly paperWidth: number;
  /** Whether offline sales need the signature of a registered device, which this till does not make. */
  readonly requiresDevice: boolean;
  readonly training: boolean;
  readonly terms: TillTerms;
  readonly methods: readonly OfferedMethod[];
}

/** Methods that the till offers; sales on account are not among them. */
const OFFERED: ReadonlySet<string> = new Set([
  'cash',
  'card',
  'mobile',
  'bank_transfer',
  'other',
  ...STORED_VALUE,
]);

/** Reads what selling at a register needs. @throws Unreachable */
export async function readOpenTill(
  api: TillApi,
  { organization }: Person,
  register: TillRegisterFragment,
  session: { readonly id: string; readonly training: boolean },
): Promise<OpenTill> {
  const { branchId, currency, name, paperWidth, requiresDevice } = register;
  const read = await api.query(RegisterTermsDocument, { branchId, currency });
  const cash = read.paymentMethods.find(({ method }) => method === 'cash');
  return {
    ...{ registerId: register.id, sessionId: session.id, training: session.training },
    ...{ name, branchId, paperWidth, requiresDevice },
    terms: {
      currency,
      places: read.currency.exponent,
      roundingMode: organization.roundingMode === 'half_even' ? 'HALF_EVEN' : 'HALF_UP',
      pricesIncludeTax: organization.pricesIncludeTax,
      cashStep: cash?.effectiveCashRoundingStep ?? '0',
    },
    methods: read.paymentMethods
      .filter(({ method }) => OFFERED.has(method))
      .map(({ method, name: label, needsReference }) => ({ method, name: label, needsReference })),
  };
}

/** The register that was open here before a reload. */
export function copiedTill(db: TillDatabase): Promise<OpenTill | undefined> {
  return readState<OpenTill>(db, REGISTER_KEY);
}

/** Keeps the register for a reload; undefined after it was closed. */
export function keepTill(db: TillDatabase, till: OpenTill | undefined): Promise<void> {
  return writeState(db, REGISTER_KEY, till);
}
