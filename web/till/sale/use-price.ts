import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Basket } from '../core/basket';
import type { OpenTill } from '../shop';
import { useOnline, useTill } from '../till-context';
import { estimateBasket, priceBasket, type PricedBasket } from './price';

/** Time after a change before the server is asked, in milliseconds: several scans are priced at once. */
const PAUSE_MS = 120;

export interface Price {
  readonly priced: PricedBasket;
  /** Whether the amounts are those of the basket as it is; until then they are an estimate. */
  readonly settled: boolean;
}

/** The price of the basket, again after each change and when the connection comes or goes. */
export function usePrice(till: OpenTill, basket: Basket): Price {
  const { api, shop, catalogue, rules } = useTill();
  const alone = useMemo(
    () => ({ catalogue, rules, discountLimit: shop.discountLimit }),
    [catalogue, rules, shop],
  );
  const online = useOnline();
  const [answer, setAnswer] = useState<{ basket: Basket; priced: PricedBasket }>();
  const estimated = basket.lines.length === 0 || !online;
  useEffect(() => {
    if (estimated) return;
    let outdated = false;
    const timer = setTimeout(() => {
      void priceBasket(api, till, basket, alone).then((priced) => {
        if (!outdated) setAnswer({ basket, priced });
      });
    }, PAUSE_MS);
    return () => {
      outdated = true;
      clearTimeout(timer);
    };
  }, [api, till, basket, alone, estimated]);
  if (!estimated && answer?.basket === basket) return { priced: answer.priced, settled: true };
  return { priced: estimateBasket(till, basket, alone), settled: estimated };
}
