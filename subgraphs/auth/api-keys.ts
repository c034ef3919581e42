/** API keys: shown once, stored as a hash, with the requested permissions and never more than their creator has. */
import { LRUCache } from 'lru-cache';
import type { SignedInActor } from '#kernel/auth/actor';
import { expandScopes, type Scope } from '#kernel/auth/scopes';
import { newSecret, secretHash } from '#kernel/auth/secrets';
import { FieldErrors } from '#kernel/validation';
import type { RequestContext, Services } from '#kernel/context';
import { sql, type Database, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { PosProError, notFound } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { listPage, type Page, type PageArgs } from '#kernel/paging';
import { branchOf, sellingTerms } from './branches';
import { checkedText } from './validators.rules';
import type { ApiKeyKind, CreateApiKeyInput } from './inputs.generated';
import { SESSION_CACHE_MS } from './session-cache';
import type { User } from './model';
import { requireUser } from './require-user';
import { checkedScopes } from './roles';
import { apiKeys, type ApiKeyRow } from './tables.generated';

/** The first characters of keys, by their kind: people and secret scanners recognize what must stay secret. */
const PREFIXES: Readonly<Record<ApiKeyKind, string>> = {
  secret: 'pospro_sk_',
  publishable: 'pospro_pk_',
};

/** Number of characters of a key that are stored in clear: enough to distinguish keys. */
const PREFIX_CHARACTERS = PREFIXES.secret.length + 6;

/** The only permission of a publishable key. */
const STOREFRONT_SCOPES: readonly Scope[] = ['shop:use'];

/** Whether a bearer token is an API key. */
export function isApiKey(token: string): boolean {
  return Object.values(PREFIXES).some((prefix) => token.startsWith(prefix));
}

/** The role name of a key. A key has no role, so nothing that requires the role "owner" is open to it. */
const ROLE_NAME = 'API key';

const MAX_KEYS = 10_000;
const LAST_USED_PRECISION_MS = 60_000;

/** The visible part of a stored key. */
export type ApiKey = Omit<ApiKeyRow, 'organizationId' | 'keyHash'>;

const KEY_FIELDS = apiKeys.omit('organizationId', 'keyHash');
const HIDDEN_FIELDS = { organizationId: true, keyHash: true } as const;

/**
 * Creates a key.
 * @returns the key itself, which cannot be read again, and its stored data.
 * @throws PosProError 422 by field, 403 for a permission that the caller does not have, and for a caller that is a key; 404 for an
 * unknown branch.
 */
export async function createApiKey(
  ctx: RequestContext,
  input: CreateApiKeyInput,
): Promise<{ key: string; apiKey: ApiKey }> {
  const { userId, scopes } = requireUser(ctx);
  return createKeyOf(ctx, { userId, scopes }, input);
}

/**
 * Creates a key in the name of a user, for an operator at the terminal.
 * @throws PosProError as createApiKey.
 */
export function createKeyFor(
  ctx: RequestContext,
  user: Pick<User, 'id' | 'roleScopes'>,
  input: CreateApiKeyInput,
): Promise<{ key: string; apiKey: ApiKey }> {
  return createKeyOf(ctx, { userId: user.id, scopes: new Set(expandScopes(user.roleScopes)) }, input);
}

async function createKeyOf(
  ctx: RequestContext,
  creator: Pick<SignedInActor, 'userId' | 'scopes'>,
  input: CreateApiKeyInput,
): Promise<{ key: string; apiKey: ApiKey }> {
  const terms = checkedTerms(ctx, input);
  const lacking = terms.scopes.filter((scope) => !creator.scopes.has(scope));
  if (lacking.length > 0) {
    throw new PosProError(
      'FORBIDDEN',
      `You cannot give a key permissions that you do not have: ${lacking.join(', ')}.`,
    );
  }
  const key = newSecret(PREFIXES[terms.kind]);
  const apiKey = await transact(ctx, async (tx) => {
    if (terms.branchId !== null) await sellingTerms(tx, terms.branchId);
    return insertKey(tx, { ...terms, id: ctx.ids.next(), userId: creator.userId, key });
  });
  return { key, apiKey };
}

type KeyTerms = Pick<ApiKeyRow, 'name' | 'kind' | 'scopes' | 'branchId' | 'channel' | 'expiresAt'>;

/** @throws PosProError 422 by field. */
function checkedTerms(ctx: RequestContext, input: CreateApiKeyInput): KeyTerms {
  const kind = input.kind ?? 'secret';
  const permissions = input.permissions ?? [];
  const faults = new FieldErrors();
  const name = checkedText(faults, 'name', input.name, { max: 100 });
  const scopes = checkedScopes(faults, permissions);
  const expiresAt = input.expiresAt ?? null;
  if (expiresAt && expiresAt <= ctx.clock.now()) faults.add('expiresAt', 'Must be in the future.');
  if (kind === 'publishable') {
    if (permissions.length > 0)
      faults.add('permissions', `A publishable key has the permission "${STOREFRONT_SCOPES.join()}" only.`);
    faults.throwIfAny();
    const storefront = { branchId: branchOf(ctx, input.branchId), channel: input.channel ?? 'web' };
    return { name, kind, expiresAt, scopes: [...STOREFRONT_SCOPES], ...storefront };
  }
  if (permissions.length === 0) faults.add('permissions', 'Name at least one permission.', 'REQUIRED');
  for (const field of ['branchId', 'channel'] as const) {
    if (input[field] != null) faults.add(field, 'Only a publishable key has its own branch and channel.');
  }
  faults.throwIfAny();
  return { name, kind, expiresAt, scopes, branchId: null, channel: null };
}

/** Inserts a key. @param row with the key in clear, of which the hash is stored. */
export function insertKey(
  tx: Transaction,
  { key, ...row }: KeyTerms & Pick<ApiKeyRow, 'id' | 'userId'> & { key: string },
): Promise<ApiKey> {
  const { organizationId, now: createdAt } = tx;
  const secret = { prefix: key.slice(0, PREFIX_CHARACTERS), keyHash: secretHash(key) };
  return tx.one<ApiKey>(sql`
    ${apiKeys.insert({ ...row, ...secret, organizationId, createdAt })} returning ${KEY_FIELDS.columns}`);
}

/** The organization's keys, revoked ones included. */
export async function listApiKeys(ctx: RequestContext, args: PageArgs): Promise<Page<ApiKey>> {
  return listPage<ApiKey>(
    ctx.db,
    {
      select: KEY_FIELDS.select('k'),
      from: sql`api_keys k`,
      where: [],
      sorts: { createdAt: sql`k.created_at`, name: sql`k.name` },
      defaultSort: '-createdAt',
      id: sql`k.id`,
    },
    args,
  );
}

/** The calling key; null if the caller is a user or the platform. */
export async function callingKey({
  actor,
  prisma,
}: Pick<RequestContext, 'actor' | 'prisma'>): Promise<ApiKey | null> {
  if (actor.kind !== 'apiKey') return null;
  return prisma.apiKey.findUniqueOrThrow({ where: { id: actor.sessionId }, omit: HIDDEN_FIELDS });
}

/**
 * Revokes a key permanently; programs that use it are rejected within seconds. Repeating the call changes nothing.
 * @throws PosProError 404
 */
export async function revokeApiKey(ctx: RequestContext, id: string): Promise<ApiKey> {
  if (!isUuid(id)) throw notFound('API key', id);
  const apiKey = await transact(ctx, async (tx) => {
    const before = await tx.maybeOne<ApiKey>(
      sql`select ${KEY_FIELDS.select('k')} from api_keys k where k.id = ${id} for update`,
    );
    if (!before) throw notFound('API key', id);
    if (before.revokedAt) return before;
    tx.emit({ type: 'apiKey.revoked', key: id, payload: { apiKeyId: id } });
    return tx.prisma.apiKey.update({ where: { id }, data: { revokedAt: tx.now }, omit: HIDDEN_FIELDS });
  });
  keyCacheOf(ctx).clear();
  return apiKey;
}

/** The valid keys that a user has created, the oldest first. */
export function validKeysOf({ prisma, now }: Transaction, userId: string): Promise<ApiKey[]> {
  return prisma.apiKey.findMany({
    where: { userId, revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: now } }] },
    omit: HIDDEN_FIELDS,
    orderBy: { id: 'asc' },
  });
}

