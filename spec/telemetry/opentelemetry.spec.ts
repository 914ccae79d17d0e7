/** Spans for messages, over threads that have the SDK each to itself. */
import { context, SpanKind, trace } from '@opentelemetry/api';
import { expect } from 'chai';
import type { ActorRef, ActorSystem } from '../../core/index.js';
import { eventually } from '../support/eventually.js';
import { quietSystem, rejection } from '../support/quiet-system.js';
import { Hop, ManyHops, Mayfly, traceHere } from './support/hops.js';
import { forgetSpans, type SeenSpan, spansHere, startTracing, stopTracing } from './support/tracing.js';

describe('spans for OpenTelemetry', () => {
  let system: ActorSystem;
  const preload = [new URL('./support/preloaded.js', import.meta.url)];
  before(startTracing);
  after(stopTracing);
  beforeEach(async () => {
    forgetSpans();
    ({ system } = await quietSystem({ threads: 1, preload }));
  });
  afterEach(() => system.shutdown({ drain: false }));

  /** Of all threads, those of messages by that name. */
  async function spansOf(method: string, actors: readonly ActorRef<Hop>[]): Promise<SeenSpan[]> {
    const all = spansHere();
    for (const actor of actors) all.push(...(await actor.ask.spans()));
    // Actors that share a thread share its exporter.
    const unique = new Map(all.map((span) => [span.spanId, span]));
    return [...unique.values()].filter(({ name }) => name.endsWith(`.${method}`));
  }
  const traced = <T>(run: () => Promise<T>): Promise<{ traceId: string; spanId: string; result: T }> =>
    trace.getTracer('specs').startActiveSpan('program', async (span) => {
      const result = await run();
      span.end();
      const { traceId, spanId } = span.spanContext();
      return { traceId, spanId, result };
    });

  it('make one trace over five actors on five threads', async () => {
    const actors = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => system.spawn(Hop, { name })));
    const [first, ...behind] = actors;
    const { traceId, spanId, result } = await traced(() => first.ask.pass(behind));
    expect(result).to.equal(5);
    const spans = await eventually(
      () => spansOf('pass', actors),
      (found) => found.length >= 10,
    );
    expect(new Set(spans.map((span) => span.traceId))).to.deep.equal(new Set([traceId]));
    let parent = spanId;
    const threads = new Set<unknown>();
    for (const { path } of actors) {
      const [sent, handled] = [SpanKind.PRODUCER, SpanKind.CONSUMER].map((kind) =>
        spans.find((span) => span.attributes['messaging.destination.name'] === path && span.kind === kind),
      );
      expect(sent).to.include({ name: 'ask Hop.pass', parent });
      expect(handled).to.include({ name: 'process Hop.pass', parent: sent?.spanId });
      expect(handled?.attributes).to.include({
        'messaging.system': 'troupe',
        'messaging.operation.name': 'process',
        'messaging.operation.type': 'process',
        'messaging.destination.template': 'Hop',
        'troupe.method': 'pass',
      });
      threads.add(handled?.attributes['thread.id']);
      parent = handled?.spanId as string;
    }
    expect(threads.size).to.equal(5);
  });

  for (const placement of ['thread', 'shared', 'inline'] as const) {
    it(`go with tell, send, urgent messages and streams (${placement})`, async () => {
      const actor = await system.spawn(Hop, { name: 'actor', placement });
      const items: string[] = [];
      const { traceId } = await traced(async () => {
        actor.tell.hear();
        await actor.send.hear();
        actor.with({ urgent: true }).tell.hear();
        actor.tell.relay(actor);
        for await (const item of actor.stream.items()) items.push(item, traceHere());
        // Its subscriber runs in the trace that it was made in.
        await actor.stream.items().forEach((item) => {
          items.push(item, traceHere());
        });
      });
      const heard = await eventually(
        () => actor.ask.heard(),
        (found) => found.length >= 4,
      );
      expect(new Set([...heard, ...items])).to.deep.equal(new Set([traceId]));
      const spans = await spansOf('hear', [actor]);
      expect(spans.filter(({ kind }) => kind === SpanKind.PRODUCER)).to.have.length(4);
      expect(spans.filter(({ kind }) => kind === SpanKind.CONSUMER)).to.have.length(4);
    });
  }

  it('are told apart where handlers run at once', async () => {
    const many = await system.spawn(ManyHops, { name: 'many' });
    const end = await system.spawn(Hop, { name: 'end' });
    const traces = await Promise.all([1, 2, 3].map(() => traced(() => many.ask.pass([end]))));
    const spans = await eventually(
      () => spansOf('pass', [many, end]),
      (found) => found.length >= 12,
    );
    for (const { traceId } of traces) {
      expect(spans.filter((span) => span.traceId === traceId)).to.have.length(4);
    }
  });

  it('begin a trace for each message that is sent outside of any, whatever ran before', async () => {
    const actor = await system.spawn(Hop, { name: 'actor', placement: 'inline' });
    actor.tell.hear();
    const { traceId } = await traced(async () => {
      actor.tell.hear();
      // Its turn is asked for from within this.
      await actor.ask.later();
    });
    actor.tell.hear();
    const heard = await eventually(
      () => actor.ask.heard(),
      (found) => found.length >= 4,
    );
    expect(heard).to.include(traceId);
    expect(heard).to.not.include('none');
    // What it has scheduled in that trace is part of it.
    expect(heard.filter((each) => each === traceId)).to.have.length(2);
    expect(new Set(heard).size).to.equal(3);
  });

  it('give what an actor does at its start a trace of its own, not that of who spawns it, wherever it lives', async () => {
    for (const placement of ['thread', 'shared', 'inline'] as const) {
      const { result, traceId } = await traced(() => system.spawn(Hop, { placement }));
      expect(await result.ask.startedIn())
        .to.be.a('string')
        .that.is.not.oneOf(['none', traceId]);
    }
  });

  it('show the lives of an actor: start, stop and restart, with what had ended it', async () => {
    const actor = await system.spawn(Mayfly, { name: 'mayfly' });
    const traceOfStart = await actor.ask.startedIn();
    actor.tell.fail('no luck');
    const lives = async () =>
      (await actor.ask.spans()).filter(
        ({ kind, name }) => kind === SpanKind.INTERNAL && / Mayfly$/.test(name),
      );
    const [start, stop, restart] = await eventually(lives, ({ length }) => length === 3);
    expect([start, stop, restart].map(({ name }) => name)).to.deep.equal([
      'start Mayfly',
      'stop Mayfly',
      'restart Mayfly',
    ]);
    expect(start.traceId).to.equal(traceOfStart);
    expect(new Set([start, stop, restart].map(({ traceId }) => traceId)).size).to.equal(3);
    expect(start.attributes).to.include({
      'troupe.actor.path': '/mayfly',
      'troupe.actor.type': 'Mayfly',
      'troupe.actor.restarts': 0,
    });
    expect(start.attributes).not.to.have.property('troupe.exit.kind');
    expect(stop.attributes).to.include({ 'troupe.actor.restarts': 0, 'troupe.exit.kind': 'failed' });
    expect(restart.attributes).to.include({ 'troupe.actor.restarts': 1, 'troupe.exit.kind': 'failed' });
  });

  it('show failures, on both sides of an ask', async () => {
    const actor = await system.spawn(Hop, { name: 'actor' });
    await traced(() => rejection(actor.ask.fail('no luck')));
    (actor.tell as unknown as { nothing(): void }).nothing();
    const spans = await eventually(
      () => spansOf('fail', [actor]),
      (found) => found.length >= 2,
    );
    expect(spans.map(({ failed, attributes }) => [failed, attributes['error.type']])).to.deep.equal([
      [true, 'RangeError'],
      [true, 'RangeError'],
    ]);
    const [unknown] = (await spansOf('nothing', [actor])).filter(({ kind }) => kind === SpanKind.CONSUMER);
    expect(unknown).to.include({ failed: true });
    await actor.stop();
    expect(await traced(async () => actor.tell.hear())).to.include({ result: false });
    expect(spansHere().filter(({ name }) => name === 'tell Hop.hear')[0]).to.include({ failed: true });
  });

  it('do not reach over to a thread without them, and harm nothing there', async () => {
    const { system: plain } = await quietSystem({ arenaBytes: 1 << 26 });
    try {
      const actor = await plain.spawn(Hop, { name: 'plain' });
      await traced(async () => {
        actor.tell.hear();
        actor.tell.relay(actor);
      });
      const heard = await eventually(
        () => actor.ask.heard(),
        (found) => found.length >= 2,
      );
      expect(heard).to.deep.equal(['none', 'none']);
    } finally {
      await plain.shutdown();
    }
    expect(context.active()).to.not.equal(undefined);
  });
});
