/** The shop around the sales: registers, goods that run out, campaigns, and customers who wait for an answer. */
import { useSubscription } from '@urql/preact';
import { usePage } from '../shared/page-context';
import { DataTable } from '../shared/ui/table';
import {
  CampaignsDocument,
  LowStockDocument,
  RegisterChangedDocument,
  RegistersDocument,
  StockFellLowDocument,
  TicketChangedDocument,
  TicketsDocument,
} from './operations.generated';
import { Panel } from './panel';
import { usePolledQuery } from './polled-query';

const EVERY_MS = 120_000;

/** The registers of the branch, and what should be in the drawers of the open ones. */
export function Registers({ branchId, news }: { branchId: string; news: string | undefined }) {
  const { formats } = usePage();
  const [{ data: change }] = useSubscription({ query: RegisterChangedDocument, variables: { branchId } });
  const { data } = usePolledQuery({
    query: RegistersDocument,
    variables: { branchId },
    everyMs: EVERY_MS,
    news: `${change?.registerChanged.cursor ?? ''} ${news ?? ''}`,
  });
  return (
    <Panel title="Registers">
      <DataTable
        caption="Registers and their drawers"
        empty={data ? 'The branch has no register.' : 'Loading …'}
        rows={data?.registers.items ?? []}
        keyOf={({ id }) => id}
        columns={[
          { header: 'Register', cell: ({ name }) => name },
          {
            header: 'State',
            cell: ({ session }) => (session ? `Open since ${formats.time(session.openedAt)}` : 'Closed'),
          },
          { header: 'Cashier', cell: ({ session }) => session?.cashier?.name ?? '–' },
          {
            header: 'In the drawer',
            numeric: true,
            cell: ({ session }) => (session?.expectedCash ? formats.money(session.expectedCash) : '–'),
          },
        ]}
      />
    </Panel>
  );
}

/** Goods at or below their reorder point. */
export function LowStock({ branchId }: { branchId: string }) {
  const { formats } = usePage();
  const [{ data: alert }] = useSubscription({ query: StockFellLowDocument, variables: { branchId } });
  const { data } = usePolledQuery({
    query: LowStockDocument,
    variables: { branchId },
    everyMs: EVERY_MS,
    news: alert?.lowStock.cursor,
  });
  const levels = data?.lowStock;
  return (
    <Panel title={levels ? `Low stock (${formats.number(levels.total)})` : 'Low stock'}>
      <DataTable
        caption="Goods at or below their reorder point"
        empty={data ? 'Nothing is low.' : 'Loading …'}
        rows={levels?.items ?? []}
        keyOf={({ id }) => id}
        columns={[
          { header: 'Product', cell: ({ product }) => product.name },
          { header: 'Available', numeric: true, cell: ({ available }) => formats.quantity(available) },
          {
            header: 'Reorder at',
            numeric: true,
            cell: ({ reorderPoint }) =>
              reorderPoint === null || reorderPoint === undefined ? '–' : formats.quantity(reorderPoint),
          },
          { header: 'Incoming', numeric: true, cell: ({ incoming }) => formats.quantity(incoming) },
        ]}
      />
    </Panel>
  );
}

/** Campaigns that apply now, and what they have given. */
export function Campaigns() {
  const { formats } = usePage();
  const { data } = usePolledQuery({ query: CampaignsDocument, variables: {}, everyMs: EVERY_MS });
  return (
    <Panel title="Campaigns">
      <DataTable
        caption="Active campaigns"
        empty={data ? 'No campaign is active.' : 'Loading …'}
        rows={data?.campaigns.items ?? []}
        keyOf={({ id }) => id}
        columns={[
          { header: 'Campaign', cell: ({ name }) => name },
          { header: 'Uses', numeric: true, cell: ({ uses }) => formats.number(uses) },
          { header: 'Given', numeric: true, cell: ({ spent }) => formats.money(spent) },
        ]}
      />
    </Panel>
  );
}

/** Tickets that wait for the staff, the oldest first. */
export function Tickets() {
  const { formats } = usePage();
  const [{ data: change }] = useSubscription({ query: TicketChangedDocument, variables: {} });
  const { data } = usePolledQuery({
    query: TicketsDocument,
    variables: {},
    everyMs: EVERY_MS,
    news: change?.ticketChanged.cursor,
  });
  const tickets = data?.tickets;
  return (
    <Panel title={tickets ? `Open tickets (${formats.number(tickets.total)})` : 'Open tickets'}>
      <DataTable
        caption="Tickets that wait for the staff"
        empty={data ? 'No ticket waits.' : 'Loading …'}
        rows={tickets?.items ?? []}
        keyOf={({ id }) => id}
        columns={[
          { header: 'Ticket', cell: ({ number }) => number },
          { header: 'Subject', cell: ({ subject }) => subject },
          { header: 'Priority', cell: ({ priority }) => priority },
        ]}
      />
    </Panel>
  );
}
