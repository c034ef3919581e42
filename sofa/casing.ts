/** The one rule between the graph's names and those of REST: camelCase there, snake_case here. */

import { snake } from '#kernel/casing';

export { snake };

/** `unit_price` → `unitPrice`; the inverse of `snake` for every name that `assertPlainCamelCase` lets pass. */
export function camel(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/**
 * Refuses a name that would not come back from REST as it went.
 * @throws Error at start-up, naming where it stands.
 */
export function assertPlainCamelCase(name: string, where: string): void {
  if (/^[a-z][a-zA-Z0-9]*$/.test(name) && camel(snake(name)) === name) return;
  throw new Error(
    `${where}: "${name}" is not plain camelCase, so REST cannot name it in snake_case and back.`,
  );
}

/** One of many: `items` → `item`, `entries` → `entry`, `tax` → `tax`. */
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
