/** What users import in every thread: the SDK's set-up. Here spans stay in the thread that they came about in. */
import { context, propagation, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { traceMessages } from '../../../core/telemetry/opentelemetry.js';

const exporter = new InMemorySpanExporter();
let stop: () => void = () => undefined;

export function startTracing(): void {
  new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
  stop = traceMessages();
}

export function stopTracing(): void {
  stop();
  for (const api of [context, propagation, trace]) api.disable();
  forgetSpans();
}

export interface SeenSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parent: string | undefined;
  readonly failed: boolean;
  readonly attributes: Readonly<Record<string, unknown>>;
}

export const forgetSpans = (): void => exporter.reset();

/** The spans that have ended in this thread. */
export const spansHere = (): SeenSpan[] =>
  exporter.getFinishedSpans().map((span) => ({
    name: span.name,
    kind: span.kind,
    traceId: span.spanContext().traceId,
    spanId: span.spanContext().spanId,
    parent: span.parentSpanContext?.spanId,
    failed: span.status.code === 2,
    attributes: { ...span.attributes },
  }));
