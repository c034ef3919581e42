import { mapUniqueViolations } from '#kernel/db/unique-violations';

const taken = (message: string, field: string) => ({ field, message, code: 'TAKEN' });
const TAKEN = {
  shipping_zones_organization_id_name_key_key: taken('Another zone has this name.', 'name'),
  table_rates_organization_id_zone_id_code_key: taken('Another rate of the zone has this code.', 'code'),
};

/** Runs work that writes a unique name or code. @throws PosProError 409 ALREADY_EXISTS for a taken one. */
export function withFreeName<Result>(work: () => Promise<Result>): Promise<Result> {
  return mapUniqueViolations(TAKEN, work);
}
