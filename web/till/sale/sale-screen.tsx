import { useRef, useState } from 'preact/hooks';
import { Notice } from '../../shared/ui/notice';
import { Button } from '../../shared/ui/button';
import { addItem } from '../core/basket';
import { ParkDialog } from '../parked/park-dialog';
import { messageOf } from '../parts/use-action';
import { useFunctionKeys, useScanner } from '../parts/use-keys';
import type { OpenTill } from '../shop';
import { useOnline, useTill } from '../till-context';
import { ApprovalDialog } from './approval-dialog';
import { BasketLines } from './basket-lines';
import { CameraButton } from './camera-button';
import type { CompletedSale } from './complete-sale';
import { DiscountDialog, type DiscountTarget } from './discount-dialog';
import { scanItem, type FoundItem } from './find-item';
import { ReceiptScreen } from './receipt-screen';
import { SearchBox } from './search-box';
import { TenderScreen } from './tender-screen';
import { Totals } from './totals';
import type { BasketState } from './use-basket';
import { usePrice } from './use-price';

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
        total={price.priced.total}
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

type OpenDialog = 'approval' | 'park' | DiscountTarget;

function BasketScreen({ till, basket, change, clear, price, onPay }: BasketScreenProps) {
  const [dialog, setDialog] = useState<OpenDialog>();
  const search = useRef<HTMLInputElement>(null);
  const online = useOnline();
  const { scan, said, problem } = useScans(change);
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
    F7: () => canPark && setDialog('park'),
  });
  const close = () => setDialog(undefined);
  return (
    <main class="sale">
      <section class="panel" aria-label="Basket">
        <div class="finding">
          <SearchBox
            inputRef={search}
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
          onChange={change}
          onDiscount={(key) => setDialog({ line: key })}
        />
      </section>
      <section class="panel paying" aria-label="Total">
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
      <DiscountDialog
        target={typeof dialog === 'object' ? dialog : undefined}
        {...{ basket, onChange: change, onClose: close, places: till.terms.places }}
      />
      <ApprovalDialog
        kind={dialog === 'approval' ? issues.approvals[0] : undefined}
        {...{ registerId: till.registerId, onChange: change, onClose: close }}
      />
      <ParkDialog open={dialog === 'park'} {...{ till, basket, onParked: clear, onClose: close }} />
    </main>
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

/** Adds what was found. */
const adding =
  ({ item, added }: FoundItem): Parameters<BasketState['change']>[0] =>
  (basket) =>
    addItem(basket, item, added, () => crypto.randomUUID());

/** Adds each scanned item, in the order of the scans, and says what was found. */
function useScans(change: BasketState['change']) {
  const { api, catalogue } = useTill();
  const online = useOnline();
  const [said, setSaid] = useState('');
  const [problem, setProblem] = useState<string>();
  const last = useRef(Promise.resolve());
  const find = async (code: string) => {
    setProblem(undefined);
    const found = await scanItem({ api, catalogue }, code, online);
    if (found) {
      change(adding(found));
      setSaid(`${found.item.name} added`);
    } else {
      setProblem(`"${code}" is not in this till’s copy of the catalogue.`);
    }
  };
  const scan = (code: string) => {
    last.current = last.current
      .then(() => find(code))
      .catch((error: unknown) => setProblem(messageOf(error)));
  };
  return { scan, said, problem };
}
