import { useRef, useState } from 'preact/hooks';
import { Notice } from '../../shared/ui/notice';
import { Button } from '../../shared/ui/button';
import { withCustomer, type BasketApproval } from '../core/basket';
import { ParkDialog } from '../parked/park-dialog';
import { useFunctionKeys, useScanner } from '../parts/use-keys';
import type { OpenTill } from '../shop';
import { useOnline } from '../till-context';
import { ApprovalDialog } from './approval-dialog';
import { BasketLines } from './basket-lines';
import { CustomerDialog } from '../customers/customer-dialog';
import { CustomerPanel } from '../customers/customer-panel';
import { CameraButton } from './camera-button';
import type { CompletedSale } from './complete-sale';
import { DiscountDialog, type DiscountTarget } from './discount-dialog';
import { ReceiptScreen } from './receipt-screen';
import { SearchBox } from './search-box';
import { TenderScreen } from './tender-screen';
import { Totals } from './totals';
import type { BasketState } from './use-basket';
import { usePrice } from './use-price';
import { adding, useScans } from './use-scans';

export type SaleScreenProps = BasketState & {
  readonly till: OpenTill;
  /** Whether the customer is paying. */
  readonly paying: boolean;
  readonly onPaying: (paying: boolean) => void;
};

/** A sale from the first scan to the receipt. */
export function SaleScreen(props: SaleScreenProps) {
  const { till, basket, clear, paying, onPaying } = props;
  const [completed, setCompleted] = useState<CompletedSale>();
  const price = usePrice(till, basket);
  if (completed) return <ReceiptScreen completed={completed} onDone={() => setCompleted(undefined)} />;
  if (paying) {
    return (
      <TenderScreen
        till={till}
        basket={basket}
        priced={price.priced}
        onBack={() => onPaying(false)}
        onCompleted={(sale) => {
          clear();
          onPaying(false);
          setCompleted(sale);
        }}
      />
    );
  }
  return <BasketScreen {...props} price={price} onPay={() => onPaying(true)} />;
}

type BasketScreenProps = SaleScreenProps & {
  readonly price: ReturnType<typeof usePrice>;
  readonly onPay: () => void;
};

type OpenDialog = 'approval' | 'park' | 'customer' | DiscountTarget;

function BasketScreen({ till, basket, change, clear, price, onPay }: BasketScreenProps) {
  const [dialog, setDialog] = useState<OpenDialog>();
  const search = useRef<HTMLInputElement>(null);
  const online = useOnline();
  const { scan, said, problem } = useScans(till, change);
  useScanner(scan);
  const { issues } = price.priced;
  const payable =
    basket.lines.length > 0 &&
    price.settled &&
    !issues.age &&
    issues.approvals.length + issues.blocking.length === 0;
  const pay = () => payable && onPay();
  const canPark = online && basket.lines.length > 0;
  useFunctionKeys({
    F2: () => search.current?.focus(),
    F3: () => basket.lines.length > 0 && setDialog({ line: null }),
    F4: pay,
    F6: () => online && setDialog('customer'),
    F7: () => canPark && setDialog('park'),
  });
  const close = () => setDialog(undefined);
  return (
    <main class="sale">
      <section class="panel" aria-label="Basket">
        <div class="finding">
          <SearchBox
            inputRef={search}
            branchId={till.branchId}
            onChoose={(item) => change(adding({ item, added: { quantity: '1' } }))}
          />
          <CameraButton onScan={scan} />
        </div>
        <p class="unseen" role="status">
          {said}
        </p>
        {problem !== undefined && <Notice kind="error">{problem}</Notice>}
        <BasketLines
          basket={basket}
          priced={price.priced}
          places={till.terms.places}
          onChange={change}
          onDiscount={(key) => setDialog({ line: key })}
        />
      </section>
      <section class="panel paying" aria-label="Total">
        <CustomerPanel
          {...{ basket, points: price.priced.points, onChange: change }}
          onFind={() => setDialog('customer')}
        />
        <Totals
          price={price}
          basket={basket}
          onApprove={() => setDialog('approval')}
          onAge={() => change((before) => ({ ...before, ageConfirmed: true }))}
        />
        <Actions
          empty={basket.lines.length === 0}
          payable={payable}
          canPark={canPark}
          onPay={pay}
          onClear={clear}
          onOpen={setDialog}
        />
      </section>
      <Dialogs {...{ dialog, till, basket, change, clear }} approval={issues.approvals[0]} onClose={close} />
    </main>
  );
}

interface DialogsProps extends Pick<BasketScreenProps, 'till' | 'basket' | 'change' | 'clear'> {
  /** The one that is open; undefined for none. */
  readonly dialog: OpenDialog | undefined;
  /** What a manager may approve next. */
  readonly approval: BasketApproval['kind'] | undefined;
  readonly onClose: () => void;
}

function Dialogs({ dialog, till, basket, change, clear, approval, onClose }: DialogsProps) {
  return (
    <>
      <DiscountDialog
        target={typeof dialog === 'object' ? dialog : undefined}
        {...{ basket, onChange: change, onClose, places: till.terms.places }}
      />
      <ApprovalDialog
        kind={dialog === 'approval' ? approval : undefined}
        {...{ registerId: till.registerId, onChange: change, onClose }}
      />
      <CustomerDialog
        open={dialog === 'customer'}
        onChoose={(customer) => change((before) => withCustomer(before, customer))}
        onClose={onClose}
      />
      <ParkDialog open={dialog === 'park'} {...{ till, basket, onParked: clear, onClose }} />
    </>
  );
}

interface ActionsProps {
  readonly empty: boolean;
  readonly payable: boolean;
  readonly canPark: boolean;
  readonly onPay: () => void;
  readonly onClear: () => void;
  readonly onOpen: (dialog: OpenDialog) => void;
}

/** The actions of a basket. */
function Actions({ empty, payable, canPark, onPay, onClear, onOpen }: ActionsProps) {
  return (
    <>
      <Button kind="primary" disabled={!payable} onClick={onPay} aria-keyshortcuts="F4">
        Pay <kbd aria-hidden="true">F4</kbd>
      </Button>
      <div class="actions">
        <Button disabled={empty} onClick={() => onOpen({ line: null })} aria-keyshortcuts="F3">
          Discount <kbd aria-hidden="true">F3</kbd>
        </Button>
        <Button disabled={!canPark} onClick={() => onOpen('park')} aria-keyshortcuts="F7">
          Park <kbd aria-hidden="true">F7</kbd>
        </Button>
        <Button kind="danger" disabled={empty} onClick={onClear}>
          Clear
        </Button>
      </div>
    </>
  );
}
