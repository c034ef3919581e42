import { useState } from 'preact/hooks';
import { usePage } from '../shared/page-context';
import { useBranches } from '../shared/branches';
import { Header } from './header';
import { LatestSales } from './latest-sales';
import { Permitted } from './permitted';
import { TodaySoFar } from './today-so-far';

/** The screen of one branch. A person without a branch of their own chooses one. */
export function Dashboard() {
  const { me } = usePage();
  const branches = useBranches();
  const [chosen, setChosen] = useState<string>();
  const branch = branches.find(({ id }) => id === chosen) ?? me.branch ?? branches[0];
  return (
    <>
      <Header branches={branches} branchId={branch?.id} onBranch={setChosen} />
      {branch && (
        <main class="panels" key={branch.id}>
          <Permitted title="Today" by={['reports:read']}>
            <TodaySoFar branchId={branch.id} />
          </Permitted>
          <Permitted title="Latest sales" by={['orders:read']}>
            <LatestSales branchId={branch.id} />
          </Permitted>
        </main>
      )}
    </>
  );
}
