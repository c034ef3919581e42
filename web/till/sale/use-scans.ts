/** The scans of the sale screen: each adds an item, or the customer whose card it was. */
import { useRef, useState } from 'preact/hooks';
import { GraphError } from '../../shared/request';
import { addItem, withCustomer, type Basket } from '../core/basket';
import { messageOf } from '../parts/use-action';
import { useOnline, useTill } from '../till-context';
import type { OpenTill } from '../shop';
import { scanCustomer, scanItem, type FoundItem } from './find-item';
import type { BasketState } from './use-basket';

/** Adds what was found. */
export const adding =
  ({ item, added }: FoundItem): ((basket: Basket) => Basket) =>
  (basket) =>
    addItem(basket, item, added, () => crypto.randomUUID());

/** Handles the scans in their order, and says what was found. */
export function useScans({ branchId }: OpenTill, change: BasketState['change']) {
  const { api, catalogue, rules } = useTill();
  const online = useOnline();
  const [said, setSaid] = useState('');
  const [problem, setProblem] = useState<string>();
  const last = useRef(Promise.resolve());
  const findItem = async (code: string) => {
    const found = await scanItem(api, { catalogue, rules, branchId }, code, online);
    if (found) {
      change(adding(found));
      setSaid(`${found.item.name} added`);
    } else {
      setProblem(`"${code}" is not in this till’s copy of the catalogue.`);
    }
  };
  const find = async (code: string) => {
    setProblem(undefined);
    try {
      await findItem(code);
    } catch (error) {
      // No item: it may be the card of a customer.
      const unknown = error instanceof GraphError && error.code === 'PRODUCT_NOT_FOUND';
      const customer = unknown ? await scanCustomer(api, code) : undefined;
      if (!customer) throw error;
      change((basket) => withCustomer(basket, customer));
      setSaid(`${customer.name} is the customer`);
    }
  };
  const scan = (code: string) => {
    last.current = last.current
      .then(() => find(code))
      .catch((error: unknown) => setProblem(messageOf(error)));
  };
  return { scan, said, problem };
}
