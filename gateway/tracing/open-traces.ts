/** Traces by OpenTelemetry: spans are sent to a receiver over OTLP, in batches and without holding up any request. */
import type { Config } from '#kernel/config';
import type { RunningSpan, SpanStart, Tracing } from '#kernel/traces';

/** The packages of OpenTelemetry; they are loaded with the first platform that traces. */
async function loadPackages() {
  const [api, sdk, exporter, resources] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace-node'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  return { api, sdk, exporter, resources };
}

/**
 * Opens the traces of this process, once. Other settings of OpenTelemetry, such as OTEL_TRACES_SAMPLER, OTEL_EXPORTER_OTLP_HEADERS and
 * OTEL_RESOURCE_ATTRIBUTES, are read by its packages from the environment.
 * @returns undefined if the settings name no receiver.
 */
export async function openTracing({ tracing }: Pick<Config, 'tracing'>): Promise<Tracing | undefined> {
  if (!tracing) return undefined;
  const { api, sdk, exporter, resources } = await loadPackages();
  const { context, propagation, SpanKind, SpanStatusCode, trace } = api;
  const provider = new sdk.NodeTracerProvider({
    resource: resources
      .resourceFromAttributes({ 'service.name': tracing.serviceName })
      .merge(resources.detectResources({ detectors: [resources.envDetector] })),
    spanProcessors: [new sdk.BatchSpanProcessor(new exporter.OTLPTraceExporter({ url: tracing.url }))],
  });
  // The context manager keeps the running span across awaits; the propagator is that of W3C.
  provider.register();
  const tracer = provider.getTracer('pospro');
  const kinds = { server: SpanKind.SERVER, client: SpanKind.CLIENT, internal: SpanKind.INTERNAL };

  const begin = ({ name, kind, attributes }: SpanStart, parent = context.active()): RunningSpan => {
    const span = tracer.startSpan(name, { kind: kinds[kind], attributes: { ...attributes } }, parent);
    const inside = trace.setSpan(parent, span);
    const { traceId, spanId } = span.spanContext();
    return {
      ids: { trace_id: traceId, span_id: spanId },
      run: (work) => context.with(inside, work),
      end(more, error) {
        if (more) span.setAttributes({ ...more });
        if (error !== undefined) {
          span.setAttribute('error.type', error);
          span.setStatus({ code: SpanStatusCode.ERROR });
        }
        span.end();
      },
    };
  };
  return {
    begin: (start) => (trace.getActiveSpan() ? begin(start) : undefined),
    receive: (headers, start) => begin(start, propagation.extract(api.ROOT_CONTEXT, headers)),
    outgoing() {
      const headers: Record<string, string> = {};
      propagation.inject(context.active(), headers);
      return headers;
    },
    running() {
      const ids = trace.getActiveSpan()?.spanContext();
      return ids && { trace_id: ids.traceId, span_id: ids.spanId };
    },
    async close() {
      await provider.shutdown();
      api.trace.disable();
      api.context.disable();
      api.propagation.disable();
    },
  };
}
