/**
 * `troupe/prometheus`: what a system does, as metrics of `prom-client`, by class of actors.
 *
 * ```ts
 * const registry = prometheus(system);
 * http.createServer(async (_request, response) => {
 *   response.setHeader('content-type', registry.contentType);
 *   response.end(await registry.metrics());
 * }).listen(9464);
 * ```
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { OptionOutOfRangeError } from '../errors.js';
import { inRange, optionsOf } from '../messaging/checks.js';
import type { FlowEvent, SystemMetrics } from '../messaging/reports.js';
import type { ActorSystem } from '../system.js';
import { Totals, type TypeCounts } from './totals.js';

/** Options of {@link prometheus}. */
export interface PrometheusOptions {
  /** Where the metrics are registered. Default: a registry of their own. */
  registry?: Registry;
  /** Begins each name. Default `troupe_`. */
  prefix?: string;
  /** Further classes of actors are shown as `(other)`. 1 to 10,000, default 100. */
  maxTypes?: number;
  /** Histograms of waiting and service times. They watch the flow, with what that costs. Default true. */
  histograms?: boolean;
  /** Upper bounds of the histograms, in seconds, ascending. Default: 10 µs to 10 s. */
  buckets?: readonly number[];
}

const BUCKETS = [1e-5, 1e-4, 1e-3, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];
const LABELS = ['type', 'placement'] as const;
type Labels = { readonly type: string; readonly placement: string };
/** A group has no placement. */
type Classed = { readonly type: string; readonly placement: string | undefined };
type Reading = SystemMetrics & { readonly totals: readonly TypeCounts[] };

/**
 * Registers the metrics of a system, and gives the registry. Counters are read from shared memory when they are asked
 * for, and exact; the histograms are made of flow events, of which there are no more than ten in a millisecond for each
 * thread: samples, under load.
 * @throws {OptionOutOfRangeError}
 */
export function prometheus(system: ActorSystem, options: PrometheusOptions = {}): Registry {
  const { registry, prefix, maxTypes, histograms, buckets } = checked(options);
  const typeOf = capped(maxTypes);
  const read = readings(system, typeOf);
  gauges(registry, prefix, read);
  counters(registry, prefix, read);
  if (histograms) observe(system, registry, prefix, buckets, typeOf);
  return registry;
}

function checked(options: PrometheusOptions): Required<PrometheusOptions> {
  optionsOf('prometheus', options);
  const { registry = new Registry(), prefix = 'troupe_', maxTypes = 100 } = options;
  const { histograms = true, buckets = BUCKETS } = options;
  if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(prefix)) {
    throw new OptionOutOfRangeError('prefix', prefix, 'letters, digits and _, no digit first');
  }
  inRange('maxTypes', maxTypes, 1, 10_000);
  return { registry, prefix, maxTypes, histograms, buckets };
}

/** A label has a bounded number of values, whatever classes there are. */
function capped(max: number): (type: string) => string {
  const types = new Set<string>();
  return (type) => {
    if (!types.has(type)) {
      if (types.size >= max) return '(other)';
      types.add(type);
    }
    return type;
  };
}

/** One reading for all metrics that are asked for together. */
function readings(system: ActorSystem, typeOf: (type: string) => string): () => Reading {
  const totals = new Totals();
  let reading: Reading | undefined;
  return () => {
    if (reading === undefined) {
      const metrics = system.metrics();
      const actors = metrics.actors.map((actor) => ({ ...actor, type: typeOf(actor.type) }));
      const counted = [...totals.take(metrics)].map((each) => ({ ...each, type: typeOf(each.type) }));
      reading = { ...metrics, actors, totals: counted };
      queueMicrotask(() => {
        reading = undefined;
      });
    }
    return reading;
  };
}

