import { accessError, requireScope } from '#kernel/auth/access';
import { passwords } from '#kernel/auth/passwords';
import { FieldErrors } from '#kernel/validation';
import type { RequestContext } from '#kernel/context';
import { transact } from '#kernel/db/transact';
import { platformContext } from './system-context';
import { countAttempt } from './login-throttle';
import { checkedBranch } from './branches';
import { createOrganizationUser } from './user-administration';
import { checkPassword, checkedCountry, checkedEmail, checkedText, optionalText } from './validators.rules';
import type { CreateBranchInput, RegisterUserInput } from './inputs.generated';
import { queueMail, wakeMail } from './mail/mail-jobs.worker';
import type { NewShop, NewShopPart } from './new-shop';
import { checkedOrganization, type CheckedOrganization } from './organizations';
import { insertOrganizationWithBranches } from './provision';
import { OWNER } from './roles.rules';
import { guessedCountry, settingsOfCountry, SHOP_COUNTRIES, shopTexts } from './shop-countries.rules';
import type { UserWithHome } from './model';
import { insertUser, withHome, type GraphUser } from './users';

const EXISTING_ORGANIZATION_FIELDS = ['role', 'branchId'] as const;
const NEW_ORGANIZATION_FIELDS = [
  'organizationName',
  'branchName',
  'country',
  'currency',
  'roundingMode',
  'pricesIncludeTax',
  'cashRoundingStep',
  'timeZone',
  'taxNumber',
  'defaultLanguage',
] as const;

/** Code of the first branch of a shop with a country. */
const FIRST_BRANCH_CODE = 'B1';

/**
 * Without a token: creates an organization, its first branch and its owner; with a country also what a shop there needs. With a token: creates a user in the caller's
 * organization. In both cases an e-mail asks to verify the address, or to choose the password.
 * @throws PosProError 401 for an invalid token, 429, 403 for a signed-in caller without "admin:users", 422 by field, 409
 * ALREADY_EXISTS for a known address.
 * @param newShop the parts of the other domains in a shop with a country. Optional; defaults to none.
 */
export async function registerUser(
  ctx: RequestContext,
  input: RegisterUserInput,
  newShop: readonly NewShopPart[] = [],
): Promise<GraphUser> {
  if (ctx.actor.kind === 'anonymous') {
    // A caller who sends a token wants a user in their organization; an expired token must not create a new organization instead.
    if (ctx.actor.refusal) throw accessError(ctx.actor);
    await countAttempt(ctx, 'register', '');
    return registerOrganization(ctx, input, newShop);
  }
  requireScope(ctx, 'admin:users', 'Creating a user');
  const faults = new FieldErrors();
  rejectFields(
    faults,
    input,
    NEW_ORGANIZATION_FIELDS,
    'Only for a new organization, which is registered without a token.',
  );
  if (input.role == null) faults.add('role', 'Name the role of the new user.', 'REQUIRED');
  faults.throwIfAny();
  return createOrganizationUser(ctx, { ...input, role: input.role! });
}

async function registerOrganization(
  ctx: RequestContext,
  input: RegisterUserInput,
  newShop: readonly NewShopPart[],
): Promise<UserWithHome> {
  const faults = new FieldErrors();
  // These fields mean that the caller wants a user and forgot the token: that must not create a new organization by mistake.
  rejectFields(
    faults,
    input,
    EXISTING_ORGANIZATION_FIELDS,
    'Only for a user of an existing organization, who is registered with the token of an administrator.',
  );
  const email = checkedEmail(faults, 'email', input.email);
  const name = checkedText(faults, 'name', input.name, { max: 200 });
  if (input.password == null) faults.add('password', 'Choose a password.', 'REQUIRED');
  else checkPassword(faults, 'password', input.password, email);
  const country =
    input.country == null
      ? (guessedCountry(input) ?? null)
      : checkedCountry(faults, 'country', input.country);
  const organization = checkedOrganization(
    faults,
    { ...settingsOfCountry(country, input), name: input.organizationName ?? '' },
    'organizationName',
  );
  const branchName = optionalText(faults, 'branchName', input.branchName, { max: 200 }) ?? organization.name;
  faults.throwIfAny();
  const passwordHash = await passwords.hash(input.password!);
  const id = ctx.ids.next();
  const platformCtx = platformContext(ctx, ctx.ids.next(), {
    kind: 'user',
    userId: id,
    role: OWNER,
    sessionId: null,
  });
  const branchId = ctx.ids.next();
  const row = checkedBranch(faults, firstBranch(branchName, country, organization));
  const user = await transact(platformCtx, async (tx) => {
    const { roleIds } = await insertOrganizationWithBranches(tx, platformCtx, {
      organization,
      branches: [{ id: branchId, row }],
    });
    if (country !== null) {
      const shop = toNewShop(country, organization, { id: branchId, name: branchName });
      for (const part of newShop) await part(tx, platformCtx, shop);
    }
    const owner = await insertUser(tx, {
      id,
      email,
      name,
      roleId: roleIds.get(OWNER)!,
      branchId,
      passwordHash,
    });
    await queueMail(tx, ctx.ids.next(), id, 'verify_email');
    return owner;
  });
  wakeMail(ctx);
  return withHome(platformCtx, user);
}

/** The input of the first branch. With a country it has the country's first text of receipts, too. */
function firstBranch(
  name: string,
  country: string | null,
  { defaultLanguage }: CheckedOrganization,
): CreateBranchInput {
  if (country === null) return { name };
  return {
    name,
    code: FIRST_BRANCH_CODE,
    country,
    receiptFooter: shopTexts(defaultLanguage).receiptFooter,
  };
}

function toNewShop(
  country: string,
  { currency, defaultLanguage }: CheckedOrganization,
  branch: { id: string; name: string },
): NewShop {
  const languages = SHOP_COUNTRIES[country]?.languages ?? [];
  return {
    country,
    currency,
    otherLanguages: languages.filter((language) => language !== defaultLanguage),
    branch: { ...branch, code: FIRST_BRANCH_CODE },
    registerName: `${shopTexts(defaultLanguage).register} 1`,
  };
}

function rejectFields(
  faults: FieldErrors,
  input: RegisterUserInput,
  fields: readonly (keyof RegisterUserInput)[],
  message: string,
): void {
  for (const field of fields) if (input[field] != null) faults.add(field, message, 'NOT_ALLOWED');
}
