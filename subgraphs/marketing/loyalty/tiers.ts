/** The tiers of the loyalty program. */
import { cleanName } from '#kernel/clean-text.rules';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { mapUniqueViolations } from '#kernel/db/unique-violations';
import { isChanged, lockVersion } from '#kernel/db/versions';
import { ONE } from '#kernel/decimal';
import { PosProError, notFound } from '#kernel/errors';
import { nameKey } from '#kernel/fold-text.rules';
import { deletionOf, type Deletion } from '#kernel/graph/deletion';
import { isUuid } from '#kernel/ids';
import { nameErrors, throwFieldErrors } from '#kernel/validation';
import { currencyOf, lockOrganization } from '#subgraphs/auth/index';
import { loyaltyTierChanged } from '../events';
import type { CreateLoyaltyTierInput, UpdateLoyaltyTierInput } from '../inputs.generated';
import { loyaltyTiers, type LoyaltyTierRow } from '../tables.generated';
import { tierErrors } from './program.rules';

/** A tier with the currency of its amounts. */
export type LoyaltyTier = LoyaltyTierRow & { currency: string };

/** A program has few tiers, so they are read together. */
const MAX_TIERS = 20;

/** All tiers, the lowest threshold first. */
export async function listTiers(db: Queryable): Promise<LoyaltyTier[]> {
  return db.many<LoyaltyTier>(sql`
    select ${loyaltyTiers.select('t')}, o.currency from loyalty_tiers t join organizations o on o.id = t.organization_id
    order by t.threshold`);
}

/** The tier with an id. @throws PosProError 404. */
export async function requireTier(db: Queryable, id: string): Promise<LoyaltyTier> {
  const tier = isUuid(id)
    ? (await listTiers(db)).find((candidate) => candidate.id === id.toLowerCase())
    : undefined;
  if (!tier) throw notFound('tier', id);
  return tier;
}

/**
 * Creates a tier. Customers whose spend reaches it have it within a minute. Emits "loyalty_tier.changed".
 * @throws PosProError 409 for a taken name or threshold, and for more than 20 tiers; 422 by field.
 */
export async function createLoyaltyTier(
  ctx: RequestContext,
  input: CreateLoyaltyTierInput,
): Promise<LoyaltyTier> {
  const currency = await currencyOf(ctx);
  const values = {
    name: cleanName(input.name),
    threshold: input.threshold,
    upkeep: input.upkeep ?? input.threshold,
    multiplier: input.multiplier ?? ONE,
  };
  assertValid(values, currency);
  return mapUniqueViolations(TAKEN, () =>
    transact(ctx, async (tx) => {
      await lockOrganization(tx);
      if ((await tx.prisma.loyaltyTier.count()) >= MAX_TIERS)
        throw new PosProError('CONFLICT', `A program has ${MAX_TIERS} tiers at most.`);
      const times = { createdAt: tx.now, updatedAt: tx.now };
      const { organizationId } = tx;
      const row = { id: ctx.ids.next(), organizationId, ...values, nameKey: nameKey(values.name), ...times };
      const tier = await tx.prisma.loyaltyTier.create({ data: row });
      await reviewAll(tx);
      tx.emit(loyaltyTierChanged({ key: tier.id, payload: { name: tier.name, change: 'created' } }));
      return { ...tier, currency };
    }),
  );
}

/**
 * Updates a tier. Omitted fields stay unchanged. Emits "loyalty_tier.changed".
 * @throws PosProError 404; 409 for a taken name or threshold, and for another version; 422 by field.
 */
export async function updateLoyaltyTier(
  ctx: RequestContext,
  id: string,
  { version, ...input }: UpdateLoyaltyTierInput,
): Promise<LoyaltyTier> {
  const currency = await currencyOf(ctx);
  return mapUniqueViolations(TAKEN, () =>
    transact(ctx, async (tx) => {
      await lockOrganization(tx);
      const before = await lockVersion(tx, loyaltyTiers, 'tier', { id, version });
      const values = {
        name: cleanName(input.name ?? before.name),
        threshold: input.threshold ?? before.threshold,
        upkeep: input.upkeep ?? before.upkeep,
        multiplier: input.multiplier ?? before.multiplier,
      };
      assertValid(values, currency);
      const data = { ...values, nameKey: nameKey(values.name), updatedAt: tx.now };
      const after = await tx.prisma.loyaltyTier.update({ where: { id: before.id }, data });
      if (isChanged(before, after)) {
        await reviewAll(tx);
        tx.emit(loyaltyTierChanged({ key: id, payload: { name: after.name, change: 'updated' } }));
      }
      return { ...after, currency };
    }),
  );
}

/**
 * Deletes a tier. Its customers have the tier that their spend reaches within a minute. Emits "loyalty_tier.changed".
 * @throws PosProError 404; 409 for another version.
 */
export async function deleteLoyaltyTier(
  ctx: RequestContext,
  id: string,
  version?: number | null,
): Promise<Deletion> {
  return transact(ctx, async (tx) => {
    await lockOrganization(tx);
    const tier = await lockVersion(tx, loyaltyTiers, 'tier', { id, version });
    await reviewAll(tx);
    await tx.prisma.loyaltyTier.delete({ where: { id: tier.id } });
    tx.emit(loyaltyTierChanged({ key: tier.id, payload: { name: tier.name, change: 'deleted' } }));
    return deletionOf(tier.id);
  });
}

/** Has the tiers of all customers computed by the worker. */
async function reviewAll(tx: Transaction): Promise<void> {
  await tx.run(sql`update loyalty_accounts set review_at = ${tx.now}`);
}

function assertValid(
  tier: Pick<LoyaltyTierRow, 'name' | 'threshold' | 'upkeep' | 'multiplier'>,
  currency: string,
): void {
  throwFieldErrors([...nameErrors('name', tier.name, { min: 1, max: 50 }), ...tierErrors(tier, currency)]);
}

const taken = (field: string) => ({ field, message: `There is another tier of this ${field}.` });
const TAKEN = {
  loyalty_tiers_organization_id_name_key_key: taken('name'),
  loyalty_tiers_organization_id_threshold_key: taken('threshold'),
};
