import { useEffect, useState } from 'preact/hooks';
import { Button } from '../../shared/ui/button';
import { Field } from '../../shared/ui/field';
import { Notice } from '../../shared/ui/notice';
import { parseAmount } from '../core/money';
import {
  OpenTheRegisterDocument,
  TillRegistersDocument,
  type OpenSessionFragment,
  type TillRegisterFragment,
} from '../operations.generated';
import { useAction } from '../parts/use-action';
import { readOpenTill, type OpenTill } from '../shop';
import { useMay, useOnline, useTill } from '../till-context';

/** The registers of the branch: one that is open goes on, another is opened with its float. */
export function ChooseRegister({ onOpen }: { onOpen: (till: OpenTill) => void }) {
  const { api, shop, signOut } = useTill();
  const online = useOnline();
  const [registers, setRegisters] = useState<readonly TillRegisterFragment[]>();
  const read = useAction(async () => {
    const { registers: page } = await api.query(TillRegistersDocument, {
      branchId: shop.me.branch?.id ?? null,
    });
    setRegisters(page.items);
  });
  useEffect(() => {
    if (online) read.run();
    // Anew for each connection; the action itself is new with each rendering.
  }, [online]);
  const enter = useAction(async (register: TillRegisterFragment, session: OpenSessionFragment) => {
    onOpen(await readOpenTill(api, shop.me, register, session));
  });
  return (
    <main class="choose">
      <h1>Choose a register</h1>
      {!online && (
        <Notice kind="warning">
          A register is opened with a connection. It then sells without one, too.
        </Notice>
      )}
      {[read.problem, enter.problem].map((problem) => problem && <Notice kind="error">{problem}</Notice>)}
      {registers?.length === 0 && <Notice>There is no register yet. An administrator creates one.</Notice>}
      <ul class="cards">
        {registers?.map((register) => (
          <li key={register.id} class="card">
            <RegisterCard register={register} onEnter={enter.run} busy={enter.busy} />
          </li>
        ))}
      </ul>
      <Button onClick={signOut}>Sign out</Button>
    </main>
  );
}

interface RegisterCardProps {
  readonly register: TillRegisterFragment;
  readonly onEnter: (register: TillRegisterFragment, session: OpenSessionFragment) => void;
  readonly busy: boolean;
}

function RegisterCard({ register, onEnter, busy }: RegisterCardProps) {
  const { shop, formats } = useTill();
  const mayUseOthers = useMay('pos:override');
  const { session } = register;
  if (!session) return <OpenForm register={register} onEnter={onEnter} />;
  const own = session.cashierId === shop.me.id || mayUseOthers;
  return (
    <>
      <h2>{register.name}</h2>
      <p class="quiet">
        Open since {formats.time(session.openedAt)}
        {session.cashier && `, ${session.cashier.name}`}
      </p>
      {own ? (
        <Button kind="primary" busy={busy} onClick={() => onEnter(register, session)}>
          Continue at {register.name}
        </Button>
      ) : (
        <p class="quiet">Another cashier works here.</p>
      )}
    </>
  );
}

function OpenForm({ register, onEnter }: Pick<RegisterCardProps, 'register' | 'onEnter'>) {
  const { api } = useTill();
  const [float, setFloat] = useState('');
  const amount = parseAmount(float, 4);
  const open = useAction(async () => {
    if (!amount) return;
    const input = { registerId: register.id, openingFloat: amount.toFixed() };
    onEnter(register, (await api.mutate(OpenTheRegisterDocument, { input })).openRegister);
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        open.run();
      }}
    >
      <h2>{register.name}</h2>
      <Field
        label={`Float of ${register.name}, ${register.currency}`}
        hint="Cash in the drawer."
        inputMode="decimal"
        required
        value={float}
        onValue={setFloat}
        error={float !== '' && !amount ? 'This is not an amount.' : open.problem}
      />
      <Button type="submit" kind="primary" busy={open.busy}>
        Open {register.name}
      </Button>
    </form>
  );
}
