/** Hooks that go wrong when an actor ends, or hears of an end: it ends all the same, and so does everything else. */
import { expect } from 'chai';
import type { ActorSystem, LogEntry } from '../../core/index.js';
import { BadEnd, type How } from '../actors-for-supervision/bad-ends.js';
import { quietSystem, until } from '../support/quiet-system.js';
import { BALLAST, leavesNothing } from './footprint.js';

/** What the report says of an actor whose onStop goes wrong in that way, and whether it costs the thread. */
const WAYS: Record<How, { readonly reason: string; readonly thread: boolean }> = {
  throws: { reason: 'stopped', thread: false },
  rejects: { reason: 'stopped', thread: false },
  exits: { reason: 'stopped', thread: true },
  'exits well': { reason: 'stopped', thread: true },
  'leaves a rejection': { reason: 'stopped', thread: true },
  loops: { reason: 'timed-out', thread: true },
  'never ends': { reason: 'timed-out', thread: false },
};

describe('an actor whose last words go wrong', () => {
  let system: ActorSystem;
  let log: LogEntry[];
  beforeEach(async () => {
    ({ system, log } = await quietSystem({ threads: 1 }));
  });
  afterEach(() => system.shutdown({ drain: false, timeoutMs: 2000 }));

  const errors = (path: string) =>
    log.filter(({ actor }) => actor === path).map(({ fields }) => String(fields?.error));

  for (const [how, { reason, thread }] of Object.entries(WAYS) as [How, (typeof WAYS)[How]][]) {
    for (const placement of ['thread', 'shared', 'inline'] as const) {
      // Inline, they would take this process along.
      if (placement === 'inline' && thread) continue;
      it(`since its onStop ${how} (${placement}): it has ended, and leaves nothing`, async () => {
        const neighbour = await system.spawn(BadEnd, { placement: 'shared', name: 'neighbour', props: {} });
        const round = async () => {
          const actor = await system.spawn(BadEnd, {
            placement,
            name: 'bad',
            props: { onStop: how, ballast: BALLAST },
            stopTimeoutMs: reason === 'timed-out' ? 50 : 60_000,
          });
          const report = await actor.stop();
          expect(report.reason.kind).to.equal(reason);
          expect(() => system.find(BadEnd, '/bad')).to.throw(/no actor/);
        };
        await leavesNothing(system, round, { threads: 1, rounds: 1 });
        if (reason === 'stopped' && !thread) expect(errors('/bad').join()).to.include('no good end');
        expect(await neighbour.ask.hello()).to.equal('hello');
      });
    }
  }

  for (const how of ['throws', 'exits'] as const) {
    for (const placement of ['thread', 'shared'] as const) {
      it(`since its onStop ${how}, at a restart (${placement}): it comes back`, async () => {
        const props = { onStop: how };
        const actor = await system.spawn(BadEnd, { placement, props, supervision: { maxRestarts: 5 } });
        actor.tell.fail();
        expect(await actor.ask.hello()).to.equal('hello');
        expect((await actor.stop()).restarts).to.be.within(1, 2);
      });
    }
  }

  it('ends with the system, which reports all of them within its time limit', async () => {
    const hows = Object.keys(WAYS) as How[];
    for (const how of hows)
      await system.spawn(BadEnd, { name: how.replaceAll(' ', '-'), props: { onStop: how } });
    const { actors, unkillable } = await system.shutdown({ timeoutMs: 3000 });
    expect(actors.map(({ path }) => path).sort()).to.deep.equal(
      hows.map((how) => `/${how.replaceAll(' ', '-')}`).sort(),
    );
    expect(unkillable).to.deep.equal([]);
  });
});

describe('an actor that goes wrong when it hears of an end', () => {
  let system: ActorSystem;
  let log: LogEntry[];
  beforeEach(async () => {
    ({ system, log } = await quietSystem({ threads: 1 }));
  });
  afterEach(() => system.shutdown({ drain: false, timeoutMs: 2000 }));

  for (const how of ['throws', 'exits', 'loops'] as const) {
    for (const placement of ['thread', 'shared'] as const) {
      it(`since its onTerminated ${how} (${placement}): it has failed, comes back, and is told once`, async () => {
        const other = await system.spawn(BadEnd, { placement: 'inline', props: {} });
        const hangTimeoutMs = how === 'loops' ? 300 : Number.POSITIVE_INFINITY;
        const props = { onTerminated: how };
        const watcher = await system.spawn(BadEnd, { placement, name: 'watcher', props, hangTimeoutMs });
        await watcher.send.watch(other);
        expect(await watcher.ask.hello()).to.equal('hello');
        await other.stop();
        await until(() => log.some(({ actor }) => actor === '/watcher'));
        expect(await watcher.ask.hello()).to.equal('hello');
        const { restarts } = await watcher.stop();
        expect(restarts).to.equal(1);
      });
    }
  }
});
