/** Names of groups and segments, each unique in the organization whatever its case, accents and width. */
import { cleanName, emptyToNull } from '#kernel/clean-text.rules';
import { mapUniqueViolations } from '#kernel/db/unique-violations';
import { nameKey } from '#kernel/fold-text.rules';
import { nameErrors, textErrors, throwFieldErrors } from '#kernel/validation';

interface Named {
  readonly name: string;
  readonly description?: string | null | undefined;
}

/** The name and the description as they are stored. @throws PosProError 422 by field. */
export function checkedNames({ name, description }: Named) {
  throwFieldErrors([
    ...nameErrors('name', name, { min: 1, max: 100 }),
    ...textErrors('description', description, { max: 1000 }),
  ]);
  return { name: cleanName(name), nameKey: nameKey(name), description: emptyToNull(description) };
}

const taken = (message: string) => ({ field: 'name', message, code: 'TAKEN' });
const TAKEN_NAMES = {
  customer_groups_organization_id_name_key_key: taken('Another group has this name.'),
  customer_segments_organization_id_name_key_key: taken('Another segment has this name.'),
};

/** Runs work that writes the name of a group or a segment. @throws PosProError 409 ALREADY_EXISTS for a taken name. */
export function withFreeName<Result>(work: () => Promise<Result>): Promise<Result> {
  return mapUniqueViolations(TAKEN_NAMES, work);
}
