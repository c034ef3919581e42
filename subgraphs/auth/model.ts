/** Types of the domain's rows, and the columns that are selected for them. None of them contains a secret. */
import { sql, type Sql } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import type { RoundingMode } from '#kernel/money';
import {
  branches,
  organizations,
  roles,
  users,
  type BranchRow,
  type OrganizationRow,
  type RoleRow,
  type UserRow,
} from './tables.generated';

export type { RoundingMode } from '#kernel/money';

/** A business: the tenant. */
export type Organization = Omit<OrganizationRow, 'organizationId' | 'updatedAt'>;

/** A place of business, with the currency of its organization. */
export type Branch = Omit<BranchRow, 'updatedAt'> & { currency: string };

/** A role as it is stored: its scopes may hold "*". */
export type Role = Omit<RoleRow, 'updatedAt'>;

/** A user, with the name and the stored scopes of their role. */
export interface User extends Omit<UserRow, 'searchKey' | 'passwordHash' | 'updatedAt'> {
  role: string;
  roleScopes: string[];
  /** Whether logins require a second factor. */
  twoFactor: boolean;
}

/** A user with organization and branch, for answers to callers who are not signed in yet and cannot read anything. */
export interface UserWithHome extends User {
  home: { organization: Organization; branch: Branch | null };
}

/** The result of a login or a refresh. */
export interface LoginResult {
  accessToken: string;
  refreshToken: string;
  tokenType: 'bearer';
  /** Seconds until the access token expires. */
  expiresIn: number;
  user: UserWithHome;
}

/** Settings of a branch and its organization that a sale needs. */
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
  /**
   * The organization's smallest coin, in the major unit; zero if it does not round cash. Payment methods and branches may have another
   * one: a settlement takes the step of `tillTerms`.
   */
  organizationCashStep: Decimal;
  /** IANA, the branch's own. */
  timeZone: string;
  receiptHeader: string | null;
  receiptFooter: string | null;
  taxNumber: string | null;
  /** The branch's address, a line each. */
  address: string | null;
  /** Of the branch's receipts and mails, BCP 47; null for the organization's default language. */
  language: string | null;
  /** The organization's second currency, ISO 4217; null for none. */
  reportingCurrency: string | null;
  /** The organization's language, in which names are. BCP 47. */
  defaultLanguage: string;
}

export const ORGANIZATION_FIELDS = organizations.omit('organizationId');

const BRANCH_FIELDS = branches;

/** From `branches b join organizations o`. */
export const BRANCH_COLUMNS: Sql = sql`${BRANCH_FIELDS.select('b')}, o.currency`;

export const BRANCH_TABLES: Sql = sql`branches b join organizations o on o.id = b.organization_id`;

export const ROLE_FIELDS = roles;

const USER_FIELDS = users.omit('searchKey', 'passwordHash');

/** From `users u join roles r`. */
export const USER_COLUMNS: Sql = sql`${USER_FIELDS.select('u')}, r.name as role, r.scopes as role_scopes,
  exists (select 1 from two_factors f where f.user_id = u.id and f.confirmed_at is not null) as two_factor`;

export const USER_TABLES: Sql = sql`users u join roles r on r.id = u.role_id`;
