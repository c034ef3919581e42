/** Placeholders of canned answers: `{{requester.name}}`, or `{{requester.name|customer}}` with a substitute for a missing value. Pure. */
import type { FieldError } from '#kernel/errors';

export const PLACEHOLDERS = [
  'ticket.number',
  'ticket.subject',
  'requester.name',
  'order.number',
  'agent.name',
  'branch.name',
  'organization.name',
] as const;

export type Placeholder = (typeof PLACEHOLDERS)[number];

/** The values of one ticket; null for one that it does not have. */
export type PlaceholderValues = Readonly<Record<Placeholder, string | null>>;

const PLACEHOLDER = /\{\{\s*([a-z.]*)\s*(?:\|([^{}|]*))?\}\}/g;

/** The errors of a text: unknown placeholders, and braces that belong to none. */
export function placeholderErrors(field: string, text: string): FieldError[] {
  const names = [...text.matchAll(PLACEHOLDER)].map(([, name]) => name!);
  const unknown = names.filter((name) => !isPlaceholder(name));
  if (unknown.length === 0 && !/\{\{|\}\}/.test(text.replace(PLACEHOLDER, ''))) return [];
  const message = `Has an unknown placeholder. Known ones are ${PLACEHOLDERS.join(', ')}, in double braces.`;
  return [{ field, message, code: 'PLACEHOLDER' }];
}

/**
 * The text with its values. Values are inserted as they are: braces in them are not placeholders.
 * @returns missing the placeholders with neither a value nor a substitute, which stay in the text.
 */
export function fillPlaceholders(
  text: string,
  values: PlaceholderValues,
): { readonly body: string; readonly missing: Placeholder[] } {
  const missing = new Set<Placeholder>();
  const body = text.replace(PLACEHOLDER, (whole, name: string, substitute?: string) => {
    if (!isPlaceholder(name)) return whole;
    const value = values[name] ?? substitute;
    if (value === undefined) missing.add(name);
    return value ?? whole;
  });
  return { body, missing: [...missing] };
}

function isPlaceholder(name: string): name is Placeholder {
  return (PLACEHOLDERS as readonly string[]).includes(name);
}
