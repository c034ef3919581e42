import type DataLoader from 'dataloader';
import { userOf } from '#kernel/auth/access';
import { SCOPES, expandScopes } from '#kernel/auth/scopes';
import type { RequestContext, Services } from '#kernel/context';
import { notFound } from '#kernel/errors';
import { asOwn } from '#kernel/graph/guards';
import { byId, loader } from '#kernel/graph/loader';
import { defineSubgraph, type Stop } from '#kernel/graph/subgraph';
import { formatMoney } from '#kernel/money';
import {
  changePassword,
  listSessions,
  requestPasswordReset,
  resetPassword,
  revokeOwnSession,
  verifyEmail,
} from './account';
import { authenticateBearer } from './authenticate';
import { callingKey, createApiKey, followKeyChanges, listApiKeys, revokeApiKey } from './api-keys';
import { drainBackgroundTasks } from './background-tasks';
import { branchesById, createBranch, listBranches, updateBranch } from './branches';
import { AUTH_RETENTION } from './retention';
import { disableUser, enableUser, resetTwoFactor, updateUser } from './user-administration';
import { followSessionChanges } from './session-cache';
import { startMail } from './mail/mail-jobs.worker';
import { organizationsById, ownOrganization, updateOrganization } from './organizations';
import { registerUser } from './registration';
import { callerPermissions, createRole, listRoles, rolesById, updateRole } from './roles';
import type { Branch, Organization, Role, User } from './model';
import type { NewShopPart } from './new-shop';
import { login, logout, refreshSession } from './sessions';
import { confirmTwoFactor, disableTwoFactor, enrollTwoFactor } from './two-factor';
import type { MutationResolvers, QueryResolvers, Resolvers } from './types.generated';
import { listUsers, usersById, type GraphUser } from './users';
import { accountContext } from './vendor-users';

const organizations = (ctx: RequestContext): DataLoader<string, Organization | undefined> =>
  loader(ctx, 'auth.organization', async (ids) => byId(await organizationsById(ctx, ids)));
const branches = (ctx: RequestContext): DataLoader<string, Branch | undefined> =>
  loader(ctx, 'auth.branch', async (ids) => byId(await branchesById(ctx.db, ids)));
const users = (ctx: RequestContext): DataLoader<string, User | undefined> =>
  loader(ctx, 'auth.user', async (ids) => byId(await usersById(ctx.db, ids)));
const roles = (ctx: RequestContext): DataLoader<string, Role | undefined> =>
  loader(ctx, 'auth.role', async (ids) => byId(await rolesById(ctx, ids)));

/** Loads an entity by its id. @throws PosProError 404 for an unknown one, and for another organization's. */
async function requireById<Value>(
  entity: string,
  id: string,
  values: DataLoader<string, Value | undefined>,
): Promise<Value> {
  const value = await values.load(id);
  if (value === undefined) throw notFound(entity, id);
  return value;
}

const Query: QueryResolvers = {
  me: async (_, __, ctx) => {
    const id = userOf(ctx);
    // The platform's own context acts for no user.
    if (id === undefined) throw notFound('user', 'system');
    const user = await requireById('user', id, users(accountContext(ctx)));
    // A copy is marked, since the loader's row also serves other fields, such as the cashier of an order.
    return ctx.actor.kind === 'user' ? asOwn({ ...user }) : user;
  },
  permissions: (_, __, ctx) => callerPermissions(ctx),
  organization: (_, __, ctx) => ownOrganization(ctx),
  branches: (_, args, ctx) => listBranches(ctx, args),
  branch: (_, { id }, ctx) => requireById('branch', id, branches(ctx)),
  users: (_, args, ctx) => listUsers(ctx, args),
  sessions: (_, __, ctx) => listSessions(accountContext(ctx)),
  apiKeys: (_, args, ctx) => listApiKeys(ctx, args),
  roles: (_, __, ctx) => listRoles(ctx),
};

const registration = (newShop: readonly NewShopPart[]): Pick<MutationResolvers, 'registerUser'> => ({
  registerUser: async (_, { input }, ctx) => asOwn(await registerUser(ctx, input, newShop)),
});

