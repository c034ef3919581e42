/** Units of measure: built-in ones and an organization's own. */
import type { RequestContext } from '#kernel/context';
import { transact } from '#kernel/db/transact';
import { QUANTITY_PLACES } from '#kernel/money';
import { FieldErrors } from '#kernel/validation';
import { nameKey } from '#kernel/fold-text.rules';
import { checkedLabel } from './product-validators.rules';
import { USUAL_UNITS } from './units.rules';
import { mapUniqueViolations } from '../unique-violations';
import type { CreateUnitInput } from '../inputs.generated';
import type { UnitRow as OwnUnit } from '../tables.generated';
import { unitChanged } from '../events';

/** A unit of measure. */
export interface UnitRow extends Pick<OwnUnit, 'code' | 'name' | 'quantityPlaces'> {
  /** Whether it is built in, and not replaced by the organization's own. */
  readonly builtIn: boolean;
}

/** All units by code; the organization's own replace built-in ones of the same code. */
export async function listUnits({ prisma }: Pick<RequestContext, 'prisma'>): Promise<UnitRow[]> {
  const own = await prisma.unit.findMany({ select: { code: true, name: true, quantityPlaces: true } });
  const byKey = new Map<string, UnitRow>(USUAL_UNITS.map((unit) => [unit.code, { ...unit, builtIn: true }]));
  for (const unit of own) byKey.set(nameKey(unit.code), { ...unit, builtIn: false });
  return [...byKey.values()].sort((a, b) => (a.code < b.code ? -1 : 1));
}

/** The precision of an organization's own units, by key; that of built-in units needs no query. */
export async function ownPlaces(
  { prisma }: Pick<RequestContext, 'prisma'>,
  codes: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const keys = [...new Set(codes.map(nameKey))];
  if (keys.length === 0) return new Map();
  const rows = await prisma.unit.findMany({ where: { codeKey: { in: keys } } });
  return new Map(rows.map((row) => [row.codeKey, row.quantityPlaces]));
}

/**
 * Adds a unit, or gives a built-in one another precision. It applies to products that are created or get the unit from now on.
 * @throws PosProError 422 by field; 409 for a code that the organization already has.
 */
export async function createUnit(ctx: RequestContext, input: CreateUnitInput): Promise<UnitRow> {
  const faults = new FieldErrors();
  const code = checkedLabel(faults, 'code', input.code, 20);
  const name = checkedLabel(faults, 'name', input.name ?? input.code, 100);
  const { quantityPlaces } = input;
  if (quantityPlaces < 0 || quantityPlaces > QUANTITY_PLACES)
    faults.add('quantityPlaces', 'Must be 0 to 3.', 'RANGE');
  faults.throwIfAny();
  return mapUniqueViolations(() =>
    transact(ctx, async (tx) => {
      const id = ctx.ids.next();
      tx.emit(unitChanged({ key: id, payload: { code, change: 'created' } }));
      const { organizationId, now } = tx;
      const keys = { id, organizationId, codeKey: nameKey(code) };
      await tx.prisma.unit.create({
        data: { ...keys, code, name, quantityPlaces, createdAt: now, updatedAt: now },
      });
      return { code, name, quantityPlaces, builtIn: false };
    }),
  );
}
