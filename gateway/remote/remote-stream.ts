/**
 * The events of a subscription in another process: server-sent events, as GraphQL over SSE defines them (distinct connections). A stream that
 * fails says why in an event `failed` of its own.
 */
import type { Readable } from 'node:stream';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { invariant, type PosProError } from '#kernel/errors';
import type { Stream } from '#kernel/graph/event-stream';
import type { SourceEvent } from '../executor/data-source';
import { NOTES, resultOf, type WireResult } from './wire';

/** Reads a chunk only when the reader asks for an event, so that a slow reader slows its subgraph down, and not the memory of the gateway. */
export class RemoteStream implements Stream<SourceEvent> {
  private readonly chunks: AsyncIterator<Buffer>;
  private readonly waiting: EventSourceMessage[] = [];
  private readonly parser = createParser({ onEvent: (message) => this.waiting.push(message) });
  private readonly decoder = new TextDecoder();
  private ended = false;

  /** @param lost makes the error for a stream that breaks off. */
  constructor(
    private readonly body: Readable,
    private readonly lost: () => PosProError,
  ) {
    this.chunks = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<SourceEvent>> {
    while (!this.ended) {
      const message = this.waiting.shift();
      if (message?.event === 'next') return { done: false, value: eventOf(message.data) };
      if (message?.event === 'failed') throw failureOf(message.data);
      if (message?.event === 'complete') this.ended = true;
      else await this.read();
    }
    return { done: true, value: undefined };
  }

  return(): Promise<IteratorResult<SourceEvent>> {
    this.ended = true;
    this.body.destroy();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** @throws PosProError UNAVAILABLE if the subgraph has gone. */
  private async read(): Promise<void> {
    const next = await this.chunks
      .next()
      .catch((): IteratorResult<Buffer> => ({ done: true, value: undefined }));
    if (this.ended) return;
    if (next.done) throw this.lost();
    this.parser.feed(this.decoder.decode(next.value, { stream: true }));
  }
}

/** The subgraph has already made the answer for the event. Each execution reads it again, because an answer is completed in place. */
function eventOf(data: string): SourceEvent {
  const { latestKey, lasting = false } = (JSON.parse(data) as WireResult).extensions?.[NOTES] ?? {};
  return { latestKey, lasting, execute: () => Promise.resolve(resultOf(JSON.parse(data) as WireResult)) };
}

function failureOf(data: string): Error {
  const [error] = resultOf(JSON.parse(data) as WireResult).errors ?? [];
  invariant(error?.originalError, 'a stream that failed says why');
  return error.originalError;
}
