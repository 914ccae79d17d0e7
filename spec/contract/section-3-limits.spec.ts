/** Limits of numbers, of places and of memory: what is beyond them is what it says, and what was taken comes back. */
import { expect } from 'chai';
import { type ActorSystem, child } from '../../core/index.js';
import { quietSystem, rejection, until } from '../support/quiet-system.js';
import { Hand, Kin } from './support/hand.js';

describe('limits', () => {
  let system: ActorSystem;
  beforeEach(async () => {
    ({ system } = await quietSystem({ threads: 1 }));
  });
  afterEach(() => system.shutdown({ drain: false, timeoutMs: 2000 }));

  // More than Node's timers count: they would take it for 1.
  const LONG = 1e10;

  it('startTimeoutMs, stopTimeoutMs and the limit of a stop may be longer than a timer counts', async () => {
    for (const options of [{}, { timeoutMs: LONG }]) {
      const hand = await system.spawn(Hand, { startTimeoutMs: LONG, stopTimeoutMs: LONG });
      hand.tell.spin(50);
      expect((await hand.stop(options)).reason).to.deep.equal({ kind: 'stopped' });
    }
  });

  it('so may the limit of a shutdown', async () => {
    const hand = await system.spawn(Hand);
    hand.tell.spin(50);
    expect(await system.shutdown({ timeoutMs: LONG })).to.include({ timedOut: false });
  });

  for (const backoffMs of [LONG, Number.POSITIVE_INFINITY]) {
    it(`so may a backoff: ${backoffMs} ms`, async () => {
      const backoff = { minMs: backoffMs, maxMs: backoffMs };
      const waits = await system.spawn(Hand, { name: 'waits', supervision: { backoff } });
      const other = await system.spawn(Hand, { supervision: { backoff: { minMs: 30, maxMs: 30 } } });
      waits.tell.fail('once');
      await until(() => system.metrics().actors[0].state === 'restarting');
      // By the time that a short one is over, a long one taken for none would be over too.
      other.tell.fail('once');
      await until(() => system.metrics().actors[1].restarts === 1);
      await other.ask.count();
      expect(system.metrics().actors[0]).to.include({ path: '/waits', state: 'restarting' });
      await waits.kill();
    });
  }

  it('a thread that could not be made uses up no place', async () => {
    for (let n = 0; n < 1030; n++) await rejection(system.spawn(Hand, { execArgv: ['--no-such-option'] }));
    expect(await (await system.spawn(Hand)).ask.count()).to.equal(0);
  });

  it('a pool gives back all that it took', async () => {
    const once = async () => (await system.pool(Hand, { size: 300, placement: 'inline' })).stop();
    // Boxes rest before they are used again, and the inbox comes to its largest block after some rounds: so much lies
    // there from now on.
    for (let n = 0; n < 16; n++) await once();
    const before = system.metrics().arena.bytesInUse;
    for (let n = 0; n < 10; n++) await once();
    expect(system.metrics().arena.bytesInUse).to.be.below(before + 10_000);
  });

  it('an inline child comes back with its parent’s thread, and charges it nothing', async () => {
    const kin = await system.spawn(Kin, { props: { placement: 'inline' } });
    for (let n = 1; n <= 3; n++) {
      kin.tell.exit();
      expect(await (await kin.ask.child()).ask.count()).to.equal(0);
      expect(system.metrics().actors[0].restarts).to.equal(n);
    }
  });

  it('the budget of a group is that of all of its children together', async () => {
    const supervision = { maxRestarts: 2, withinMs: 60_000 };
    const children = [1, 2, 3].map(() => child(Hand));
    const { refs, join } = await system.supervise({ supervision, children });
    const ended = join();
    for (const ref of refs.slice(0, 2)) {
      ref.tell.fail('once');
      expect(await ref.ask.count()).to.equal(0);
    }
    refs[2].tell.fail('once too often');
    expect((await ended).reason.kind).to.equal('escalated');
  });
});
