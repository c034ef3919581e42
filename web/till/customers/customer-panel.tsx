import { Button } from '../../shared/ui/button';
import { withCustomer, type Basket } from '../core/basket';
import type { BasketPoints } from '../sale/price';
import { useOnline, useTill } from '../till-context';
import type { BasketState } from '../sale/use-basket';

export interface CustomerPanelProps {
  readonly basket: Basket;
  /** Undefined without a loyalty program, and while the server is asked or away. */
  readonly points: BasketPoints | undefined;
  readonly onChange: BasketState['change'];
  readonly onFind: () => void;
}

/** The customer of the sale, with the points that the customer has and gets. */
export function CustomerPanel({ basket, points, onChange, onFind }: CustomerPanelProps) {
  const online = useOnline();
  const { customer } = basket;
  if (!customer) {
    return (
      <div class="customer">
        <Button disabled={!online} onClick={onFind} aria-keyshortcuts="F6">
          Customer <kbd aria-hidden="true">F6</kbd>
        </Button>
        {!online && <span class="quiet">Customers are found only with a connection.</span>}
      </div>
    );
  }
  return (
    <div class="customer" role="group" aria-label="Customer">
      <strong>{customer.name}</strong>
      <Button kind="danger" onClick={() => onChange((before) => withCustomer(before, null))}>
        Remove customer
      </Button>
      {!online && (
        <span class="quiet">
          No connection: offers for this customer and the balance of points are not known.
        </span>
      )}
      {points && <Points basket={basket} points={points} onChange={onChange} />}
    </div>
  );
}

type PointsProps = Pick<CustomerPanelProps, 'basket' | 'onChange'> & { readonly points: BasketPoints };

function Points({ basket, points, onChange }: PointsProps) {
  const { formats } = useTill();
  const redeem = (redeemPoints: number) => onChange((before) => ({ ...before, redeemPoints }));
  const { balance, redeemable, value, earned, redeemed, discount } = points;
  return (
    <>
      <span class="quiet" data-testid="points">
        {formats.number(balance)} points, earns {formats.number(earned)}
      </span>
      {redeemed > 0 && (
        <span>
          {formats.number(redeemed)} points pay {formats.money(discount)}.
        </span>
      )}
      {basket.redeemPoints > 0 ? (
        <Button onClick={() => redeem(0)}>Keep the points</Button>
      ) : (
        redeemable > 0 && (
          <Button onClick={() => redeem(redeemable)}>
            Redeem {formats.number(redeemable)} points, {formats.money(value)}
          </Button>
        )
      )}
    </>
  );
}
