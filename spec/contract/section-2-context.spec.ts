/** Section 2: what an actor sees of its surroundings, and its hooks, wherever it lives. */
import { expect } from 'chai';
import { type ActorSystem, type LogEntry, WrongArgumentError } from '../../core/index.js';
import { Gate } from '../support/gate.js';
import { quietSystem, rejection, until } from '../support/quiet-system.js';
import { HookLog, Hooks, Listens, Plans, Speaks } from './actors/context.js';

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

      it('logs and counts an error of a schedule also with onError resume, and goes on', async () => {
        const plans = await system.spawn(Plans, { placement, supervision: { onError: 'resume' } });
        await plans.ask.failSoon();
        await until(() => log.some((entry) => entry.actor === plans.path));
        const [{ level, message, fields }] = log.filter((entry) => entry.actor === plans.path);
        expect([level, message]).to.deep.equal(['error', 'handler failed']);
        expect(fields?.error).to.be.instanceOf(Error).with.property('message', 'a job that fails');
        const metrics = system.metrics().actors.find(({ path }) => path === plans.path);
        expect(metrics).to.include({ failed: 1, restarts: 0 });
        expect(await plans.ask.order()).to.deep.equal([]);
      });

      it('gives onStop its reason: at a restart the error, at a stop, never at a kill', async () => {
        const notes = await system.spawn(HookLog, { placement });
        const hooks = await system.spawn(Hooks, { placement, props: { log: notes } });
        hooks.tell.fail();
        expect(await hooks.ask.ok()).to.equal('ok');
        await hooks.stop();
        const killed = await system.spawn(Hooks, { placement, props: { log: notes } });
        await killed.kill();
        expect(await notes.ask.notes()).to.deep.equal(['failed bad news', 'stopped ']);
      });

      it('does not let an onStop that hangs hold up a restart for ever', async () => {
        const notes = await system.spawn(HookLog, { placement });
        const hooks = await system.spawn(Hooks, {
          placement,
          props: { log: notes, hang: 'onStop' },
          stopTimeoutMs: 100,
          startTimeoutMs: 1500,
        });
        hooks.tell.fail();
        const settled = hooks.ask.ok().then(
          () => 'answered',
          (error: Error) => error.name,
        );
        expect(await settled).to.be.oneOf(['answered', 'ActorStoppedError']);
        expect(
          log.some((entry) => entry.actor === hooks.path && /stopTimeoutMs/.test(entry.message)),
        ).to.equal(true);
        await hooks.kill();
      });

      it('aborts the signal when the stop has run out of time, so that the handler may yet end', async () => {
        const hooks = await system.spawn(Hooks, { placement });
        const [begun, aborted] = [new Gate(), new Gate()];
        hooks.tell.untilSignal(begun.shared, aborted.shared);
        await begun.reached();
        await hooks.stop({ timeoutMs: 20 });
        await aborted.reached();
      });

      it('says what watch takes, when it is given something else', async () => {
        const watcher = await system.spawn(Listens, { placement });
        for (const what of [undefined, 'a path', {}]) {
          const error = await rejection(watcher.ask.watchNothing(what));
          expect(error).to.be.instanceOf(WrongArgumentError).with.property('call', 'context.watch');
        }
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
