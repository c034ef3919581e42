/** The files of attachments in the storage: written before their rows, and removed if these are not. */
import { createHash, randomBytes } from 'node:crypto';
import { organizationOf } from '#kernel/auth/access';
import type { RequestContext } from '#kernel/context';
import { storageOf } from '#kernel/storage/index';
import type { NewTicketAttachment } from '../tables.generated';
import { attachmentName, attachmentType } from './attachment-types.rules';

/** Maximum size of a file. */
export const MAX_ATTACHMENT_BYTES = 10 * 1024 * 1024;

/** A file of a permitted type. */
export type AttachmentFile = Pick<
  NewTicketAttachment,
  'filename' | 'contentType' | 'size' | 'hash' | 'storageKey'
> & { readonly bytes: Buffer };

/** The folder of an organization's attachments. */
export function attachmentFolder(organizationId: string): string {
  return `support/${organizationId}`;
}

/** A file as it is stored; undefined for one whose type is not permitted. */
export function attachmentFile(ctx: RequestContext, name: string, bytes: Buffer): AttachmentFile | undefined {
  const type = attachmentType(bytes);
  if (!type) return undefined;
  const hash = createHash('sha256').update(bytes).digest('hex');
  // Without an extension `/media` never serves it.
  const storageKey = `${attachmentFolder(organizationOf(ctx))}/${randomBytes(16).toString('hex')}-${hash.slice(0, 16)}`;
  const filename = attachmentName(name, type);
  return { filename, contentType: type.contentType, size: bytes.length, hash, storageKey, bytes };
}

/**
 * Stores files, and then runs the work that writes their rows. The files are removed if the work fails.
 * @param keptKeys the keys that the rows name: a replayed request names the files of the first one.
 */
export async function withStoredFiles<Result>(
  ctx: RequestContext,
  files: readonly AttachmentFile[],
  work: () => Promise<Result>,
  keptKeys: (result: Result) => readonly string[],
): Promise<Result> {
  const storage = storageOf(ctx.config);
  let kept: ReadonlySet<string> = new Set();
  try {
    await Promise.all(
      files.map(({ storageKey, bytes, contentType }) => storage.put(storageKey, bytes, contentType)),
    );
    const result = await work();
    kept = new Set(keptKeys(result));
    return result;
  } finally {
    const left = files.map(({ storageKey }) => storageKey).filter((key) => !kept.has(key));
    // Files that remain only take space, and are removed later, so a failed removal never fails an operation that is done.
    await storage
      .remove(left)
      .catch((error: unknown) => ctx.log.error({ err: error, keys: left }, 'attachments were not removed'));
  }
}
