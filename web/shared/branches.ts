import { useQuery } from '@urql/preact';
import { BranchesDocument, type BranchesQuery } from './operations.generated';

export type BranchChoice = BranchesQuery['branches']['items'][number];

const NONE: readonly BranchChoice[] = [];

/** The branches of the organization, by name; none until they are read. */
export function useBranches(): readonly BranchChoice[] {
  const [{ data }] = useQuery({ query: BranchesDocument });
  return data?.branches.items ?? NONE;
}