/** Revokes all keys that a user has created. Call `forgetKeys` after the commit. */
export async function revokeUserKeys(tx: Transaction, userId: string): Promise<void> {
  const revoked = await tx.prisma.apiKey.updateManyAndReturn({
    where: { userId, revokedAt: null },
    data: { revokedAt: tx.now },
    select: { id: true },
  });
  for (const { id } of revoked) tx.emit({ type: 'apiKey.revoked', key: id, payload: { apiKeyId: id } });
}

/** Empties this process's cache of keys. */
export function forgetKeys(ctx: Pick<Services, 'database'>): void {
  keyCacheOf(ctx).clear();
}

type KeyCache = LRUCache<string, { untilMs: number; actor: Promise<SignedInActor> }>;

const perDatabase = new WeakMap<Database, KeyCache>();

/** The cache of recently used keys. Any change clears all of it: keys are few, and reading one again costs one statement. */
function keyCacheOf({ database }: Pick<Services, 'database'>): KeyCache {
  let keys = perDatabase.get(database);
  if (!keys) {
    keys = new LRUCache({ max: MAX_KEYS });
    perDatabase.set(database, keys);
  }
  return keys;
}

type KeyServices = Pick<Services, 'database' | 'clock'>;

/**
 * Authenticates an API key.
 * @throws PosProError 401: TOKEN_EXPIRED, TOKEN_REVOKED, otherwise UNAUTHENTICATED.
 */
