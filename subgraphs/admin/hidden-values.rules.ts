/** Pure rules about hidden values of recorded changes: the audit trail shows no more than the changed records themselves. */

/** Names of fields and columns, and the permission without which their values are hidden. */
const HIDDEN_FIELDS: readonly { readonly name: RegExp; readonly scope: string }[] = [
  { name: /cost/i, scope: 'costs:read' },
  { name: /^email$/i, scope: 'admin:users' },
];

const PLACEHOLDER = '[hidden]';

/**
 * A recorded value without the parts that the reader may not see. Null stays null: whether there was a value is not secret.
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
      const rule = HIDDEN_FIELDS.find(({ name }) => name.test(key));
      const hidden = rule !== undefined && inner !== null && !permits(rule.scope);
      return [key, hidden ? PLACEHOLDER : visibleValue(inner, permits)];
    }),
  );
}
