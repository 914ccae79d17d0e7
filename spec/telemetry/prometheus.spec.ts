/** Metrics of a system for prom-client. */
import { expect } from 'chai';
import { Registry } from 'prom-client';
import type { ActorSystem, DeadLetter } from '../../core/index.js';
import { prometheus } from '../../core/telemetry/prometheus.js';
import { Counter, Recorder } from '../actors-for-specs/basics.js';
import { Relay } from '../actors-for-specs/relaying.js';
import { Hand } from '../contract/support/hand.js';
import { eventually } from '../support/eventually.js';
import { Gate } from '../support/gate.js';
import { quietSystem, until } from '../support/quiet-system.js';

describe('metrics for Prometheus', () => {
  let system: ActorSystem;
  let deadLetters: DeadLetter[];
  beforeEach(async () => {
    ({ system, deadLetters } = await quietSystem({ threads: 1 }));
  });
  afterEach(() => system.shutdown({ drain: false }));

  /** An answer comes before its message counts as processed. */
  const become = (registry: Registry, name: string, expected: Record<string, number>) =>
    eventually(
      () => values(registry, name),
      (found) => JSON.stringify(found) === JSON.stringify(expected),
    );

  /** The values of a metric: `{ 'Counter thread': 3 }`. */
  async function values(registry: Registry, name: string): Promise<Record<string, number>> {
    const metric = await registry.getSingleMetric(`troupe_${name}`)?.get();
    return Object.fromEntries(
      (metric?.values ?? []).map(({ labels, value }) => {
        const { type, placement } = labels as Record<string, string>;
        return [`${type} ${placement}`.trim(), value];
      }),
    );
  }

  it('count exactly what each class has done, also of actors that have ended', async () => {
    const registry = prometheus(system, { histograms: false });
    const one = await system.spawn(Relay, { name: 'one', supervision: { maxRestarts: 5 } });
    const other = await system.spawn(Relay, { name: 'other', placement: 'shared' });
    for (let n = 0; n < 10; n++) one.tell.pass(1);
    one.tell.fail('no luck');
    await one.ask.passed();
    await other.ask.passed();
    await become(registry, 'messages_processed_total', {
      'Relay thread': 11,
      'Relay shared': 1,
    });
    one.tell.pass(1);
    const { processed } = await one.stop();
    const next = await system.spawn(Relay, { name: 'one' });
    await next.ask.passed();
    expect(processed).to.equal(12);
    await become(registry, 'messages_processed_total', {
      'Relay thread': 13,
      'Relay shared': 1,
    });
    expect(await values(registry, 'messages_failed_total')).to.deep.equal({
      'Relay thread': 1,
      'Relay shared': 0,
    });
    expect(await values(registry, 'restarts_total')).to.deep.include({ 'Relay thread': 1 });
    expect(await values(registry, 'actors')).to.deep.equal({ 'Relay thread': 1, 'Relay shared': 1 });
    // Unwatched, the flow costs nothing.
    expect(await registry.metrics()).to.not.contain('message_wait_seconds');
  });

  it('show what waits, and what was lost', async () => {
    const registry = prometheus(system);
    const gate = new Gate();
    const recorder = await system.spawn(Recorder, { name: 'recorder' });
    recorder.tell.hold(gate.shared);
    await gate.reached();
    for (let n = 0; n < 5; n++) await recorder.send.note(n);
    // The one that is being handled is in the mailbox still.
    expect(await values(registry, 'mailbox_depth')).to.deep.equal({ 'Recorder thread': 6 });
    const [oldest] = Object.values(await values(registry, 'oldest_message_seconds'));
    expect(oldest).to.be.above(0);
    gate.open();
    await recorder.ask.count();
    await become(registry, 'mailbox_depth', { 'Recorder thread': 0 });
    (recorder.tell as unknown as { nothing(): void }).nothing();
    await recorder.ask.count();
    await recorder.stop();
    recorder.tell.note(1);
    await until(() => deadLetters.length >= 2);
    expect(await values(registry, 'dead_letters_total')).to.deep.equal({
      'Recorder thread': 1,
      '(ended)': 1,
    });
  });

  it('count the messages of a pool once', async () => {
    const registry = prometheus(system, { histograms: false });
    const pool = await system.pool(Counter, { name: 'pool', size: 2, placement: 'inline' });
    for (let n = 0; n < 20; n++) await pool.ask.total();
    const before = { 'Counter inline': 20 };
    await become(registry, 'messages_processed_total', before);
    expect(await values(registry, 'actors')).to.deep.equal({ 'Counter inline': 2 });
    await pool.stop();
    await become(registry, 'messages_processed_total', before);
  });

  it('say for how long a thread has come to no end, as far as was seen', async () => {
    const registry = prometheus(system, { histograms: false });
    const busiest = async () => Object.values(await values(registry, 'busiest_thread_seconds'))[0];
    const hand = await system.spawn(Hand);
    expect(await busiest()).to.equal(0);
    const gate = new Gate();
    hand.tell.loop(gate.shared);
    await gate.reached();
    await eventually(busiest, (seconds) => seconds > 0);
    await hand.kill();
    expect(await busiest()).to.equal(0);
  });

  it('have histograms of waiting and service times', async () => {
    const early = await system.spawn(Counter, { name: 'early' });
    const registry = prometheus(system, { buckets: [1, 1000] });
    const late = await system.spawn(Relay, { name: 'late', placement: 'inline' });
    await early.ask.total();
    await late.ask.passed();
    const counts = async (name: string) => {
      const metric = await registry.getSingleMetric(`troupe_${name}`)?.get();
      const all = (metric?.values ?? []) as { metricName?: string; labels: object; value: number }[];
      return all
        .filter(({ metricName }) => metricName === `troupe_${name}_count`)
        .map(({ labels, value }) => ({ ...labels, value }));
    };
    const expected = [
      { type: 'Counter', placement: 'thread', value: 1 },
      { type: 'Relay', placement: 'inline', value: 1 },
    ];
    while ((await counts('message_service_seconds')).length < 2)
      await new Promise((done) => setImmediate(done));
    expect(await counts('message_service_seconds')).to.have.deep.members(expected);
    expect(await counts('message_wait_seconds')).to.have.deep.members(expected);
    expect(await registry.metrics()).to.contain('le="1000"');
  });

  it('have a bounded number of labels, and the names that one asks for', async () => {
    const registry = new Registry();
    expect(prometheus(system, { registry, prefix: 'app_', maxTypes: 1, histograms: false })).to.equal(
      registry,
    );
    await system.spawn(Counter, { placement: 'inline' });
    await system.spawn(Recorder, { placement: 'inline' });
    await system.spawn(Relay, { placement: 'inline' });
    const metric = await registry.getSingleMetric('app_actors')?.get();
    expect(metric?.values.map(({ labels, value }) => [labels.type, value])).to.deep.equal([
      ['Counter', 1],
      ['(other)', 2],
    ]);
    expect(() => prometheus(system, { maxTypes: 0 })).to.throw('maxTypes');
    expect(() => prometheus(system, { prefix: '1' })).to.throw('prefix');
  });
});
