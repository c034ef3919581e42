/** `pospro users add`: creates a user without a signed-in administrator, as for the first users of a shop. */
import { randomBytes } from 'node:crypto';
import { PosProError, invalid } from '#kernel/errors';
import type { Services } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { createOrganizationUser, findUserByEmail } from '#subgraphs/auth/index';
import { say } from '../run-tool';
import type { Arguments } from './command';
import { operatorContext } from './operator';
import { readSecret } from './read-secret';
import { chooseOrganization, readSettings, withServices } from './services';

/** Characters of a generated password: 20, of 120 random bits. */
const PASSWORD_BYTES = 15;

export async function addUser(given: Arguments): Promise<void> {
  const [email] = given.positionals as [string];
  const invited = given.flag('invite');
  const asked = given.flag('password');
  if (invited && asked)
    throw invalid('password', 'An invited user chooses the password: give one option only.');
  await withServices(readSettings(), async (services) => {
    const organization = await chooseOrganization(services, given.text('organization'));
    if (await findUserByEmail(services.database.system, email))
      throw new PosProError('ALREADY_EXISTS', `There is a user with the address ${email} already.`);
    const branchId = await findBranch(services, organization.id, given.text('branch'));
    const password = invited
      ? null
      : asked
        ? await readSecret(`Password of ${email}: `)
        : randomBytes(PASSWORD_BYTES).toString('base64url');
    const role = given.text('role') ?? 'cashier';
    const input = { email, name: given.text('name') ?? email.split('@')[0]!, role, branchId };
    const ctx = operatorContext(services, organization.id, { name: 'registerUser', input });
    const user = await createOrganizationUser(ctx, { ...input, password });
    say(`Created ${user.email} as ${user.role} of ${organization.name}.`);
    if (invited) say('An e-mail invites the user to choose a password; the running platform sends it.');
    else if (!asked) say(`Password, shown only this once: ${password}`);
  });
}

/** The branch with an id, a code or a name; without it, the oldest branch. */
async function findBranch(
  { database }: Services,
  organizationId: string,
  wanted: string | undefined,
): Promise<string | null> {
  const branches = await database
    .forOrganization(organizationId)
    .many<{ id: string; code: string; name: string }>(
      sql`select id, code, name from branches order by created_at, id`,
    );
  if (wanted === undefined) return branches[0]?.id ?? null;
  const key = wanted.toLowerCase();
  const branch = branches.find(({ id, code, name }) =>
    [id, code, name].some((text) => text.toLowerCase() === key),
  );
  if (branch) return branch.id;
  const names = branches.map(({ code, name }) => `${code} (${name})`).join(', ');
  throw invalid('branch', `"${wanted}" is not one of the branches: ${names}.`);
}
