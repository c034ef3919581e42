import { invalid } from '#kernel/errors';
import { historicCurrency } from '#kernel/historic-currencies';
import { isCurrency } from '#kernel/iso-currencies';

/** A currency that amounts can be converted from or to, in capitals; withdrawn ones as well. @throws PosProError 422 */
export function knownCurrency(field: string, code: string): string {
  const known = code.trim().toUpperCase();
  if (isCurrency(known) || historicCurrency(known)) return known;
  throw invalid(field, `"${code.slice(0, 10)}" is not a currency of ISO 4217.`);
}
