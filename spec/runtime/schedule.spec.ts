import { expect } from 'chai';
import { type ActorRef, ActorSystem, type FlowEvent, OptionOutOfRangeError } from '../../core/index.js';
import { crash } from '../../core/testing/index.js';
import { Sleeper } from '../actors/support/sleeper.js';
import { Hand } from '../contract/support/hand.js';
import { eventually } from '../support/eventually.js';
import { quietSystem, rejection, until } from '../support/quiet-system.js';
import { Ticking } from './support/ticking.js';

describe('context.schedule', () => {
  let system: ActorSystem;
  let sleeper: ActorRef<Sleeper>;
  beforeEach(async () => {
    system = await ActorSystem.start({ arenaBytes: 1 << 26 });
    sleeper = await system.spawn(Sleeper);
  });
  afterEach(() => system.shutdown({ drain: false }));

  it('calls as a message would', async () => {
    await sleeper.ask.sleep(0);
    await eventually(sleeper.ask.woken, (woken) => woken === 1);
  });

  it('never calls after Infinity, nor after what Node takes for one', async () => {
    await sleeper.ask.sleep(Number.POSITIVE_INFINITY);
    await sleeper.ask.sleep(0x7fffffff);
    await sleeper.ask.sleep(5);
    expect(await eventually(sleeper.ask.woken, (woken) => woken > 0)).to.equal(1);
  });

  for (const placement of ['thread', 'shared', 'inline'] as const) {
    for (const how of ['fails', 'crashes'] as const) {
      it(`ends with a life: a replacement hears nothing of it (${placement}, ${how})`, async () => {
        const { system: quiet } = await quietSystem({ threads: 1 });
        const ticking = await quiet.spawn(Ticking, { placement });
        const ticks = new SharedArrayBuffer(4);
        const words = new Int32Array(ticks);
        await ticking.ask.begin(ticks);
        await until(() => Atomics.load(words, 0) > 3);
        if (how === 'fails') ticking.tell.fail();
        else await crash(ticking);
        // Behind the failure: the replacement answers.
        await ticking.ask.rest(0);
        expect(quiet.metrics().actors[0].restarts).to.equal(1);
        const before = Atomics.load(words, 0);
        await ticking.ask.rest(20);
        expect(Atomics.load(words, 0)).to.equal(before);
        await quiet.shutdown();
      });
    }
  }

  it('is seen in the flow: handled, or failed', async () => {
    const events: FlowEvent[] = [];
    const quiet = await quietSystem();
    quiet.system.flow$.subscribe((event) => {
      if ('method' in event && event.method === 'schedule') events.push(event);
    });
    const seen = await quiet.system.spawn(Sleeper, { name: 'sleeper' });
    const failing = await quiet.system.spawn(Hand, { name: 'failing', supervision: { onError: 'resume' } });
    await seen.ask.sleep(0);
    await failing.ask.failSoon();
    await until(() => events.length === 2);
    const told = events.map(({ kind, actor }) => `${actor} ${kind}`).sort();
    expect(told).to.deep.equal(['/failing failed', '/sleeper handled']);
    for (const event of events) expect(event).to.include({ waitMs: 0 });
    await quiet.system.shutdown();
  });

  it('refuses what no timer can count', async () => {
    for (const ms of [-1, Number.NaN, 2 ** 31, undefined as never]) {
      expect(await rejection(sleeper.ask.sleep(ms))).to.be.instanceOf(OptionOutOfRangeError);
    }
  });
});
