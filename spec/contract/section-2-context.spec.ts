/** Section 2: what an actor sees of its surroundings, and its hooks, wherever it lives. */
import { expect } from 'chai';
import type { ActorSystem, LogEntry } from '../../core/index.js';
import { Gate } from '../support/gate.js';
import { quietSystem } from '../support/quiet-system.js';
import { Listens, Plans, Speaks } from './actors/context.js';

describe('contract 2: the context', () => {
  let system: ActorSystem;
  let log: LogEntry[];
  before(async () => {
    ({ system, log } = await quietSystem({ threads: 1 }));
  });
  after(() => system.shutdown({ drain: false, timeoutMs: 3000 }));

  for (const placement of ['thread', 'shared', 'inline'] as const) {
    describe(`placement ${placement}`, () => {
      it('schedules as messages: one at a time, cancelled by disposal, ended with the actor', async () => {
        const ticks = new Gate();
        const plans = await system.spawn(Plans, { placement, props: { ticks: ticks.shared } });
        const fired = new Gate();
        await plans.ask.plan(fired.shared);
        await fired.reached();
        await plans.ask.cancelled();
        plans.tell.tick();
        await ticks.reached(3);
        expect(await plans.ask.order()).to.deep.equal(['handler done', 'scheduled']);
        await plans.stop();
        const after = ticks.arrivals;
        const other = await system.spawn(Plans, { placement, props: { ticks: ticks.shared } });
        await other.ask.plan(fired.shared);
        expect(ticks.arrivals).to.equal(after);
      });

      it('takes an error of a schedule as one of a tell: to the supervisor', async () => {
        const plans = await system.spawn(Plans, { placement });
        const ended = plans.flow$;
        const restarted = new Promise<void>((resolve) => {
          const subscription = ended.subscribe((event) => {
            if (event.kind !== 'restarted') return;
            subscription.unsubscribe();
            resolve();
          });
        });
        await plans.ask.failSoon();
        await restarted;
        expect(await plans.ask.order()).to.deep.equal([]);
        expect(log.some((entry) => entry.actor === plans.path)).to.equal(true);
      });

      it('tells a watcher of each end, with the reason, without a sender', async () => {
        const watcher = await system.spawn(Listens, { placement });
        const watched = [
          await system.spawn(Speaks, { placement }),
          await system.spawn(Speaks, { placement }),
        ];
        for (const ref of watched) await watcher.ask.watch(ref.with({ timeoutMs: 1 }));
        await watched[0].stop();
        await watched[1].kill();
        let seen: [string, string, boolean][] = [];
        while (seen.length < 2) seen = await watcher.ask.ended();
        await watcher.ask.watch(watched[0]);
        while (seen.length < 3) seen = await watcher.ask.ended();
        expect(seen.map(([path, reason]) => [path, reason])).to.have.deep.members([
          [watched[0].path, 'stopped'],
          [watched[1].path, 'killed'],
          [watched[0].path, 'stopped'],
        ]);
      });
    });
  }
});
