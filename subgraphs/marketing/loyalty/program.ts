/** The settings of the loyalty program. */
import { droppedBy, type CacheDefinition } from '#kernel/cache';
import { withoutNull } from '#kernel/collections';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { assertVersion } from '#kernel/db/versions';
import { Decimal, HUNDRED, ONE } from '#kernel/decimal';
import { throwFieldErrors } from '#kernel/validation';
import { lockOrganization, organizationCurrency } from '#subgraphs/auth/index';
import { loyaltyProgramChanged, loyaltyTierChanged } from '../events';
import type { UpdateLoyaltyProgramInput } from '../inputs.generated';
import { loyaltyPrograms, type LoyaltyProgramRow } from '../tables.generated';
import { programErrors } from './program.rules';

/** The columns of a program. */
const PROGRAM_COLUMNS = loyaltyPrograms.omit('organizationId');

/** The settings of a program; version 0 for an organization that has never changed them. */
export interface LoyaltyProgram extends Omit<LoyaltyProgramRow, 'organizationId' | 'updatedAt'> {
  currency: string;
  updatedAt: Date | null;
}

/** The settings before the first change: a point for each unit of the currency, worth a hundredth of it. */
const DEFAULTS: Omit<LoyaltyProgram, 'currency'> = {
  active: false,
  earnRate: ONE,
  pointValue: new Decimal('0.01'),
  earnsOnTax: true,
  earnsOnTips: false,
  earnsOnShipping: false,
  earnsOnGiftCards: false,
  holdDays: 0,
  expiryDays: null,
  minimumRedeem: 1,
  maximumPercent: HUNDRED,
  autoEnroll: true,
  birthdayPoints: 0,
  tierMonths: 12,
  version: 0,
  updatedAt: null,
};

/** The program of the caller's organization. */
export async function loyaltyProgram(db: Queryable): Promise<LoyaltyProgram> {
  const stored = await db.maybeOne<Omit<LoyaltyProgram, 'currency'>>(sql`
    select ${PROGRAM_COLUMNS.select('p')} from loyalty_programs p`);
  return { ...(stored ?? DEFAULTS), currency: await organizationCurrency(db, db.organizationId) };
}

/** The program as sales need it. */
export interface ProgramTerms extends LoyaltyProgram {
  /** Whether spend decides a tier. */
  hasTiers: boolean;
}

const PROGRAM_TERMS: CacheDefinition<ProgramTerms> = {
  name: 'loyalty_programs',
  domain: 'marketing',
  maxSize: 1_000,
  lifetimeMs: 60_000,
  drops: [droppedBy(loyaltyProgramChanged), droppedBy(loyaltyTierChanged)],
};

/** The program; cached, and read again after a change. @param db the caller's own connection. */
export function programTerms(ctx: RequestContext, db: Queryable): Promise<ProgramTerms> {
  return ctx.caches.of(PROGRAM_TERMS).read(db, 'program', async () => {
    const program = await loyaltyProgram(db);
    const { hasTiers } = await db.one<{ hasTiers: boolean }>(
      sql`select exists (select from loyalty_tiers) as has_tiers`,
    );
    return { ...program, hasTiers };
  });
}

/**
 * Changes the program. Omitted fields stay unchanged. Emits "loyalty_program.changed".
 * @throws PosProError 409 CONFLICT for another version; 422 by field.
 */
export async function updateLoyaltyProgram(
  ctx: RequestContext,
  { version, ...input }: UpdateLoyaltyProgramInput,
): Promise<LoyaltyProgram> {
  return transact(ctx, async (tx) => {
    await lockOrganization(tx);
    const before = await loyaltyProgram(tx);
    assertVersion(tx, 'loyalty program', before, version);
    const after = merged(before, input);
    throwFieldErrors(programErrors(after));
    const { organizationId } = tx;
    const row = { ...after, organizationId, version: 1, updatedAt: tx.now };
    const stored = await tx.maybeOne<Omit<LoyaltyProgram, 'currency'>>(sql`
      ${loyaltyPrograms.insert(row)}
      on conflict (organization_id) do update set ${loyaltyPrograms.omit('organizationId', 'version').excluded}
      returning ${PROGRAM_COLUMNS.select('loyalty_programs')}`);
    const program = { ...stored!, currency: before.currency };
    if (program.version !== before.version)
      tx.emit(loyaltyProgramChanged({ key: organizationId, payload: { active: program.active } }));
    return program;
  });
}

/** The settings with the changes of an input; null means no expiry, and otherwise no change. */
function merged(before: LoyaltyProgram, input: Omit<UpdateLoyaltyProgramInput, 'version'>): LoyaltyProgram {
  const { expiryDays, ...others } = input;
  return {
    ...before,
    ...withoutNull(others),
    expiryDays: expiryDays === undefined ? before.expiryDays : expiryDays,
  };
}
