/**
 * The conversion between the names of the graph (camelCase) and those of REST, webhooks and live messages
 * (snake_case).
 */

/** `unitPrice` → `unit_price`. */
export function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter, at: number) =>
    at === 0 ? letter.toLowerCase() : `_${letter.toLowerCase()}`,
  );
}

/** The keys of plain objects at any depth in snake_case; other values unchanged. */
export function snakeKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeKeys);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [snake(key), snakeKeys(inner)]));
}

/** A field path as a REST caller knows it: `input.items.0.unitPrice` → `items.0.unit_price`. */
export function restPath(path: string): string {
  const steps = path
    .replace(/\[(\d+)\]/g, '.$1')
    .split('.')
    .filter(Boolean);
  if (steps[0] === 'input') steps.shift();
  return steps.map(snake).join('.');
}
