/** Attachments of tickets: uploaded, then named by a message. */
import type { RequestContext } from '#kernel/context';
import { groupBy } from '#kernel/collections';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { requireRow } from '#kernel/db/rows-by-id';
import { transact } from '#kernel/db/transact';
import { invalid, PosProError } from '#kernel/errors';
import { uploadedBytes } from '#kernel/graph/uploaded-bytes';
import { isUuid } from '#kernel/ids';
import { textErrors, throwFieldErrors } from '#kernel/validation';
import type { TicketAttachmentInput } from '../inputs.generated';
import { ticketAttachments, type TicketAttachmentRow, type TicketMessageRow } from '../tables.generated';
import { requireTicket } from '../tickets/tickets.queries';
import { lockCurrentTicket } from '../tickets/write-ticket';
import {
  attachmentFile,
  MAX_ATTACHMENT_BYTES,
  withStoredFiles,
  type AttachmentFile,
} from './attachment-files';

/** Of a message. */
export const MAX_ATTACHMENTS = 10;
/** Of a ticket, among them those that no message names yet. */
const MAX_OF_TICKET = 200;
const MAX_WAITING = 20;

/**
 * Stores a file for the next message of a ticket.
 * @throws PosProError 404; 413 above 10 MB; 415 for a type that is not permitted; 422 by field, and for too many files.
 */
export async function uploadTicketAttachment(
  ctx: RequestContext,
  ticketId: string,
  input: TicketAttachmentInput,
): Promise<TicketAttachmentRow> {
  const bytes = await uploadedBytes(input, MAX_ATTACHMENT_BYTES, 'An attachment');
  throwFieldErrors(textErrors('filename', input.filename, { max: 255, lines: false }));
  await requireTicket(ctx.db, ticketId);
  const file = attachmentFile(ctx, input.filename ?? input.file?.filename ?? '', bytes);
  if (!file)
    throw new PosProError(
      'UNSUPPORTED_MEDIA_TYPE',
      'The file has a type that is not permitted: send an image, a PDF, a plain text or an office document without macros.',
    );
  const { hash, filename } = file;
  return withStoredFiles(
    ctx,
    [file],
    () =>
      transact(ctx, (tx) => insertWaiting(tx, ctx, ticketId, file), {
        idempotent: { operation: 'uploadTicketAttachment', input: { ticketId, hash, filename } },
      }),
    ({ storageKey }) => [storageKey],
  );
}

async function insertWaiting(
  tx: Transaction,
  ctx: RequestContext,
  ticketId: string,
  file: AttachmentFile,
): Promise<TicketAttachmentRow> {
  const ticket = await lockCurrentTicket(tx, ticketId);
  const { total, waiting } = await tx.one<{ total: number; waiting: number }>(sql`
    select count(*) as total, count(*) filter (where a.message_id is null) as waiting from ticket_attachments a
    where a.ticket_id = ${ticket.id}`);
  if (waiting >= MAX_WAITING || total >= MAX_OF_TICKET)
    throw invalid(
      'file',
      `A ticket has at most ${MAX_OF_TICKET} attachments, of which ${MAX_WAITING} wait for a message.`,
      'LENGTH',
    );
  const [row] = await insertAttachments(tx, ctx, { ticketId: ticket.id, id: null }, [file]);
  return row!;
}

/** Inserts attachments whose files are stored. @param message null while no message names them. */
export async function insertAttachments(
  tx: Transaction,
  ctx: RequestContext,
  message: { readonly ticketId: string; readonly id: string | null },
  files: readonly AttachmentFile[],
): Promise<TicketAttachmentRow[]> {
  const rows = files.map(({ filename, contentType, size, hash, storageKey }) =>
    ticketAttachments.complete({
      filename,
      contentType,
      size,
      hash,
      storageKey,
      id: ctx.ids.next(),
      organizationId: tx.organizationId,
      ticketId: message.ticketId,
      messageId: message.id,
      createdAt: tx.now,
    }),
  );
  for (const row of rows) await tx.run(ticketAttachments.insert(row));
  return rows;
}

/**
 * Lets a message name attachments that were uploaded to its ticket.
 * @param ticketId of the upload: a message to a closed ticket makes another one, to which its attachments go.
 * @throws PosProError 422 for unknown ones, for those of another message, and for too many.
 */
export async function nameAttachments(
  tx: Transaction,
  ticketId: string,
  message: TicketMessageRow,
  ids: readonly string[],
): Promise<void> {
  const wanted = [...new Set(ids.map((id) => id.toLowerCase()))];
  if (wanted.length === 0) return;
  if (wanted.length > MAX_ATTACHMENTS)
    throw invalid('attachmentIds', `A message has at most ${MAX_ATTACHMENTS} attachments.`, 'LENGTH');
  const named = await tx.run(sql`
    update ticket_attachments set message_id = ${message.id}, ticket_id = ${message.ticketId}
    where id = any(${wanted.filter(isUuid)}::uuid[]) and ticket_id = ${ticketId} and message_id is null`);
  if (named < wanted.length)
    throw invalid('attachmentIds', 'An attachment is unknown, or another message names it.', 'NOT_FOUND');
}

/** The attachments of messages, in the order of their upload. */
export async function attachmentsOfMessages(
  db: Queryable,
  messageIds: readonly string[],
): Promise<ReadonlyMap<string, TicketAttachmentRow[]>> {
  const rows = await db.many<TicketAttachmentRow>(sql`
    select ${ticketAttachments.select('a')} from ticket_attachments a
    where a.message_id = any(${messageIds}::uuid[]) order by a.message_id, a.id`);
  return groupBy(rows, ({ messageId }) => messageId!);
}

/** The attachment with an id. @throws PosProError 404. */
export function requireAttachment(db: Queryable, id: string): Promise<TicketAttachmentRow> {
  return requireRow<TicketAttachmentRow>(db, ticketAttachments, 'attachment', id);
}
