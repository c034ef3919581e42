/** The shapes of the rows of this domain, and what is selected to get them. No secret stands in any of them. */
import { sql, type Sql } from '../../kernel/db/database';
import type { Decimal } from '../../kernel/decimal';
import type { RoundingMode } from '../../kernel/money';

export type { RoundingMode } from '../../kernel/money';

/** A business: the tenant. */
export interface Organization {
  id: string;
  name: string;
  /** ISO 4217. */
  currency: string;
  roundingMode: RoundingMode;
  pricesIncludeTax: boolean;
  /** The smallest coin, in the major unit; zero where cash isn't rounded. */
  cashRoundingStep: Decimal;
  /** IANA. */
  timeZone: string;
  taxNumber: string | null;
  /** BCP 47. */
  defaultLanguage: string;
  createdAt: Date;
}

/** A place of business, with the currency of its organization. */
export interface Branch {
  id: string;
  organizationId: string;
  name: string;
  code: string;
  address: string | null;
  timeZone: string;
  receiptHeader: string | null;
  receiptFooter: string | null;
  currency: string;
  createdAt: Date;
}

/** A role as it is stored: its scopes may hold "*". */
export interface Role {
  id: string;
  organizationId: string;
  name: string;
  scopes: string[];
  builtIn: boolean;
  createdAt: Date;
}

/** A person, with the name and the stored scopes of their role. */
export interface User {
  id: string;
  organizationId: string;
  branchId: string | null;
  email: string;
  name: string;
  roleId: string;
  role: string;
  roleScopes: string[];
  emailVerifiedAt: Date | null;
  lastLoginAt: Date | null;
  /** Whether a login needs a second factor. */
  twoFactor: boolean;
  disabledAt: Date | null;
  createdAt: Date;
}

/** Everything about a branch and its organization that a sale has to know. */
export interface SellingTerms {
  organizationId: string;
  organizationName: string;
  branchId: string;
  branchName: string;
  branchCode: string;
  /** ISO 4217. */
  currency: string;
  roundingMode: RoundingMode;
  pricesIncludeTax: boolean;
  /** The smallest coin, in the major unit; zero where cash isn't rounded. */
  cashRoundingStep: Decimal;
  /** IANA, the branch's own. */
  timeZone: string;
  receiptHeader: string | null;
  receiptFooter: string | null;
  taxNumber: string | null;
  /** The branch's address, a line each. */
  address: string | null;
}

export const ORGANIZATION_COLUMNS: Sql = sql`o.id, o.name, o.currency, o.rounding_mode, o.prices_include_tax,
  o.cash_rounding_step, o.time_zone, o.tax_number, o.default_language, o.created_at`;

/** From `branches b join organizations o`. */
export const BRANCH_COLUMNS: Sql = sql`b.id, b.organization_id, b.name, b.code, b.address, b.time_zone, b.receipt_header,
  b.receipt_footer, o.currency, b.created_at`;

export const BRANCH_TABLES: Sql = sql`branches b join organizations o on o.id = b.organization_id`;

export const ROLE_COLUMNS: Sql = sql`r.id, r.organization_id, r.name, r.scopes, r.built_in, r.created_at`;

/** From `users u join roles r`. */
export const USER_COLUMNS: Sql = sql`u.id, u.organization_id, u.branch_id, u.email, u.name, u.role_id, r.name as role,
  r.scopes as role_scopes, u.email_verified_at, u.last_login_at, u.disabled_at, u.created_at,
  exists (select 1 from two_factors f where f.user_id = u.id and f.confirmed_at is not null) as two_factor`;

export const USER_TABLES: Sql = sql`users u join roles r on r.id = u.role_id`;
