/** The order of rows of tax. Pure. */
import type { SoldTaxClass } from '#subgraphs/orders/index';

/** Compares texts by their characters; null comes last. */
export function compareTexts(a: string | null, b: string | null): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? 1 : -1;
  return a < b ? -1 : 1;
}

/** Compares tax classes by their code when the goods were sold. */
export function compareTaxClasses(a: SoldTaxClass, b: SoldTaxClass): number {
  return compareTexts(a.taxClass, b.taxClass) || compareTexts(a.taxClassId, b.taxClassId);
}
