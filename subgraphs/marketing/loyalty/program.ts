/** The settings of the loyalty program. */
import { droppedBy, type CacheDefinition } from '#kernel/cache';
import { withoutNull } from '#kernel/collections';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { Decimal, HUNDRED, ONE } from '#kernel/decimal';
import { throwFieldErrors } from '#kernel/validation';
import {
  currencyOf,
  organizationCurrency,
  organizationSettings,
  type SettingsOf,
} from '#subgraphs/auth/index';
import { loyaltyProgramChanged, loyaltyTierChanged } from '../events';
import type { UpdateLoyaltyProgramInput } from '../inputs.generated';
import { loyaltyPrograms, type LoyaltyProgramRow } from '../tables.generated';
import { programErrors } from './program.rules';

type ProgramSettings = SettingsOf<LoyaltyProgramRow>;

/** The settings of a program. */
export interface LoyaltyProgram extends ProgramSettings {
  currency: string;
}

/** The settings before the first change: a point for each unit of the currency, worth a hundredth of it. */
const DEFAULTS: ProgramSettings = {
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

const SETTINGS = organizationSettings({
  title: 'loyalty program',
  table: loyaltyPrograms,
  defaults: DEFAULTS,
  event: ({ active }, organizationId) => loyaltyProgramChanged({ key: organizationId, payload: { active } }),
});

/** The program of the caller's organization. */
export async function loyaltyProgram(db: Queryable): Promise<LoyaltyProgram> {
  return { ...(await SETTINGS.read(db)), currency: await organizationCurrency(db, db.organizationId) };
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
  { version, expiryDays, ...input }: UpdateLoyaltyProgramInput,
): Promise<LoyaltyProgram> {
  const stored = await SETTINGS.update(ctx, version, (before) => {
    // Null means no expiry, and otherwise no change.
    const changes = { ...withoutNull(input), ...(expiryDays !== undefined && { expiryDays }) };
    throwFieldErrors(programErrors({ ...before, ...changes }));
    return changes;
  });
  return { ...stored, currency: await currencyOf(ctx) };
}
