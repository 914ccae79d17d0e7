/** Shared actors come on the shared threads by turns; with `near` on that of another, and stay with it. */
import { expect } from 'chai';
import { type ActorRef, type ActorSystem, ForeignRefError, OptionOutOfRangeError } from '../../core/index.js';
import { Hand } from '../contract/support/hand.js';
import { quietSystem, rejection } from '../support/quiet-system.js';

const placement = 'shared';

describe('a shared actor near another', () => {
  let system: ActorSystem;
  beforeEach(async () => {
    ({ system } = await quietSystem({ threads: 3 }));
  });
  afterEach(() => system.shutdown({ drain: false }));

  const spawn = (near?: ActorRef<Hand>) => system.spawn(Hand, near ? { placement, near } : { placement });
  const threads = (actors: ActorRef<Hand>[]) => Promise.all(actors.map((actor) => actor.ask.thread()));

  it('lives on the same thread, whatever the turn is, and is passed over by it', async () => {
    const first = await spawn();
    const near = [await spawn(first), await spawn(first)];
    const others = [await spawn(), await spawn()];
    const [home, ...rest] = await threads([first, ...near, ...others]);
    expect(rest.slice(0, 2)).to.deep.equal([home, home]);
    expect(new Set([home, ...rest.slice(2)]).size).to.equal(3);
    expect(await (await spawn()).ask.thread()).to.equal(home);
  });

  it('stays with it over the death of their thread, and so do all of its thread', async () => {
    const first = await spawn();
    const all = [first, await spawn(first), await spawn(), await spawn()];
    const last = await spawn(all[1]);
    const before = await threads(all);
    // Not told: what its neighbours are asked then may be answered before.
    await rejection(first.ask.exit());
    const after = await threads(all);
    expect(after[0]).to.not.equal(before[0]);
    expect(after[1]).to.equal(after[0]);
    expect(await last.ask.thread()).to.equal(after[0]);
    expect(after.slice(2)).to.deep.equal(before.slice(2));
  });

  it('may be near one that lives on its own thread no more: it comes in its turn', async () => {
    const first = await spawn();
    const home = await first.ask.thread();
    await first.stop();
    expect(await (await spawn(first)).ask.thread()).to.not.equal(home);
  });

  it('is a pool, too', async () => {
    const first = await spawn();
    const pool = await system.pool(Hand, { placement, near: first, size: 3 });
    const [home, ...workers] = await Promise.all([first, pool, pool, pool].map((ref) => ref.ask.thread()));
    expect(workers).to.deep.equal([home, home, home]);
  });

  it('is refused beside what has no shared thread, and leaves nothing behind', async () => {
    const own = await system.spawn(Hand);
    const inline = await system.spawn(Hand, { placement: 'inline' });
    const pool = await system.pool(Hand, { placement, size: 1 });
    const name = 'near';
    for (const near of [own, inline, pool]) {
      const error = await rejection(system.spawn(Hand, { name, placement, near }));
      expect(error).to.be.instanceOf(OptionOutOfRangeError);
      expect(error.message).to.include(`near is '${near.path}'`);
    }
    const shared = await spawn();
    for (const options of [
      { placement, near: 'x' },
      { near: shared },
      { placement: 'inline', near: shared },
    ]) {
      const error = await rejection(system.spawn(Hand, { name, ...options } as never));
      expect(error).to.be.instanceOf(OptionOutOfRangeError);
    }
    const other = await quietSystem();
    try {
      const near = await other.system.spawn(Hand, { placement });
      expect(await rejection(system.spawn(Hand, { name, placement, near }))).to.be.instanceOf(
        ForeignRefError,
      );
    } finally {
      await other.system.shutdown();
    }
    await system.spawn(Hand, { name, placement, near: shared });
  });

  it('may be spawned by an actor, near itself', async () => {
    const first = await spawn();
    const child = await first.ask.spawnNear();
    expect(await child.ask.thread()).to.equal(await first.ask.thread());
  });
});