function gauges(registry: Registry, prefix: string, read: () => Reading): void {
  const registers = [registry];
  const perType = (name: string, help: string, set: (gauge: Gauge<'type' | 'placement'>) => void): void => {
    new Gauge({
      name: `${prefix}${name}`,
      help,
      labelNames: LABELS,
      registers,
      collect() {
        this.reset();
        set(this);
      },
    });
  };
  /** Each message is in one mailbox: a pool's in the pool's. */
  const mailboxes = () => read().actors.filter(({ kind }) => kind !== 'group');
  perType('actors', 'Actors that have not ended.', (gauge) => {
    for (const actor of read().actors) if (actor.kind === 'actor') gauge.inc(labelsOf(actor));
  });
  perType('mailbox_depth', 'Messages in mailboxes.', (gauge) => {
    for (const actor of mailboxes()) gauge.inc(labelsOf(actor), actor.depth);
  });
  perType('mailbox_held', 'Messages that their senders hold for want of room in mailboxes.', (gauge) => {
    for (const actor of mailboxes()) gauge.inc(labelsOf(actor), actor.held);
  });
  perType('oldest_message_seconds', 'How long the oldest message in a mailbox has waited.', (gauge) => {
    const oldest = new Map<string, { labels: Labels; ms: number }>();
    for (const actor of mailboxes()) {
      const labels = labelsOf(actor);
      const key = `${labels.placement} ${labels.type}`;
      oldest.set(key, { labels, ms: Math.max(actor.oldestMs, oldest.get(key)?.ms ?? 0) });
    }
    for (const { labels, ms } of oldest.values()) gauge.set(labels, ms / 1000);
  });
  const single = (name: string, help: string, value: () => number): void => {
    new Gauge({
      name: `${prefix}${name}`,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  };
  single('threads', 'Threads alive, with the one that started the system.', () => read().threads);
  single(
    'busiest_thread_seconds',
    'For how long some thread has come to no end of a piece of code, as far as readings have seen.',
    () => read().actors.reduce((most, { threadBusyMs }) => Math.max(most, threadBusyMs), 0) / 1000,
  );
  single('arena_bytes', 'Shared memory in use.', () => read().arena.bytesInUse);
}

function counters(registry: Registry, prefix: string, read: () => Reading): void {
  const perType = (
    name: string,
    help: string,
    of: keyof TypeCounts & ('processed' | 'failed' | 'restarts' | 'deadLetters'),
    more: (counter: Counter<'type' | 'placement'>) => void = () => undefined,
  ): void => {
    new Counter({
      name: `${prefix}${name}`,
      help,
      labelNames: LABELS,
      registers: [registry],
      collect() {
        this.reset();
        for (const counts of read().totals) this.inc(labelsOf(counts), counts[of]);
        more(this);
      },
    });
  };
  perType('messages_processed_total', 'Messages handled to their end.', 'processed');
  perType('messages_failed_total', 'Told messages whose handlers threw.', 'failed');
  perType('restarts_total', 'Restarts of actors.', 'restarts');
  perType('dead_letters_total', 'Messages that nobody handled, by their receiver.', 'deadLetters', (all) => {
    const { totals, deadLetters } = read();
    const known = totals.reduce((sum, counts) => sum + counts.deadLetters, 0);
    // Whose receiver had ended before: it has no counters any more.
    all.inc({ type: '(ended)', placement: '' }, Math.max(0, deadLetters - known));
  });
}

function observe(
  system: ActorSystem,
  registry: Registry,
  prefix: string,
  buckets: readonly number[],
  typeOf: (type: string) => string,
): void {
  const histogram = (name: string, help: string) =>
    new Histogram({
      name: `${prefix}${name}`,
      help,
      labelNames: LABELS,
      registers: [registry],
      buckets: [...buckets],
    });
  const wait = histogram('message_wait_seconds', 'How long messages were in their mailbox: samples.');
  const service = histogram('message_service_seconds', 'How long handlers took: samples.');
  const dropped = new Counter({
    name: `${prefix}flow_events_dropped_total`,
    help: 'Events of messages that were not shown, of which about half would be in the histograms.',
    registers: [registry],
  });
  const labels = new Map<string, Labels>();
  const know = (path: string, { type, placement }: Classed) =>
    labels.set(path, labelsOf({ type: typeOf(type), placement }));
  for (const actor of system.metrics().actors) know(actor.path, actor);
  system.flow$.subscribe((event: FlowEvent) => {
    if (event.kind === 'started') know(event.actor, event);
    else if (event.kind === 'stopped') labels.delete(event.actor);
    else if (event.kind === 'overflow' && event.what === 'events') dropped.inc(event.count);
    else if (event.kind === 'handled' || event.kind === 'failed') {
      const whose = labels.get(event.actor);
      if (whose === undefined) return;
      wait.observe(whose, event.waitMs / 1000);
      service.observe(whose, event.serviceMs / 1000);
    }
  });
}

const labelsOf = ({ type, placement = '' }: Classed): Labels => ({ type, placement });
