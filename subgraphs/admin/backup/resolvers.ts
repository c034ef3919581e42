import type { RequestContext } from '#kernel/context';
import type { Resolvers } from '../types.generated';
import { createBackupDownload } from './backup-downloads';
import { backupDatabase, deleteBackup } from './backups';
import { findBackup, listBackups } from './backups.queries';
import { requireOperator } from './operator';
import { verifyBackup } from './verify-backup';

/** Every operation on backups is for the organization that operates the platform. */
async function asOperator<Result>(
  ctx: RequestContext,
  work: () => Promise<Result>,
  backupId?: string,
): Promise<Result> {
  await requireOperator(ctx, backupId);
  return work();
}

export const backupResolvers: Resolvers = {
  Query: {
    backups: (_, args, ctx) => asOperator(ctx, () => listBackups(ctx, args)),
    backup: (_, { id }, ctx) => asOperator(ctx, () => findBackup(ctx, id), id),
  },
  Mutation: {
    backupDatabase: (_, { input }, ctx) => asOperator(ctx, () => backupDatabase(ctx, input)),
    createBackupDownload: (_, { id, input }, ctx) =>
      asOperator(ctx, () => createBackupDownload(ctx, id, input), id),
    verifyBackup: (_, { id }, ctx) => asOperator(ctx, () => verifyBackup(ctx, id), id),
    deleteBackup: (_, { id }, ctx) => asOperator(ctx, () => deleteBackup(ctx, id), id),
  },
};
