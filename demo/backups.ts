/** The backup that the OpenAPI document's examples name: one that failed, so that no file is missing. */
import type { Services } from '#kernel/context';
import { transact } from '#kernel/db/transact';
import { version } from '../package.json';
import { demoId } from './ids';
import { demoContext } from './shop';

export async function seedBackups(services: Services): Promise<void> {
  const ctx = demoContext(services, 1, 1);
  await transact(ctx, async (tx) => {
    await tx.prisma.backup.create({
      data: {
        id: demoId.backup(1),
        organizationId: tx.organizationId,
        status: 'failed',
        origin: 'manual',
        label: 'First try',
        fileName: 'pospro-first-try.zip',
        encrypted: false,
        platformVersion: version,
        error: 'The server was stopped during the backup.',
        createdAt: tx.now,
        finishedAt: tx.now,
      },
    });
  });
}
