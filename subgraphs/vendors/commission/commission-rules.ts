/** Rules of commission: an ordered list, of which the first one that applies decides. */
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { requireRow, rowsByIds } from '#kernel/db/rows-by-id';
import { transact } from '#kernel/db/transact';
import { mapUniqueViolations } from '#kernel/db/unique-violations';
import { isChanged, lockVersion } from '#kernel/db/versions';
import { Decimal } from '#kernel/decimal';
import { invalidFields } from '#kernel/errors';
import { deletionOf, type Deletion } from '#kernel/graph/deletion';
import { isUuid } from '#kernel/ids';
import { listPage, type Page } from '#kernel/paging';
import { organizationCurrency } from '#subgraphs/auth/index';
import { categoriesBelow, productsById } from '#subgraphs/catalog/index';
import { commissionRuleChanged } from '../events';
import type {
  CreateCommissionRuleInput,
  QueryCommissionRulesArgs,
  UpdateCommissionRuleInput,
} from '../inputs.generated';
import { commissionRules, type CommissionRuleRow } from '../tables.generated';
import { vendorsByIds } from '../vendors/vendors.queries';
import { checkedRule } from './commission-input.rules';

/** Distance between the positions of rules that are appended, so that others fit between them. */
const STEP = 10;
const TAKEN = {
  commission_rules_organization_id_position_key: {
    field: 'position',
    message: 'Another rule has this position.',
    code: 'TAKEN',
  },
};

/**
 * Creates a rule, by default behind all others. Sales that were made keep their commission. Emits "commission_rule.changed".
 * @throws PosProError 422 by field; 409 ALREADY_EXISTS for a taken position.
 */
export async function createCommissionRule(
  ctx: RequestContext,
  input: CreateCommissionRuleInput,
  id = ctx.ids.next(),
): Promise<CommissionRuleRow> {
  return mapUniqueViolations(TAKEN, () =>
    transact(ctx, async (tx) => {
      const { organizationId, now } = tx;
      const values = checkedRule(input, await organizationCurrency(tx, organizationId));
      await assertKnown(tx, values);
      const position = input.position ?? (await lastPosition(tx)) + STEP;
      const times = { createdAt: now, updatedAt: now };
      const rule = commissionRules.complete({ id, organizationId, position, ...values, ...times });
      await tx.run(commissionRules.insert(rule));
      emitRuleChanged(tx, rule, 'created');
      return rule;
    }),
  );
}

/**
 * Changes a rule for later sales. Emits "commission_rule.changed".
 * @throws PosProError 404; 422 by field; 409 ALREADY_EXISTS for a taken position, CONFLICT for another version.
 */
export async function updateCommissionRule(
  ctx: RequestContext,
  id: string,
  { version, ...changes }: UpdateCommissionRuleInput,
): Promise<CommissionRuleRow> {
  return mapUniqueViolations(TAKEN, () =>
    transact(ctx, async (tx) => {
      const before = await lockVersion(tx, commissionRules, 'commission rule', { id, version });
      const currency = await organizationCurrency(tx, tx.organizationId);
      const values = checkedRule(merged(before, changes), currency);
      await assertKnown(tx, values, before);
      const after = await tx.one<CommissionRuleRow>(sql`
        update commission_rules
        set ${commissionRules.set({ ...values, position: changes.position ?? before.position, updatedAt: tx.now })}
        where id = ${before.id}::uuid returning ${commissionRules.columns}`);
      if (isChanged(before, after)) emitRuleChanged(tx, after, 'updated');
      return after;
    }),
  );
}

/** Deletes a rule. Sales that were made keep their commission. Emits "commission_rule.changed". @throws PosProError 404; 409 CONFLICT. */
export async function deleteCommissionRule(
  ctx: RequestContext,
  id: string,
  version?: number | null,
): Promise<Deletion> {
  return transact(ctx, async (tx) => {
    const rule = await lockVersion(tx, commissionRules, 'commission rule', { id, version });
    await tx.prisma.commissionRule.delete({ where: { id: rule.id } });
    emitRuleChanged(tx, rule, 'deleted');
    return deletionOf(rule.id);
  });
}

