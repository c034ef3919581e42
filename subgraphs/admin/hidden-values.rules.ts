/** Pure rules about what of a recorded change its reader may not see: the audit trail tells no more than the things themselves. */

/** Names of fields and columns, and the permission without which their values are hidden. */
const HIDDEN: readonly { readonly name: RegExp; readonly scope: string }[] = [
  { name: /cost/i, scope: 'costs:read' },
  { name: /^email$/i, scope: 'admin:users' },
];

const PLACEHOLDER = '[hidden]';

/**
 * A recorded value as a reader may see it. Null stays null: whether there was a value is no secret.
 * @param value plain JSON.
 * @param permits whether the reader holds a scope.
 *
 * @example
 * visibleValue({ price: '9.90', cost: '4.10' }, () => false); // { price: '9.90', cost: '[hidden]' }
 */
export function visibleValue(value: unknown, permits: (scope: string) => boolean): unknown {
  if (Array.isArray(value)) return value.map((item) => visibleValue(item, permits));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value as Record<string, unknown>).map(([key, inner]) => {
      const rule = HIDDEN.find(({ name }) => name.test(key));
      const hidden = rule !== undefined && inner !== null && !permits(rule.scope);
      return [key, hidden ? PLACEHOLDER : visibleValue(inner, permits)];
    }),
  );
}