const Mutation: MutationResolvers = {
  login: (_, { input }, ctx) => login(ctx, input),
  refreshSession: (_, { input }, ctx) => refreshSession(ctx, input),
  logout: async (_, __, ctx) => {
    await logout(accountContext(ctx));
    return { success: true };
  },
  requestPasswordReset: async (_, { input }, ctx) => {
    await requestPasswordReset(ctx, input);
    return { accepted: true };
  },
  resetPassword: async (_, { input }, ctx) => ({ success: true, apiKeys: await resetPassword(ctx, input) }),
  verifyEmail: (_, { input }, ctx) => verifyEmail(ctx, input),
  changePassword: async (_, { input }, ctx) => ({
    success: true,
    apiKeys: await changePassword(accountContext(ctx), input),
  }),
  revokeSession: async (_, { id }, ctx) => {
    await revokeOwnSession(accountContext(ctx), id);
    return { success: true };
  },
  enrollTwoFactor: (_, { input }, ctx) => enrollTwoFactor(accountContext(ctx), input),
  confirmTwoFactor: async (_, { input }, ctx) => ({
    recoveryCodes: await confirmTwoFactor(accountContext(ctx), input),
  }),
  disableTwoFactor: async (_, { input }, ctx) => asOwn(await disableTwoFactor(accountContext(ctx), input)),
  resetTwoFactor: (_, { id }, ctx) => resetTwoFactor(ctx, id),
  createApiKey: (_, { input }, ctx) => createApiKey(ctx, input),
  revokeApiKey: (_, { id }, ctx) => revokeApiKey(ctx, id),
  updateOrganization: (_, { input }, ctx) => updateOrganization(ctx, input),
  createBranch: (_, { input }, ctx) => createBranch(ctx, input),
  updateBranch: (_, { id, input }, ctx) => updateBranch(ctx, id, input),
  updateUser: (_, { id, input }, ctx) => updateUser(ctx, id, input),
  disableUser: (_, { id }, ctx) => disableUser(ctx, id),
  enableUser: (_, { id }, ctx) => enableUser(ctx, id),
  createRole: (_, { input }, ctx) => createRole(ctx, input),
  updateRole: (_, { id, input }, ctx) => updateRole(ctx, id, input),
};

/** Resolvers of the fields that `User` and `Caller` share. */
const userFields = {
  organization: (user: GraphUser, _: unknown, ctx: RequestContext) =>
    'home' in user
      ? user.home.organization
      : requireById('organization', user.organizationId, organizations(ctx)),
  branch: async (user: GraphUser, _: unknown, ctx: RequestContext) => {
    if ('home' in user) return user.home.branch;
    return user.branchId === null ? null : ((await branches(ctx).load(user.branchId)) ?? null);
  },
  active: (user: GraphUser) => user.disabledAt === null,
  emailVerified: (user: GraphUser) => user.emailVerifiedAt !== null,
};

const resolvers: Resolvers = {
  Query,
  Mutation,
  RoundingMode: { half_up: 'HALF_UP', half_even: 'HALF_EVEN' },
  Organization: {
    __resolveReference: ({ id }, ctx) => organizations(ctx).load(id),
    cashRoundingStep: (organization) => formatMoney(organization.cashRoundingStep, organization.currency),
  },
  Branch: { __resolveReference: ({ id }, ctx) => branches(ctx).load(id) },
  User: {
    __resolveReference: ({ id }, ctx) => users(ctx).load(id),
    permissions: (user) => [...expandScopes(user.roleScopes)],
    ...userFields,
  },
  AuthSession: { user: ({ user }) => asOwn(user) },
  Caller: {
    ...userFields,
    role: (_, __, ctx) => callerPermissions(ctx).role,
    permissions: (_, __, ctx) => [...callerPermissions(ctx).permissions],
    apiKey: (_, __, ctx) => callingKey(ctx),
  },
  ApiKey: { permissions: ({ scopes }) => scopes, createdById: ({ userId }) => userId },
  Role: {
    __resolveReference: ({ id }, ctx) => roles(ctx).load(id),
    permissions: (role) => [...expandScopes(role.scopes)],
  },
  CallerPermissions: {
    apiKey: (_, __, ctx) => callingKey(ctx),
    permissions: ({ permissions }) => [...permissions],
    details: ({ permissions }) => permissions.map((name) => ({ name, description: SCOPES[name] })),
  },
};

/** Follows the changes of other processes, and sends e-mails. */
function start(services: Services): Promise<Stop> {
  const stopFollowing = followSessionChanges(services);
  const stopFollowingKeys = followKeyChanges(services);
  const stopMail = startMail(services);
  return Promise.resolve(async () => {
    stopFollowingKeys();
    await stopFollowing();
    await drainBackgroundTasks(services);
    await stopMail();
  });
}

/**
 * Organizations, branches, users, roles and sessions.
 * @param later.newShop the parts of the other domains in a new shop.
 */
export const subgraph = ({ newShop }: { newShop: readonly NewShopPart[] }) =>
  defineSubgraph(__dirname, {
    retention: AUTH_RETENTION,
    resolvers: { ...resolvers, Mutation: { ...Mutation, ...registration(newShop) } },
    start,
    authenticate: authenticateBearer,
  });