export function authenticateKey(services: KeyServices, key: string): Promise<SignedInActor> {
  const hash = secretHash(key);
  const cacheKey = hash.toString('base64');
  const keys = keyCacheOf(services);
  const now = services.clock.now();
  const cached = keys.get(cacheKey);
  if (cached && cached.untilMs > now.getTime()) return cached.actor;
  const entry = { untilMs: now.getTime() + SESSION_CACHE_MS, actor: readKey(services, hash, now) };
  keys.set(cacheKey, entry);
  // Errors are not cached: made-up keys must not push out the real ones, and an unavailable database may be back.
  entry.actor.catch(() => {
    if (keys.peek(cacheKey) === entry) keys.delete(cacheKey);
  });
  return entry.actor;
}

type KeyRow = Pick<
  ApiKeyRow,
  'id' | 'userId' | 'organizationId' | 'branchId' | 'channel' | 'scopes' | 'expiresAt'
> & { roleScopes: string[]; revoked: boolean };

async function readKey({ database }: KeyServices, hash: Buffer, now: Date): Promise<SignedInActor> {
  const row = await database.system.maybeOne<KeyRow>(sql`
    select k.id, k.user_id, k.organization_id, coalesce(k.branch_id, u.branch_id) as branch_id, k.channel, k.scopes, r.scopes as role_scopes, k.expires_at,
      k.revoked_at is not null or u.disabled_at is not null as revoked
    from api_keys k join users u on u.id = k.user_id join roles r on r.id = u.role_id where k.key_hash = ${hash}`);
  if (!row) throw new PosProError('UNAUTHENTICATED', 'The API key is unknown.');
  if (row.revoked) throw new PosProError('TOKEN_REVOKED', 'This API key has been revoked.');
  if (row.expiresAt && row.expiresAt <= now)
    throw new PosProError('TOKEN_EXPIRED', 'This API key has expired.');
  await database.system.run(sql`
    update api_keys set last_used_at = ${now}
    where id = ${row.id} and (last_used_at is null or last_used_at < ${new Date(now.getTime() - LAST_USED_PRECISION_MS)})`);
  const creatorScopes = new Set<string>(expandScopes(row.roleScopes));
  return {
    kind: 'apiKey',
    userId: row.userId,
    organizationId: row.organizationId,
    branchId: row.branchId ?? undefined,
    role: ROLE_NAME,
    // The key loses the permissions that its creator has lost since.
    scopes: new Set(expandScopes(row.scopes).filter((scope) => creatorScopes.has(scope))),
    sessionId: row.id,
    ...(row.channel !== null && { storefront: { channel: row.channel } }),
  };
}

/** Clears the cache of keys when other processes change keys, users or roles. @returns a function that stops it. */
export function followKeyChanges(services: Pick<Services, 'database' | 'bus'>): () => void {
  const keys = keyCacheOf(services);
  const subscriptions = ['apiKey.revoked', 'user.changed', 'role.changed'].map((type) =>
    services.bus.subscribeEarly(type, () => keys.clear()),
  );
  return () => {
    for (const unsubscribe of subscriptions) unsubscribe();
  };
}
