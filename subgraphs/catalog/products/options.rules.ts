/** Options in which the variants of a product differ. */
import { cleanName } from '#kernel/clean-text.rules';
import type { FieldErrors } from '#kernel/validation';
import { nameKey } from '#kernel/fold-text.rules';
import type { ProductOptionInput } from '../inputs.generated';

/** An option of a product with its possible values: `{ name: 'color', values: ['red', 'blue'] }`. */
export interface ProductOption {
  readonly name: string;
  readonly values: readonly string[];
}

const MAX_OPTIONS = 10;
const MAX_VALUES = 200;
const MAX_NAME = 50;
const MAX_VALUE = 100;

/** Checks the options of a product: no name and no value may occur twice. */
export function checkedProductOptions(
  faults: FieldErrors,
  field: string,
  given: readonly ProductOptionInput[],
): ProductOption[] {
  if (given.length > MAX_OPTIONS)
    faults.add(field, `A product has at most ${MAX_OPTIONS} options.`, 'LENGTH');
  const options = given
    .slice(0, MAX_OPTIONS)
    .map(({ name, values }) => ({ name: cleanName(name), values: values.map(cleanName) }));
  options.forEach(({ name, values }, index) => {
    const at = `${field}.${index}`;
    if (name === '' || name.length > MAX_NAME)
      faults.add(`${at}.name`, `Must have 1 to ${MAX_NAME} characters.`, 'LENGTH');
    if (values.length === 0 || values.length > MAX_VALUES)
      faults.add(`${at}.values`, `Name 1 to ${MAX_VALUES} values.`, 'LENGTH');
    if (values.some((value) => value === '' || value.length > MAX_VALUE))
      faults.add(`${at}.values`, `Each must have 1 to ${MAX_VALUE} characters.`, 'LENGTH');
    if (new Set(values.map(nameKey)).size < values.length)
      faults.add(`${at}.values`, 'A value must not occur twice.', 'ALREADY_EXISTS');
  });
  if (new Set(options.map(({ name }) => nameKey(name))).size < options.length)
    faults.add(field, 'An option must not occur twice.', 'ALREADY_EXISTS');
  return options;
}

/**
 * A variant's values in the spelling of its product's options. If the product has options, the variant must have one of the values of each
 * and nothing else; otherwise it may have any.
 */
export function matchedOptions(
  faults: FieldErrors,
  field: string,
  options: readonly ProductOption[],
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  if (options.length === 0) return { ...given };
  const byName = new Map(Object.entries(given).map(([name, value]) => [nameKey(name), value]));
  const matched: Record<string, string> = {};
  for (const { name, values } of options) {
    const value = byName.get(nameKey(name));
    byName.delete(nameKey(name));
    const known = value === undefined ? undefined : values.find((one) => nameKey(one) === nameKey(value));
    if (value === undefined) faults.add(field, `A value of "${name}" is missing.`, 'OPTION_MISSING');
    else if (known === undefined)
      faults.add(field, `"${name}" must be one of ${values.join(', ')}, not "${value}".`, 'OPTION_VALUE');
    else matched[name] = known;
  }
  for (const name of byName.keys())
    faults.add(field, `The product has no option "${name}".`, 'OPTION_UNKNOWN');
  return matched;
}
