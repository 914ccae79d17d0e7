/** After any churn the arena is as full as before: what was taken comes back, and nothing is kept by mistake. */
import { expect } from 'chai';
import { type ActorRef, type ActorSystem, child, type Placement } from '../../core/index.js';
import { crash } from '../../core/testing/index.js';
import { quietSystem, rejection, until } from '../support/quiet-system.js';
import { Hand } from './support/hand.js';

describe('the arena in use', () => {
  let system: ActorSystem;
  let before: number;
  beforeEach(async () => {
    ({ system } = await quietSystem({ threads: 1 }));
  });
  afterEach(() => system.shutdown({ drain: false }));

  /** What is kept for reuse (boxes at rest, idle outboxes, a spare block) is there once it has been used so much. */
  const SETTLED = 150;
  /** Outboxes kept for receivers come and go by the dozen, each a block of 4 KiB. */
  const KEPT = 80 * 4096;

  async function returns(rounds: number, churn: (round: number) => Promise<unknown>): Promise<void> {
    for (let n = 0; n < SETTLED; n++) await stopped(await system.spawn(Hand, { placement: 'shared' }));
    for (let n = 0; n < 3; n++) await churn(n);
    before = system.metrics().arena.bytesInUse;
    for (let n = 0; n < rounds; n++) await churn(n);
    await until(() => system.metrics().arena.bytesInUse <= before + KEPT);
  }
  const stopped = (ref: ActorRef<Hand>) => ref.stop();
  const spawn = (placement: Placement) =>
    system.spawn(Hand, { placement, props: { text: 'x'.repeat(1000) } });

  for (const placement of ['shared', 'inline'] as const) {
    it(`returns after 500 actors that were used and stopped (${placement})`, async () => {
      await returns(50, async () => {
        const refs = await Promise.all(Array.from({ length: 10 }, () => spawn(placement)));
        for (const ref of refs) {
          for (let n = 0; n < 20; n++) ref.tell.note('x'.repeat(100));
          await ref.ask.count();
        }
        await Promise.all(refs.map(stopped));
      });
      expect(system.metrics().actors).to.deep.equal([]);
    });
  }

  it('returns after 100 actors that were killed with mail in their boxes, and held', async () => {
    await returns(100, async () => {
      const ref = await system.spawn(Hand, { placement: 'shared', mailbox: { maxItems: 3 } });
      for (let n = 0; n < 50; n++) ref.tell.note('x'.repeat(1000));
      await ref.kill();
    });
  });

  it('returns after threads that died', async () => {
    await returns(6, async () => {
      const ref = await spawn('thread');
      for (let n = 0; n < 100; n++) ref.tell.note('x'.repeat(1000));
      await crash(ref);
      await ref.ask.count();
      await stopped(ref);
    });
    await until(() => system.metrics().threads === 2);
  });

  it('returns after 100,000 messages, asks, streams and those left early', async () => {
    const ref = await spawn('thread');
    await returns(10, async () => {
      for (let n = 0; n < 10_000; n++) ref.tell.count();
      await Promise.all(Array.from({ length: 100 }, () => ref.ask.count()));
      for (let n = 0; n < 5; n++) for await (const _ of ref.stream.many(200));
      for (let n = 0; n < 5; n++) for await (const [at] of ref.stream.many(5000)) if (at === 10) break;
      const leaving = new AbortController();
      const left = rejection(ref.with({ signal: leaving.signal }).ask.count());
      leaving.abort();
      await left;
      await ref.ask.add(new SharedArrayBuffer(8));
    });
  });

  it('returns after 300 restarts, and after groups that ended', async () => {
    const supervision = { maxRestarts: Number.POSITIVE_INFINITY };
    const ref = await system.spawn(Hand, { placement: 'shared', supervision, props: ['x'.repeat(1000)] });
    await returns(30, async () => {
      for (let n = 0; n < 10; n++) ref.tell.fail('again');
      await ref.ask.count();
      const children = [1, 2].map(() => child(Hand, { placement: 'shared' as const }));
      const group = await system.supervise({ supervision: { maxRestarts: 0 }, children });
      group.refs[0].tell.fail('the group');
      await group.join();
    });
  });
});