/** A page of the rules, in the order in which they are tried. */
export function listCommissionRules(
  db: Queryable,
  filter: QueryCommissionRulesArgs,
): Promise<Page<CommissionRuleRow>> {
  const list = {
    select: commissionRules.select('r'),
    from: sql`commission_rules r`,
    where: [],
    sorts: { position: sql`r.position`, createdAt: sql`r.created_at`, updatedAt: sql`r.updated_at` },
    updatedAt: sql`r.updated_at`,
    defaultSort: 'position',
    id: sql`r.id`,
  };
  return listPage<CommissionRuleRow>(db, list, filter);
}

/** Rules by their ids. */
export function rulesByIds(
  db: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, CommissionRuleRow>> {
  return rowsByIds(db, commissionRules, ids);
}

/** The rule with an id. @throws PosProError 404. */
export function requireRule(db: Queryable, id: string): Promise<CommissionRuleRow> {
  return requireRow(db, commissionRules, 'commission rule', id);
}

/** All rules, in the order in which they are tried. */
export function orderedRules(db: Queryable): Promise<CommissionRuleRow[]> {
  return db.many<CommissionRuleRow>(sql`
    select ${commissionRules.select('r')} from commission_rules r
    where r.organization_id = ${db.organizationId}::uuid order by r.position`);
}

/** The input of a rule with some changes: omitted fields keep their values, a null clears one. */
function merged(
  before: CommissionRuleRow,
  { name, kind, base, tiers, ...changes }: UpdateCommissionRuleInput,
): CreateCommissionRuleInput {
  const decimalTiers = before.tiers.map(({ from, percent }) => ({
    from: new Decimal(from),
    percent: new Decimal(percent),
  }));
  return {
    ...before,
    ...changes,
    name: name ?? before.name,
    kind: kind ?? before.kind,
    base: base ?? before.base,
    tiers: tiers === undefined ? decimalTiers : tiers,
  };
}

async function lastPosition(tx: Transaction): Promise<number> {
  const { position } = await tx.one<{ position: number }>(sql`
    select coalesce(max(r.position), 0) as position from commission_rules r where r.organization_id = ${tx.organizationId}::uuid`);
  return position;
}

type NamedIds = Pick<CommissionRuleRow, 'vendorIds' | 'categoryIds' | 'productIds'>;

/** @param before ids that the rule has already may name what no longer exists. @throws PosProError 422 for an unknown id. */
async function assertKnown(
  tx: Transaction,
  { vendorIds, categoryIds, productIds }: NamedIds,
  before: NamedIds = { vendorIds: [], categoryIds: [], productIds: [] },
): Promise<void> {
  const added = (ids: readonly string[], earlier: readonly string[]) =>
    ids.filter((id) => !earlier.includes(id));
  const [vendor, category, product] = [
    added(vendorIds, before.vendorIds),
    added(categoryIds, before.categoryIds),
    added(productIds, before.productIds),
  ];
  const known = {
    vendorIds: vendor.length === 0 ? new Map<string, unknown>() : await vendorsByIds(tx, vendor),
    categoryIds: await categoriesBelow(tx, category.filter(isUuid)),
    productIds: product.length === 0 ? new Map<string, unknown>() : await productsById(tx, product, tx.now),
  };
  const errors = Object.entries({ vendorIds: vendor, categoryIds: category, productIds: product }).flatMap(
    ([field, ids]) =>
      ids
        .filter((id) => !known[field as keyof NamedIds].has(id))
        .map((id) => ({ field, message: `There is no such entry: ${id}.`, code: 'NOT_FOUND' })),
  );
  if (errors.length > 0) throw invalidFields(errors);
}

function emitRuleChanged(
  tx: Transaction,
  { id, name, position }: CommissionRuleRow,
  change: 'created' | 'updated' | 'deleted',
): void {
  tx.emit(commissionRuleChanged({ key: id, payload: { name, position, change } }));
}
