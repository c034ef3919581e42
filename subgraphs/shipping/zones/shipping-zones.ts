/** Shipping zones: created, changed, deleted and listed. */
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { requireRow, rowsByIds } from '#kernel/db/rows-by-id';
import { transact } from '#kernel/db/transact';
import { isChanged, lockVersion } from '#kernel/db/versions';
import { invalid } from '#kernel/errors';
import { deletionOf, type Deletion } from '#kernel/graph/deletion';
import { checkedNames, listByName } from '#kernel/named-values';
import type { Page } from '#kernel/paging';
import { FieldErrors } from '#kernel/validation';
import { lockOrganization } from '#subgraphs/auth/index';
import { shippingZoneChanged } from '../events';
import type {
  CreateShippingZoneInput,
  QueryShippingZonesArgs,
  ShippingAreaInput,
  UpdateShippingZoneInput,
} from '../inputs.generated';
import { shippingZones, type ShippingZoneRow } from '../tables.generated';
import { withFreeName } from '../unique-codes';
import {
  isAreaCountry,
  isPostalPattern,
  normalizedPostalCode,
  placesOf,
  type ShippingArea,
} from './zone-match.rules';

/** Most areas of a zone, and postal codes of an area. */
const MAX_AREAS = 300;
const MAX_CODES = 500;

/** Creates a zone. Emits "shipping_zone.changed". @throws PosProError 422 by field; 409 ALREADY_EXISTS for a taken name. */
export async function createShippingZone(
  ctx: RequestContext,
  { areas: given, ...names }: CreateShippingZoneInput,
  id = ctx.ids.next(),
): Promise<ShippingZoneRow> {
  const values = { ...checkedNames(names), areas: checkedAreas(given) };
  return withFreeName(() =>
    transact(ctx, async (tx) => {
      await assertFree(tx, id, values.areas);
      const { organizationId, now } = tx;
      const row = shippingZones.complete({ id, organizationId, ...values, createdAt: now, updatedAt: now });
      await tx.run(shippingZones.insert(row));
      tx.emit(shippingZoneChanged({ key: id, payload: { name: row.name, change: 'created' } }));
      return row;
    }),
  );
}

/**
 * Changes a zone. Emits "shipping_zone.changed".
 * @throws PosProError 404; 422 by field; 409 ALREADY_EXISTS for a taken name, and CONFLICT for another version.
 */
export async function updateShippingZone(
  ctx: RequestContext,
  id: string,
  { version, areas: given, ...changes }: UpdateShippingZoneInput,
): Promise<ShippingZoneRow> {
  return withFreeName(() =>
    transact(ctx, async (tx) => {
      const before = await lockVersion(tx, shippingZones, 'shipping zone', { id, version });
      const names = checkedNames({ ...before, ...changes, name: changes.name ?? before.name });
      const areas = given ? checkedAreas(given) : before.areas;
      await assertFree(tx, before.id, areas);
      const after = await tx.one<ShippingZoneRow>(sql`
        update shipping_zones set ${shippingZones.set({ ...names, areas, updatedAt: tx.now })} where id = ${before.id}
        returning ${shippingZones.columns}`);
      if (isChanged(before, after))
        tx.emit(shippingZoneChanged({ key: after.id, payload: { name: after.name, change: 'updated' } }));
      return after;
    }),
  );
}

/** Deletes a zone with its rates. Emits "shipping_zone.changed". @throws PosProError 404; 409 or 412 for another version. */
export async function deleteShippingZone(
  ctx: RequestContext,
  id: string,
  version?: number | null,
): Promise<Deletion> {
  return transact(ctx, async (tx) => {
    const zone = await lockVersion(tx, shippingZones, 'shipping zone', { id, version });
    await tx.prisma.tableRate.deleteMany({ where: { zoneId: zone.id } });
    await tx.prisma.shippingZone.delete({ where: { id: zone.id } });
    tx.emit(shippingZoneChanged({ key: zone.id, payload: { name: zone.name, change: 'deleted' } }));
    return deletionOf(zone.id);
  });
}

/** A page of the organization's zones, by name. */
export function listShippingZones(
  db: Queryable,
  filter: QueryShippingZonesArgs,
): Promise<Page<ShippingZoneRow>> {
  return listByName(db, shippingZones, filter);
}

/** Zones by their ids. */
export function zonesByIds(
  db: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ShippingZoneRow>> {
  return rowsByIds(db, shippingZones, ids);
}

/** The zone with an id. @throws PosProError 404. */
export function requireZone(db: Queryable, id: string): Promise<ShippingZoneRow> {
  return requireRow(db, shippingZones, 'shipping zone', id);
}

/** All zones, the oldest first. */
export function allZones(db: Queryable): Promise<ShippingZoneRow[]> {
  return db.many<ShippingZoneRow>(
    sql`select ${shippingZones.select('z')} from shipping_zones z order by z.id`,
  );
}

/** The areas as they are stored. @throws PosProError 422 by field. */
function checkedAreas(given: readonly ShippingAreaInput[]): ShippingArea[] {
  const errors = new FieldErrors();
  if (given.length < 1 || given.length > MAX_AREAS)
    errors.add('areas', `A zone has 1 to ${MAX_AREAS} areas.`, 'LENGTH');
  const areas = given
    .slice(0, MAX_AREAS)
    .map((area, index): ShippingArea => checkedArea(errors, `areas.${index}`, area));
  const seen = new Set<string>();
  const twice = placesOf(areas).find((place) => {
    if (seen.has(place)) return true;
    seen.add(place);
    return false;
  });
  if (twice !== undefined) errors.add('areas', `"${twice}" is listed twice.`, 'ALREADY_EXISTS');
  errors.throwIfAny();
  return areas;
}

function checkedArea(errors: FieldErrors, path: string, area: ShippingAreaInput): ShippingArea {
  const country = area.country.trim().toUpperCase();
  const given = area.postalCodes ?? [];
  if (!isAreaCountry(country))
    errors.add(`${path}.country`, 'Is not a country code of ISO 3166-1, "EU" or "*".', 'INVALID');
  else if (given.length > 0 && (country === 'EU' || country === '*'))
    errors.add(`${path}.postalCodes`, 'Only a country has postal codes.');
  if (given.length > MAX_CODES)
    errors.add(`${path}.postalCodes`, `An area has ${MAX_CODES} postal codes at most.`, 'LENGTH');
  const postalCodes = given.slice(0, MAX_CODES).map(normalizedPostalCode);
  postalCodes.forEach((pattern, index) => {
    if (!isPostalPattern(pattern))
      errors.add(`${path}.postalCodes.${index}`, 'Must be a code "10115", "10*" or "27498...27499".');
  });
  return { country, postalCodes };
}

/** Locks the organization's zones, and rejects places that another zone has. @throws PosProError 422. */
async function assertFree(tx: Transaction, id: string, areas: readonly ShippingArea[]): Promise<void> {
  await lockOrganization(tx);
  const places = new Set(placesOf(areas));
  for (const zone of await allZones(tx)) {
    const shared = zone.id === id ? undefined : placesOf(zone.areas).find((place) => places.has(place));
    if (shared !== undefined)
      throw invalid('areas', `"${shared}" is in the zone "${zone.name}".`, 'ALREADY_EXISTS');
  }
}
