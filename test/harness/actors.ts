/**
 * Who acts in a test: `createOwner` makes a whole organization over the real operations, `userActor` makes an actor with exactly
 * the scopes that a test is about.
 */
import { randomUUID } from 'node:crypto';
import type { Actor, SignedInActor } from '#kernel/auth/actor';
import { passwords } from '#kernel/auth/passwords';
import { ALL_SCOPES, type Scope } from '#kernel/auth/scopes';
import { createContext, type RequestContext, type RequestMeta, type Services } from '#kernel/context';
import { createOrganization, createUser, type NewOrganization, type User } from '#subgraphs/auth/index';
import { authenticate } from '#subgraphs/auth/session-cache';
import type { LoginResult } from '#subgraphs/auth/model';
import { login } from '#subgraphs/auth/sessions';

/** The services of a test, and a way to call them: a test's database or a running platform. */
export interface TestBackend {
  readonly services: Services;
  contextFor(actor: Actor, request?: Partial<RequestMeta>): RequestContext;
}

/** The password of everybody whom the harness makes. */
export const TEST_PASSWORD = 'correct horse battery';

let hashed: Promise<string> | undefined;

/** Hashed once for all users of a test file. */
export function testPasswordHash(): Promise<string> {
  return (hashed ??= passwords.hash(TEST_PASSWORD));
}

/** A signed-in user with exactly these scopes; ids that don't matter are random. */
export function userActor(
  given: Partial<Omit<SignedInActor, 'kind' | 'scopes'>> & { scopes?: readonly Scope[] },
): SignedInActor {
  return {
    kind: 'user',
    userId: given.userId ?? randomUUID(),
    organizationId: given.organizationId ?? randomUUID(),
    branchId: given.branchId,
    role: given.role ?? 'test',
    scopes: new Set(given.scopes ?? []),
    sessionId: given.sessionId ?? randomUUID(),
    ...(given.vendorId !== undefined && { vendorId: given.vendorId }),
  };
}

/** A visitor of a branch's web shop: everyone who has its publishable key. */
export function visitorActor({
  organizationId,
  branchId,
}: Pick<SignedInActor, 'organizationId' | 'branchId'>): SignedInActor {
  return {
    ...userActor({ organizationId, branchId, role: 'API key', scopes: ['shop:use'] }),
    kind: 'apiKey',
    storefront: { channel: 'web' },
  };
}

export interface TestOwner {
  organizationId: string;
  /** The first branch. */
  branchId: string;
  branchIds: readonly string[];
  /** By role name. */
  roleIds: ReadonlyMap<string, string>;
  user: User;
  actor: SignedInActor;
  ctx: RequestContext;
}

/**
 * Makes an organization with a branch and its owner.
 *
 * @example
 * const owner = await createOwner(db, { currency: 'CHF', cashRoundingStep: new Decimal('0.05') });
 * await createBranch(owner.ctx, { name: 'Harbour' });
 */
export async function createOwner(
  db: TestBackend,
  settings: Partial<NewOrganization> = {},
): Promise<TestOwner> {
  const created = await createOrganization(db.services, { name: 'Test Shop', ...settings });
  const { organizationId, branchIds, roleIds } = created;
  const branchId = branchIds[0]!;
  const user = await createColleagueOf(db, { organizationId, branchId }, 'owner');
  const actor = userActor({ userId: user.id, organizationId, branchId, role: 'owner', scopes: ALL_SCOPES });
  return { organizationId, branchId, branchIds, roleIds, user, actor, ctx: db.contextFor(actor) };
}

/** Makes a user of a role, who signs in with `TEST_PASSWORD`. */
export async function createColleagueOf(
  db: TestBackend,
  shop: { organizationId: string; branchId: string },
  role: string,
  email = `${role}-${randomUUID()}@shop.test`,
): Promise<User> {
  const { organizationId, branchId } = shop;
  return createUser(db.services, {
    organizationId,
    branchId,
    email,
    name: `Test ${role}`,
    role,
    passwordHash: await testPasswordHash(),
  });
}

/** Signs in over the real operation. @returns the tokens, and the context of a request that carries the access token. */
export async function signIn(
  db: TestBackend,
  email: string,
  password: string = TEST_PASSWORD,
): Promise<LoginResult & { ctx: RequestContext }> {
  const session = await login(db.contextFor({ kind: 'anonymous' }), { email, password });
  return { ...session, ctx: db.contextFor(await authenticate(db.services, session.accessToken)) };
}

/** An organization whose owner is signed in, for tests over HTTP. @param services those of the platform that is asked. */
export async function signedInOwner(services: Services): Promise<{ owner: TestOwner; token: string }> {
  const contextFor = (actor: Actor) =>
    createContext(services, actor, { requestId: randomUUID(), address: '127.0.0.1' });
  const owner = await createOwner({ services, contextFor });
  const { accessToken } = await signIn({ services, contextFor }, owner.user.email);
  return { owner, token: accessToken };
}
