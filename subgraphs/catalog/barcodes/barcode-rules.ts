/** Rules for the layout of an organization's own weight and price labels. Without rules, the usual layout applies (barcode-candidates.rules.ts). */
import { withoutNull } from '#kernel/collections';
import { droppedBy, type CacheDefinition } from '#kernel/cache';
import { deletionOf, type Deletion } from '#kernel/graph/deletion';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { isChanged, lockVersion } from '#kernel/db/versions';
import { notFound } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { currencyExponent } from '#kernel/money';
import { currencyOf, organizationCurrency } from '#subgraphs/auth/index';
import { labelRules, type LabelRule } from './barcode-candidates.rules';
import { FieldErrors } from '#kernel/validation';
import { checkedLabel } from '../products/product-validators.rules';
import { mapUniqueViolations } from '../unique-violations';
import type { CreateBarcodeRuleInput, UpdateBarcodeRuleInput } from '../inputs.generated';
import { barcodeRules, type BarcodeRuleRow } from '../tables.generated';
import { barcodeRuleChanged } from '../events';

type Checked = Readonly<
  Omit<BarcodeRuleRow, 'id' | 'organizationId' | 'createdAt' | 'updatedAt' | 'version'>
>;

/** Terms for reading measures and prices on barcodes. */
export interface LabelTerms {
  /** The organization's own rules before the usual ones, whose prefixes they may replace or disable. */
  readonly rules: readonly LabelRule[];
  /** The currency of every price on a label. */
  readonly currency: string;
}

/** A till scans labels all day long, so the rules are cached. */
export const LABEL_TERMS: CacheDefinition<LabelTerms> = {
  name: 'label_terms',
  domain: 'catalog',
  maxSize: 10_000,
  lifetimeMs: 3_600_000,
  drops: [droppedBy(barcodeRuleChanged)],
};

/** The terms for reading the labels of the caller's organization. */
export function labelTermsOf(ctx: RequestContext, db: Queryable): Promise<LabelTerms> {
  const { organizationId } = db;
  return ctx.caches.of(LABEL_TERMS).read(db, 'terms', async () => {
    const currency = await organizationCurrency(db, organizationId);
    const own = await db.many<BarcodeRuleRow>(sql`
      select ${barcodeRules.select('r')} from barcode_rules r where r.organization_id = ${organizationId}::uuid order by r.prefix`);
    return { rules: labelRules(own, currencyExponent(currency)), currency };
  });
}

/** The organization's own rules, by prefix. */
export function listBarcodeRules({ prisma }: Pick<RequestContext, 'prisma'>): Promise<BarcodeRuleRow[]> {
  return prisma.barcodeRule.findMany({ orderBy: { prefix: 'asc' } });
}

/** A rule. @throws PosProError 404 */
export async function barcodeRuleById(
  { prisma }: Pick<RequestContext, 'prisma'>,
  id: string,
): Promise<BarcodeRuleRow> {
  const rule = isUuid(id) ? await prisma.barcodeRule.findUnique({ where: { id } }) : null;
  if (!rule) throw notFound('barcode rule', id);
  return rule;
}

/** The layout that scales print by default. */
const USUAL: Omit<Checked, 'name' | 'prefix' | 'measured'> = {
  itemFrom: 2,
  itemTo: 7,
  valueFrom: 7,
  valueTo: 12,
  places: 3,
  active: true,
};

/** Creates a rule. @throws PosProError 422 by field; 409 for a prefix that already has a rule. */
export async function createBarcodeRule(
  ctx: RequestContext,
  input: CreateBarcodeRuleInput,
): Promise<BarcodeRuleRow> {
  const places = input.measured === 'price' ? currencyExponent(await currencyOf(ctx)) : 3;
  const rule = checkedRule(input, {
    ...USUAL,
    places,
    name: input.name ?? `Labels ${input.prefix}`,
    prefix: '',
    measured: input.measured,
  });
  return mapUniqueViolations(() =>
    transact(ctx, async (tx) => {
      const id = ctx.ids.next();
      tx.emit(barcodeRuleChanged({ key: id, payload: { prefix: rule.prefix, change: 'created' } }));
      const row = { id, organizationId: tx.organizationId, ...rule, createdAt: tx.now, updatedAt: tx.now };
      return tx.prisma.barcodeRule.create({ data: row });
    }),
  );
}

/** Updates a rule. @throws PosProError 404; 422 by field; 409 for a prefix that already has a rule, and for another version. */
export async function updateBarcodeRule(
  ctx: RequestContext,
  id: string,
  { version, ...input }: UpdateBarcodeRuleInput,
): Promise<BarcodeRuleRow> {
  return mapUniqueViolations(() =>
    transact(ctx, async (tx) => {
      const before = await lockVersion(tx, barcodeRules, 'barcode rule', { id, version });
      const rule = checkedRule(input, before);
      const data = { ...rule, updatedAt: tx.now };
      const after = await tx.prisma.barcodeRule.update({ where: { id: before.id }, data });
      if (isChanged(before, after))
        tx.emit(barcodeRuleChanged({ key: after.id, payload: { prefix: rule.prefix, change: 'updated' } }));
      return after;
    }),
  );
}

/** Deletes a rule; the usual rule for its prefix, if there is one, applies again. @throws PosProError 404; 409 for another version. */
export async function deleteBarcodeRule(
  ctx: RequestContext,
  ruleId: string,
  version?: number | null,
): Promise<Deletion> {
  return mapUniqueViolations(() =>
    transact(ctx, async (tx) => {
      const { id } = await lockVersion(tx, barcodeRules, 'barcode rule', { id: ruleId, version });
      await tx.prisma.barcodeRule.delete({ where: { id } });
      tx.emit(barcodeRuleChanged({ key: id, payload: { change: 'deleted' } }));
      return deletionOf(id);
    }),
  );
}

function checkedRule(input: UpdateBarcodeRuleInput, before: Checked): Checked {
  const faults = new FieldErrors();
  const merged = { ...before, ...withoutNull(input) };
  const rule: Checked = {
    ...merged,
    name: checkedLabel(faults, 'name', merged.name, 100),
    prefix: merged.prefix.trim(),
  };
  const { prefix, itemFrom, itemTo, valueFrom, valueTo, places } = rule;
  // GS1 leaves exactly these prefixes to shops (General Specifications, section 2.1.11).
  if (!/^(02|2\d{1,3})$/.test(prefix))
    faults.add('prefix', 'Must be 02, or 20 to 29 with up to two more digits.');
  checkLayout(faults, { itemFrom, itemTo, valueFrom, valueTo, places });
  faults.throwIfAny();
  return rule;
}

type Layout = Pick<Checked, 'itemFrom' | 'itemTo' | 'valueFrom' | 'valueTo' | 'places'>;

function checkLayout(faults: FieldErrors, { itemFrom, itemTo, valueFrom, valueTo, places }: Layout): void {
  if (itemFrom < 0 || itemFrom >= itemTo) faults.add('itemTo', 'The item needs at least one digit.', 'RANGE');
  if (valueFrom < itemTo || valueFrom >= valueTo || valueTo > 12)
    faults.add('valueTo', 'The value must be after the item and before digit 12.', 'RANGE');
  if (places < 0 || places > valueTo - valueFrom)
    faults.add('places', 'Must not exceed the digits of the value.', 'RANGE');
}
