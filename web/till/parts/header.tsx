import { isUnanswered, needsAttention } from '../core/offline-queue';
import { Button } from '../../shared/ui/button';
import type { OpenTill } from '../shop';
import { useOnline, useQueue, useTill } from '../till-context';

export type ScreenName = 'sale' | 'parked' | 'return' | 'queue' | 'cash';

const SCREENS: readonly { readonly name: ScreenName; readonly title: string; readonly key?: string }[] = [
  { name: 'sale', title: 'Sale', key: 'F1' },
  { name: 'parked', title: 'Parked', key: 'F8' },
  { name: 'return', title: 'Return', key: 'F9' },
  { name: 'queue', title: 'Offline sales' },
  { name: 'cash', title: 'Cash-up', key: 'F10' },
];

export interface HeaderProps {
  readonly till: OpenTill;
  readonly screen: ScreenName;
  readonly onScreen: (screen: ScreenName) => void;
  /** While a customer pays, the screen with the payments stays open. */
  readonly locked: boolean;
  /** Chooses another register; the session of this one stays open. */
  readonly onLeave: () => void;
}

/** The register, the connection, the screens, and the way out. */
export function Header({ till, screen, onScreen, locked, onLeave }: HeaderProps) {
  const { shop, signOut } = useTill();
  return (
    <header class="top">
      <h1>
        {till.name} {till.training && <span class="badge badge-warning">Training</span>}
      </h1>
      <ConnectionState />
      <nav aria-label="Screens">
        {SCREENS.map(({ name, title, key }) => (
          <button
            key={name}
            type="button"
            class="tab"
            aria-current={name === screen ? 'page' : undefined}
            aria-keyshortcuts={key}
            disabled={locked && name !== screen}
            onClick={() => onScreen(name)}
          >
            {title}
            {name === 'queue' ? <QueueCount /> : <kbd aria-hidden="true">{key}</kbd>}
          </button>
        ))}
      </nav>
      <span class="quiet">{shop.me.name}</span>
      <Button disabled={locked} onClick={onLeave}>
        Other register
      </Button>
      <Button disabled={locked} onClick={signOut}>
        Sign out
      </Button>
    </header>
  );
}

function ConnectionState() {
  const online = useOnline();
  return (
    <span role="status" class={online ? 'badge badge-good' : 'badge badge-warning'}>
      {online ? 'Online' : 'Offline: sales are stored on this device'}
    </span>
  );
}

/** Offline sales that wait for a connection or for a person. */
function QueueCount() {
  const sales = useQueue();
  const waiting = sales.filter(isUnanswered).length;
  const attention = sales.filter(needsAttention).length;
  if (waiting + attention === 0) return null;
  return (
    <span class={attention > 0 ? 'badge badge-warning' : 'badge'}>
      {waiting + attention}
      <span class="unseen">{attention > 0 ? ', some need attention' : ' waiting'}</span>
    </span>
  );
}
