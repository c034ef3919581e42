import type { NewShopPart } from '#subgraphs/auth/index';
import { taxClassChanged } from '../events';
import { countryTaxClasses } from './country-rates.rules';
import { insertTaxClasses } from './tax-classes';

/** Gives a new shop the tax classes of its country. Emits "tax_class.changed" for each. */
export const newShopTaxClasses: NewShopPart = async (tx, ctx, { country }) => {
  const classes = countryTaxClasses(country).map((taxClass) => ({ ...taxClass, id: ctx.ids.next() }));
  if (classes.length === 0) return;
  await insertTaxClasses(tx, classes);
  for (const { id, name, code, rate } of classes)
    tx.emit(taxClassChanged({ key: id, payload: { name, code, rate: rate.toFixed(), change: 'created' } }));
};
