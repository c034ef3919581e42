import type { BranchChoice } from '../shared/branches';
import { useConnection, usePage } from '../shared/page-context';
import { Button } from '../shared/ui/button';
import { SelectField } from '../shared/ui/field';

export interface HeaderProps {
  readonly branches: readonly BranchChoice[];
  readonly branchId: string | undefined;
  readonly onBranch: (id: string) => void;
}

/** The shop, the branch, whether the figures are live, and the way out. */
export function Header({ branches, branchId, onBranch }: HeaderProps) {
  const { me, signOut } = usePage();
  return (
    <header class="top">
      <h1>{me.organization.name}</h1>
      {branches.length > 1 && branchId !== undefined && (
        <SelectField
          label="Branch"
          value={branchId}
          onValue={onBranch}
          options={branches.map(({ id, name }) => ({ value: id, label: name }))}
        />
      )}
      <ConnectionState />
      <span class="quiet">
        {me.name}, {me.role}
      </span>
      <Button onClick={signOut}>Sign out</Button>
    </header>
  );
}

const WORDS = {
  connecting: 'Connecting …',
  live: 'Live',
  away: 'The server is away. What happens now is shown when it is back.',
} as const;

function ConnectionState() {
  const connection = useConnection();
  return (
    <span class={`connection connection-${connection}`} role="status">
      {WORDS[connection]}
    </span>
  );
}
