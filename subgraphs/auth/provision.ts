/** Creates organizations and users from inside the platform: for registrations, the demo shop and tests. */
import { passwords } from '#kernel/auth/passwords';
import { FieldErrors } from '#kernel/validation';
import { systemContext, type RequestContext, type Services } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { notFound } from '#kernel/errors';
import { checkedBranch, insertBranch, type CheckedBranch } from './branches';
import { checkPassword, checkedEmail, checkedText } from './validators.rules';
import type { CreateBranchInput } from './inputs.generated';
import {
  checkedOrganization,
  insertOrganization,
  type CheckedOrganization,
  type OrganizationSettings,
} from './organizations';
import { insertDefaultRoles, roleByName } from './roles';
import type { User } from './model';
import { insertUser } from './users';

/** A new organization. Its ids may be set, so that the demo shop is the same everywhere. */
export interface NewOrganization extends OrganizationSettings {
  id?: string;
  /** Optional; defaults to one branch with the organization's name. */
  branches?: readonly (CreateBranchInput & { id?: string })[];
  /** Ids of the default roles by their names. */
  roleIds?: Readonly<Record<string, string | undefined>>;
}

export interface CreatedOrganization {
  organizationId: string;
  /** In the order of the input. */
  branchIds: string[];
  /** By role name. */
  roleIds: ReadonlyMap<string, string>;
}

/** The checked input of `insertOrganizationWithBranches`. */
interface PreparedOrganization {
  organization: CheckedOrganization;
  branches: readonly { id: string; row: CheckedBranch }[];
  roleIds?: Readonly<Record<string, string | undefined>> | undefined;
}

/** Writes an organization with its branches and the default roles, in a transaction of its own organization. */
export async function insertOrganizationWithBranches(
  tx: Transaction,
  ctx: Pick<RequestContext, 'ids'>,
  prepared: PreparedOrganization,
): Promise<CreatedOrganization> {
  await insertOrganization(tx, prepared.organization);
  for (const branch of prepared.branches) await insertBranch(tx, branch.id, branch.row);
  const roleIds = await insertDefaultRoles(tx, () => ctx.ids.next(), prepared.roleIds);
  return {
    organizationId: tx.organizationId,
    branchIds: prepared.branches.map((branch) => branch.id),
    roleIds,
  };
}

/**
 * Creates an organization with its branches and the default roles, without users.
 * @throws PosProError 422 by field.
 */
export async function createOrganization(
  services: Services,
  input: NewOrganization,
): Promise<CreatedOrganization> {
  const ctx = systemContext(services, input.id ?? services.ids.next(), { address: 'platform' });
  const faults = new FieldErrors();
  const organization = checkedOrganization(faults, input, 'name');
  const branches = (input.branches ?? [{ name: input.name }]).map(
    (branch: CreateBranchInput & { id?: string }, index) => ({
      id: branch.id ?? ctx.ids.next(),
      row: checkedBranch(faults, branch, `branches.${index}.`),
    }),
  );
  faults.throwIfAny();
  return transact(ctx, (tx) =>
    insertOrganizationWithBranches(tx, ctx, { organization, branches, roleIds: input.roleIds }),
  );
}

/** A new user of an existing organization. */
export interface NewUser {
  id?: string;
  organizationId: string;
  email: string;
  name: string;
  /** The role's name. */
  role: string;
  branchId?: string | null;
  /** For a user with the role of vendors. */
  vendorId?: string;
  password?: string | null;
  /** Instead of a password: a PHC string, or the bcrypt hash of a user who comes from another system. */
  passwordHash?: string | null;
}

/**
 * Creates a user, without checking permissions.
 * @throws PosProError 422 by field, 404 for an unknown role, 409 ALREADY_EXISTS for a known address.
 */
export async function createUser(services: Services, input: NewUser): Promise<User> {
  const faults = new FieldErrors();
  const email = checkedEmail(faults, 'email', input.email);
  const name = checkedText(faults, 'name', input.name, { max: 200 });
  if (input.password != null) checkPassword(faults, 'password', input.password, email);
  faults.throwIfAny();
  const passwordHash =
    input.passwordHash ?? (input.password == null ? null : await passwords.hash(input.password));
  const ctx = systemContext(services, input.organizationId, { address: 'platform' });
  return transact(ctx, async (tx) => {
    const role = await roleByName(tx, input.organizationId, input.role);
    if (!role) throw notFound('role', input.role);
    const id = input.id ?? ctx.ids.next();
    return insertUser(tx, {
      id,
      email,
      name,
      roleId: role.id,
      branchId: input.branchId ?? null,
      vendorId: input.vendorId ?? null,
      passwordHash,
    });
  });
}
