import { useEffect, useState } from 'preact/hooks';
import { Notice } from '../shared/ui/notice';
import { CashScreen } from './cash/cash-screen';
import { ParkedScreen } from './parked/parked-screen';
import { Header, type ScreenName } from './parts/header';
import { useFunctionKeys } from './parts/use-keys';
import { QueueScreen } from './queue/queue-screen';
import { ChooseRegister } from './register/choose-register';
import { ReturnScreen } from './returns/return-screen';
import { SaleScreen } from './sale/sale-screen';
import { useBasket, type BasketState } from './sale/use-basket';
import { copiedTill, keepTill, type OpenTill } from './shop';
import { useTill } from './till-context';

/** The till of a person who is signed in: the choice of a register, then its screens. */
export function TillPage() {
  const { db } = useTill();
  const [till, setTill] = useState<OpenTill | null>();
  const basket = useBasket();
  useEffect(() => {
    void copiedTill(db).then((copy) => setTill(copy ?? null));
  }, [db]);
  const choose = (chosen: OpenTill | null) => {
    setTill(chosen);
    void keepTill(db, chosen ?? undefined);
  };
  if (till === undefined || !basket) return <Notice>Starting …</Notice>;
  if (till === null) return <ChooseRegister onOpen={choose} />;
  return <Screens till={till} basket={basket} onClosed={() => choose(null)} />;
}

interface ScreensProps {
  readonly till: OpenTill;
  readonly basket: BasketState;
  readonly onClosed: () => void;
}

function Screens({ till, basket, onClosed }: ScreensProps) {
  const [screen, setScreen] = useState<ScreenName>('sale');
  const [paying, setPaying] = useState(false);
  const show = (name: ScreenName) => !paying && setScreen(name);
  useFunctionKeys({
    F1: () => show('sale'),
    F8: () => show('parked'),
    F9: () => show('return'),
    F10: () => show('cash'),
  });
  const toSale = () => setScreen('sale');
  return (
    <>
      <Header till={till} screen={screen} onScreen={show} locked={paying} onLeave={onClosed} />
      {screen === 'sale' && <SaleScreen till={till} {...basket} paying={paying} onPaying={setPaying} />}
      {screen === 'parked' && <ParkedScreen till={till} {...basket} onRecalled={toSale} />}
      {screen === 'return' && <ReturnScreen till={till} />}
      {screen === 'queue' && <QueueScreen />}
      {screen === 'cash' && <CashScreen till={till} onClosed={onClosed} />}
    </>
  );
}
