/** The name and the description of things that are unique by name, whatever its case, accents and width. */
import { cleanName, emptyToNull } from './clean-text.rules';
import { nameKey } from './fold-text.rules';
import { nameErrors, textErrors, throwFieldErrors } from './validation';

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
