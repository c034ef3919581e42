import type { NewShopPart } from '#subgraphs/auth/index';
import { ensureBranchWarehouse } from './warehouses';

/** Gives the first branch of a new shop its selling warehouse with the branch, not only after the event "branch.created". */
export const newShopWarehouse: NewShopPart = async (tx, ctx, { branch }) => {
  await ensureBranchWarehouse(tx, ctx, branch.id, branch.name, { code: branch.code });
};
