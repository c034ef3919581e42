/** `pospro token`: an API key for programs and for calls from the terminal. */
import type { Services } from '#kernel/context';
import { expandScopes } from '#kernel/auth/scopes';
import { sql } from '#kernel/db/database';
import { createKeyFor, findUserByEmail, usersById, type User } from '#subgraphs/auth/index';
import { say } from '../run-tool';
import type { Arguments } from './command';
import { UsageError } from './errors';
import { operatorContext } from './operator';
import { chooseOrganization, readSettings, withServices } from './services';

const HOUR_MS = 3_600_000;
const DEFAULT_HOURS = 24;
const MAX_HOURS = 24 * 366;

export interface KeyRequest {
  readonly name: string;
  /** Optional; defaults to all that the user has. */
  readonly permissions?: readonly string[];
  readonly lifetimeMs: number;
}

export async function makeToken(given: Arguments): Promise<void> {
  const hours = Number(given.text('hours') ?? DEFAULT_HOURS);
  if (!(hours > 0 && hours <= MAX_HOURS))
    throw new UsageError(`--hours must be a number above 0, and at most ${MAX_HOURS}.`);
  await withServices(readSettings(), async (services) => {
    const user = await chooseUser(services, given);
    const key = await createKey(services, user, {
      name: given.text('name') ?? 'pospro token',
      permissions: given.texts('permission'),
      lifetimeMs: hours * HOUR_MS,
    });
    // The key alone goes to the standard output, for TOKEN=$(pospro token).
    process.stderr.write(
      `A key of ${user.email}, valid for ${hours} hours, shown only this once. DELETE /api/v1/auth/api-keys/${key.id} ends it.\n`,
    );
    say(key.secret);
  });
}

/** The user of `--user`; without it, the oldest owner of the organization. */
async function chooseUser(services: Services, given: Arguments): Promise<User> {
  const email = given.text('user');
  if (email === undefined)
    return findOwner(services, (await chooseOrganization(services, given.text('organization'))).id);
  const user = await findUserByEmail(services.database.system, email);
  if (user?.disabledAt !== null || user.vendorId !== null)
    throw new UsageError(`There is no user of a shop with the address ${email} who may sign in.`);
  return user;
}

/** The oldest owner who may sign in. @throws UsageError without one. */
export async function findOwner({ database }: Services, organizationId: string): Promise<User> {
  const db = database.forOrganization(organizationId);
  const owner = await db.maybeOne<{ id: string }>(sql`
    select u.id from users u join roles r on r.id = u.role_id
    where r.name = 'owner' and u.disabled_at is null order by u.created_at, u.id limit 1`);
  const [user] = owner ? await usersById(db, [owner.id]) : [];
  if (!user)
    throw new UsageError('The organization has no owner who may sign in. Choose a user with --user.');
  return user;
}

/** Creates a key in the name of a user. @throws PosProError 422 for unknown permissions, 403 for those that the user does not have. */
export async function createKey(
  services: Services,
  user: User,
  { name, permissions = [], lifetimeMs }: KeyRequest,
): Promise<{ id: string; secret: string }> {
  const scopes = permissions.length > 0 ? permissions : expandScopes(user.roleScopes);
  const expiresAt = new Date(services.clock.now().getTime() + lifetimeMs);
  const input = { name, permissions: [...scopes], expiresAt };
  const ctx = operatorContext(services, user.organizationId, { name: 'createApiKey', input });
  const { key, apiKey } = await createKeyFor(ctx, user, input);
  return { id: apiKey.id, secret: key };
}
