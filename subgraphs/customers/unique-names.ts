/** Names of groups and segments, each unique in the organization whatever its case, accents and width. */
import { mapUniqueViolations } from '#kernel/db/unique-violations';

const taken = (message: string) => ({ field: 'name', message, code: 'TAKEN' });
const TAKEN_NAMES = {
  customer_groups_organization_id_name_key_key: taken('Another group has this name.'),
  customer_segments_organization_id_name_key_key: taken('Another segment has this name.'),
};

/** Runs work that writes the name of a group or a segment. @throws PosProError 409 ALREADY_EXISTS for a taken name. */
export function withFreeName<Result>(work: () => Promise<Result>): Promise<Result> {
  return mapUniqueViolations(TAKEN_NAMES, work);
}
