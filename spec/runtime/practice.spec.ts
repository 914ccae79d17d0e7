/** What a spare thread does before anybody wants it. */
import { once } from 'node:events';
import { BroadcastChannel } from 'node:worker_threads';
import { expect } from 'chai';
import type { ActorSystem, FlowEvent } from '../../core/index.js';
import { type MessageTracer, traceBy } from '../../core/messaging/tracer.js';
import { hasPractised, practise } from '../../core/runtime/practice.js';
import { Counter } from '../actors-for-specs/basics.js';
import { quietSystem } from '../support/quiet-system.js';

describe('practice', () => {
  let system: ActorSystem | undefined;
  afterEach(async () => {
    await system?.shutdown({ drain: false });
    system = undefined;
  });

  it('ends as soon as the thread is wanted', async () => {
    let looks = 0;
    await practise(() => ++looks > 2);
    expect([looks, hasPractised()]).to.deep.equal([3, false]);
  });

  it('is left out where messages are traced', async () => {
    const seen: unknown[] = [];
    traceBy(new Proxy({} as MessageTracer, { get: (_, name) => seen.push(name) }));
    try {
      await practise(() => false);
      expect(seen).to.deep.equal([]);
    } finally {
      traceBy(undefined);
    }
  });

  it('is a whole life, and leaves nothing behind', async () => {
    // Mocha's own timer is set behind the first await.
    await new Promise(setImmediate);
    const before = process.getActiveResourcesInfo();
    await practise(() => false);
    expect(hasPractised()).to.equal(true);
    expect(process.getActiveResourcesInfo()).to.deep.equal(before);
  });

  it('is done by spare threads, and the system sees nothing of it', async () => {
    const events: FlowEvent[] = [];
    const practised = new BroadcastChannel('practised');
    const heard = once(practised, 'message');
    const quiet = await quietSystem({
      warmThreads: 1,
      preload: [new URL('../actors-for-specs/practice-watch.js', import.meta.url).href],
    });
    system = quiet.system;
    system.flow$.subscribe((event) => events.push(event));
    await heard;
    practised.close();
    expect(system.metrics().actors).to.deep.equal([]);
    const counter = await system.spawn(Counter);
    expect(await counter.ask.total()).to.equal(0);
    expect(events.filter(({ kind }) => kind === 'started')).to.have.length(1);
    expect([quiet.log, quiet.deadLetters]).to.deep.equal([[], []]);
  });
});
