/**
 * `troupe/opentelemetry`: spans for the messages of actors, one trace over any number of threads.
 *
 * ```js
 * // tracing.mjs, imported by the program, and by every thread: ActorSystem.start({ preload: [new URL('./tracing.mjs', import.meta.url)] })
 * new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())] }).register();
 * traceMessages();
 * ```
 */
import { threadId } from 'node:worker_threads';
import {
  type Attributes,
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { optionsOf } from '../messaging/checks.js';
import {
  type Carrier,
  type HookCall,
  type MessageTracer,
  type ProcessSpan,
  type SendSpan,
  traceBy,
} from '../messaging/tracer.js';

/** Options of {@link traceMessages}. */
export interface TraceMessagesOptions {
  /** Whose spans. Default: the global provider. */
  tracerProvider?: TracerProvider;
}

/** Whom a message is for. */
interface Receiver {
  readonly path: string;
  readonly types: readonly string[];
}

/**
 * From now on messages that this thread sends and handles have spans: `tell`, `ask` or `stream` for who sends them
 * (kind producer), `process` for who handles them (kind consumer), which is active inside of the handler. The trace goes
 * with the message, by the global propagator. Restarts, and the hooks `onStart` and `onStop`, have spans of their own
 * (`restart`, `start` and `stop`, kind internal). Each thread has to call this, behind the set-up of its SDK.
 * @returns what ends it
 */
export function traceMessages(options: TraceMessagesOptions = {}): () => void {
  optionsOf('traceMessages', options);
  const { tracerProvider = trace.getTracerProvider() } = options;
  const tracer = new OpenTelemetryTracer(tracerProvider.getTracer('troupe'));
  traceBy(tracer);
  return () => traceBy(undefined);
}

class OpenTelemetryTracer implements MessageTracer {
  constructor(readonly tracer: Tracer) {}

  send(kind: 'tell' | 'ask' | 'stream', to: Receiver, method: string): SendSpan {
    const attributes = describing(to, method, kind, 'send');
    const around = context.active();
    const span = this.tracer.startSpan(
      nameOf(kind, to, method),
      { kind: SpanKind.PRODUCER, attributes },
      around,
    );
    const carrier: Record<string, string> = {};
    propagation.inject(trace.setSpan(around, span), carrier);
    return {
      carrier: Object.keys(carrier).length === 0 ? undefined : carrier,
      end(failure) {
        if (failure !== undefined) failed(span, failure.error);
        span.end();
      },
    };
  }

  process(of: Receiver, method: string, carrier: Carrier | undefined): ProcessSpan {
    const parent = carrier === undefined ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, carrier);
    const attributes = describing(of, method, 'process', 'process');
    const span = this.tracer.startSpan(
      nameOf('process', of, method),
      { kind: SpanKind.CONSUMER, attributes },
      parent,
    );
    return processSpan(span, trace.setSpan(parent, span));
  }

  /** No message has led to it: a trace of its own. */
  hook({ path, types }: Receiver, { hook, restarts, reason }: HookCall): ProcessSpan {
    const type = types[0] ?? 'Actor';
    const attributes = {
      'troupe.actor.path': path,
      'troupe.actor.type': type,
      'troupe.actor.restarts': restarts,
      'thread.id': threadId,
    };
    const what = hook === 'onStop' ? 'stop' : restarts > 0 ? 'restart' : 'start';
    const span = this.tracer.startSpan(
      `${what} ${type}`,
      { kind: SpanKind.INTERNAL, attributes },
      ROOT_CONTEXT,
    );
    if (reason !== undefined) span.setAttribute('troupe.exit.kind', reason.kind);
    // That is not this span's failure.
    if (reason?.kind === 'failed') span.recordException(asException(reason.error));
    return processSpan(span, trace.setSpan(ROOT_CONTEXT, span));
  }

  bind<A extends unknown[], R>(call: (...args: A) => R): (...args: A) => R {
    return context.bind(context.active(), call);
  }

  outside(run: () => void): void {
    context.with(ROOT_CONTEXT, run);
  }
}

const processSpan = (span: Span, within: Context): ProcessSpan => ({
  run: (call) => context.with(within, call),
  failed: (error) => failed(span, error),
  end: () => span.end(),
});

const asException = (error: unknown): Error | string => (error instanceof Error ? error : String(error));

/** By class, not by path: of names there are to be few. */
const nameOf = (operation: string, { types }: Receiver, method: string): string =>
  `${operation} ${types[0] ?? 'Actor'}.${method}`;

function describing({ path, types }: Receiver, method: string, operation: string, type: string): Attributes {
  return {
    'messaging.system': 'troupe',
    'messaging.operation.name': operation,
    'messaging.operation.type': type,
    'messaging.destination.name': path,
    'messaging.destination.template': types[0] ?? 'Actor',
    'troupe.method': method,
    'thread.id': threadId,
  };
}

function failed(span: Span, error: unknown): void {
  const isError = error instanceof Error;
  const message = isError ? error.message : String(error);
  span.recordException(asException(error));
  span.setAttribute('error.type', isError ? error.name : typeof error);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}
