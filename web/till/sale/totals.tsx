import { Button } from '../../shared/ui/button';
import { Notice } from '../../shared/ui/notice';
import { minimumAge, type Basket } from '../core/basket';
import { useTill } from '../till-context';
import { discountText } from './basket-lines';
import type { Price } from './use-price';

export interface TotalsProps {
  readonly price: Price;
  readonly basket: Basket;
  readonly onApprove: () => void;
  readonly onAge: () => void;
}

/** The amount to pay, and what stands in the way. */
export function Totals({ price: { priced, settled }, basket, onApprove, onAge }: TotalsProps) {
  const { formats } = useTill();
  const { approvals, age, blocking } = priced.issues;
  return (
    <>
      <dl class="totals" aria-live="polite" aria-busy={!settled}>
        {basket.discount && (
          <div>
            <dt>Discount on all</dt>
            <dd>{discountText(basket.discount, formats)}</dd>
          </div>
        )}
        <div>
          <dt>Discounts</dt>
          <dd>{formats.money(priced.discountTotal)}</dd>
        </div>
        <div>
          <dt>Tax</dt>
          <dd>{formats.money(priced.taxTotal)}</dd>
        </div>
        <div class="grand">
          <dt>{priced.estimated && basket.lines.length > 0 ? 'Total, calculated by this till' : 'Total'}</dt>
          <dd data-testid="total">{formats.money(priced.total)}</dd>
        </div>
      </dl>
      {blocking.map(({ message }) => (
        <Notice key={message} kind="error">
          {message}
        </Notice>
      ))}
      {approvals.length > 0 && (
        <Notice kind="warning">
          <p>{approvals[0] === 'discount' ? 'This discount' : 'This price'} needs a manager’s approval.</p>
          <Button kind="primary" onClick={onApprove}>
            Approve
          </Button>
        </Notice>
      )}
      {basket.approvals.map(({ token, approvedBy }) => (
        <p key={token} class="quiet">
          Approved by {approvedBy}.
        </p>
      ))}
      {age && (
        <Notice kind="warning">
          <p>The customer must be {minimumAge(basket) ?? 18} or older.</p>
          <Button kind="primary" onClick={onAge}>
            Age verified
          </Button>
        </Notice>
      )}
    </>
  );
}
