/** The conversion between the graph's names (camelCase) and those of REST (snake_case). */

import { snake } from '#kernel/casing';

export { snake };

/** `unit_price` → `unitPrice`; the inverse of `snake` for every name that `assertPlainCamelCase` accepts. */
export function camel(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/**
 * Rejects a name that does not survive the conversion to REST and back.
 * @throws Error at start-up, naming its place.
 */
export function assertPlainCamelCase(name: string, where: string): void {
  if (/^[a-z][a-zA-Z0-9]*$/.test(name) && camel(snake(name)) === name) return;
  throw new Error(
    `${where}: "${name}" is not plain camelCase, so REST cannot name it in snake_case and back.`,
  );
}

/** The singular: `items` → `item`, `entries` → `entry`, `tax` → `tax`. */
export function singular(name: string): string {
  if (name.endsWith('ies')) return `${name.slice(0, -3)}y`;
  if (/(ss|us|is)$/.test(name)) return name;
  return name.endsWith('s') ? name.slice(0, -1) : name;
}

/** `low-stock` → `LowStock`. */
export function pascal(text: string): string {
  return text
    .split(/[^a-zA-Z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}

/** The `charset=` of a content type (RFC 9110, 8.3.1), with or without quotes. */
export function charsetOf(contentType: string | undefined): { charset?: string } {
  const charset = /;\s*charset\s*=\s*("[^"]*"|[^;\s]*)/i
    .exec(contentType ?? '')?.[1]
    ?.replaceAll('"', '')
    .trim();
  return charset ? { charset } : {};
}
