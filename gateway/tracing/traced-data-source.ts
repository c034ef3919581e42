import type { ExecutionResult } from 'graphql';
import type { Stream } from '#kernel/graph/event-stream';
import type { Tracing } from '#kernel/traces';
import type { DataSource, SourceEvent, SubgraphRequest } from '../executor/data-source';

/** A data source with a span for each fetch. Its attributes have no document, since callers may write values into theirs. */
export class TracedDataSource implements DataSource {
  /** @param kind `client` for a subgraph in another process. */
  constructor(
    private readonly name: string,
    private readonly kind: 'client' | 'internal',
    private readonly source: DataSource,
    private readonly tracing: Tracing,
  ) {}

  process(request: SubgraphRequest): ExecutionResult | Promise<ExecutionResult> {
    const span = this.tracing.begin({
      name: `fetch ${this.name}`,
      kind: this.kind,
      attributes: { 'pospro.subgraph': this.name },
    });
    if (!span) return this.source.process(request);
    const ended = (result: ExecutionResult) => {
      const code = result.errors?.[0]?.extensions.code;
      span.end({}, typeof code === 'string' ? code : undefined);
      return result;
    };
    const result = span.run(() => this.source.process(request));
    if (!('then' in result)) return ended(result);
    return result.then(ended, (error: unknown) => {
      span.end({}, 'INTERNAL');
      throw error;
    });
  }

  subscribe(request: SubgraphRequest): Promise<Stream<SourceEvent> | ExecutionResult> {
    return this.source.subscribe!(request);
  }
}
