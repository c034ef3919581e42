import { useSubscription } from '@urql/preact';
import { useState } from 'preact/hooks';
import { useBranches, type BranchChoice } from '../shared/branches';
import { usePage } from '../shared/page-context';
import { Notice } from '../shared/ui/notice';
import { Branches, Channels, Tenders } from './breakdowns';
import { Forecast } from './forecast';
import { Header } from './header';
import { Hours } from './hours';
import { LatestSales } from './latest-sales';
import { useLiveSales } from './live-sales';
import { DayDocument, SalesTodayDocument } from './operations.generated';
import { Permitted } from './permitted';
import { usePolledQuery } from './polled-query';
import { Campaigns, LowStock, Registers, Tickets } from './shop';
import type { SalesState } from './sales-state';
import { TodaySoFar } from './today-so-far';

const EVERY_MS = 60_000;

/** The screen of one branch. A person without a branch of their own chooses one. */
export function Dashboard() {
  const { me } = usePage();
  const branches = useBranches();
  const [chosen, setChosen] = useState<string>();
  const branch = branches.find(({ id }) => id === chosen) ?? me.branch ?? branches[0];
  return (
    <>
      <Header branches={branches} branchId={branch?.id} onBranch={setChosen} />
      {branch ? (
        <Screen key={branch.id} branchId={branch.id} branches={branches} />
      ) : (
        <Notice>Loading …</Notice>
      )}
    </>
  );
}

function Screen({ branchId, branches }: { branchId: string; branches: readonly BranchChoice[] }) {
  const sales = useLiveSales(branchId);
  return (
    <main class="panels">
      <Permitted title="Today" by={['reports:read']}>
        <Figures branchId={branchId} branches={branches} sales={sales} />
      </Permitted>
      <Permitted title="Latest sales" by={['orders:read']}>
        <LatestSales sales={sales} />
      </Permitted>
      <Permitted title="Registers" by={['pos:register', 'reports:read']}>
        <Registers branchId={branchId} news={sales.at} />
      </Permitted>
      <Permitted title="Low stock" by={['inventory:read']}>
        <LowStock branchId={branchId} />
      </Permitted>
      <Permitted title="Campaigns" by={['marketing:read']}>
        <Campaigns />
      </Permitted>
      <Permitted title="Open tickets" by={['support:read']}>
        <Tickets />
      </Permitted>
    </main>
  );
}

interface FiguresProps {
  readonly branchId: string;
  readonly branches: readonly BranchChoice[];
  readonly sales: SalesState;
}

/** The panels of the day's figures: its totals come live, the rest is read after sales. */
function Figures({ branchId, branches, sales }: FiguresProps) {
  const [{ data }] = useSubscription({ query: SalesTodayDocument, variables: { branchId } });
  const today = data?.salesToday;
  const { data: report } = usePolledQuery({
    query: DayDocument,
    variables: { branchId },
    everyMs: EVERY_MS,
    news: today?.at,
  });
  const day = report?.dailySalesReport;
  return (
    <>
      <TodaySoFar today={today} day={day} sales={sales} />
      {day && <Hours branchId={branchId} day={day} />}
      {day && <Tenders day={day} />}
      {day && <Channels branchId={branchId} date={day.date} />}
      {branches.length > 1 && <Branches branches={branches} />}
      <Forecast branchId={branchId} />
    </>
  );
}
