/** Makes the basket of the till from a parked one. */
import { emptyBasket, type Added, type Basket, type Discount, type Item, type Line } from '../core/basket';
import type { RecallTheBasketMutation } from '../operations.generated';
import { scanAtServer } from '../sale/find-item';
import { toItem, type TillApi } from '../till-api';

type Parked = RecallTheBasketMutation['recallBasket'];
type ParkedLine = Parked['items'][number];

const newId = () => crypto.randomUUID();

/** Each line stays a line of its own. @throws GraphError for an item that is gone. */
export async function toBasket(api: TillApi, parked: Parked): Promise<Basket> {
  const { customer = null, note = null } = parked;
  const lines: Line[] = [];
  for (const line of parked.items) lines.push(await toLine(api, line));
  return { ...emptyBasket(newId), lines, customer, note, discount: toDiscount(parked.discount) };
}

/** A line that was entered as a barcode alone, such as a label, is scanned again. */
async function toLine(api: TillApi, parked: ParkedLine): Promise<Line> {
  const { variant, barcode, quantity } = parked;
  const { item, added }: { item: Item; added: Added } =
    barcode != null && quantity == null
      ? await scanAtServer(api, barcode)
      : { item: toItem(variant!.product, variant!), added: { quantity: quantity ?? '1' } };
  return {
    ...item,
    ...added,
    label: added.label ?? null,
    key: newId(),
    discount: toDiscount(parked.discount),
    value: item.giftCard && parked.unitPrice != null ? parked.unitPrice : null,
  };
}

function toDiscount(discount: Parked['discount']): Discount | null {
  if (discount?.percent != null) return { percent: discount.percent };
  return discount?.amount == null ? null : { amount: discount.amount };
}
