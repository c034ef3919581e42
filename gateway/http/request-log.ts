import { LogController, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Logger } from '#kernel/log';
import type { TraceIds } from '#kernel/traces';

/**
 * Logs one line for each request, when its answer is complete: method, path, status, the caller's address, and the duration in
 * milliseconds. The query is omitted, since it may contain a token or a customer's phone number, and so is the code of a gift card.
 */
export class RequestLog extends LogController {
  private readonly lines: Logger;

  /** @param idsOf the fields of a request that is traced. */
  constructor(
    log: Logger,
    private readonly idsOf?: (request: FastifyRequest) => TraceIds | undefined,
  ) {
    super({ requestIdLogLabel: 'requestId' });
    // None of the fields of these lines is a secret, and looking for secrets costs as much as the rest of the line.
    this.lines = log.child({}, { redact: [] });
  }

  override incomingRequest(): void {
    // The line of the complete answer has the same data.
  }

  override requestCompleted(
    error: Error | null | undefined,
    request: FastifyRequest,
    reply: FastifyReply,
  ): void {
    // Some routes, such as that of the metrics, log only warnings.
    if (!error && !(reply.log as Logger).isLevelEnabled('info')) return;
    const { raw, id: requestId, ip: address } = request;
    const path = hideCode(raw.url!.split('?', 1)[0]!);
    const ms = Math.round(reply.elapsedTime * 10) / 10;
    const line = {
      requestId,
      method: raw.method,
      path,
      status: reply.statusCode,
      address,
      ms,
      ...this.idsOf?.(request),
    };
    if (error) this.lines.error({ ...line, err: error }, 'request errored');
    else this.lines.info(line, 'request completed');
  }
}

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
/** The last part of the route that finds a gift card by its code; the routes of a card's id are not secret. */
const GIFT_CARD_CODE = new RegExp(`(/gift-cards/)(?!${UUID}(?:/|$))[^/]+`, 'i');

/** The path without the code of a gift card, which is all that a thief needs to pay with the card. */
function hideCode(path: string): string {
  return path.replace(GIFT_CARD_CODE, '$1[code]');
}
