import { useCallback, useEffect, useState } from 'preact/hooks';
import { emptyBasket, type Basket } from '../core/basket';
import { readState, writeState } from '../storage/database';
import { useTill } from '../till-context';

const BASKET_KEY = 'basket';
const newId = () => crypto.randomUUID();

export interface BasketState {
  readonly basket: Basket;
  /** Changes the basket by a function of the one before. */
  readonly change: (changed: (basket: Basket) => Basket) => void;
  /** Begins a new basket. */
  readonly clear: () => void;
}

/** The basket of the till. It is kept in the database, so that it survives a reload; undefined until it is read. */
export function useBasket(): BasketState | undefined {
  const { db } = useTill();
  const [basket, setBasket] = useState<Basket>();
  useEffect(() => {
    // A basket that an older page has kept may lack a part.
    void readState<Partial<Basket>>(db, BASKET_KEY).then((kept) =>
      setBasket({ ...emptyBasket(newId), ...kept }),
    );
  }, [db]);
  useEffect(() => {
    if (basket) void writeState(db, BASKET_KEY, basket);
  }, [db, basket]);
  const change = useCallback((changed: (basket: Basket) => Basket) => {
    setBasket((before) => before && changed(before));
  }, []);
  const clear = useCallback(() => setBasket(emptyBasket(newId)), []);
  return basket && { basket, change, clear };
}
