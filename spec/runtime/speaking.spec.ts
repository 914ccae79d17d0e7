/** Who has sent a message: whoever's code it was, wherever the actor lives and however late the line runs. */
import { expect } from 'chai';
import { type ActorRef, ActorStoppedError, type ActorSystem, type Placement } from '../../core/index.js';
import { Notary, Speaker } from '../actors-for-specs/speaking.js';
import { Gate } from '../support/gate.js';
import { quietSystem, rejection } from '../support/quiet-system.js';

for (const placement of ['thread', 'shared', 'inline'] as const) {
  describe(`what an actor sends (${placement})`, () => {
    let system: ActorSystem;
    let notary: ActorRef<Notary>;
    let speaker: ActorRef<Speaker>;
    let other: ActorRef<Speaker>;
    const from = (what: string) => notary.ask.from(what);
    beforeEach(async () => {
      // One shared thread: both live on it.
      ({ system } = await quietSystem({ threads: 1 }));
      notary = await system.spawn(Notary, { placement });
      speaker = await spawn('speaker', '');
      other = await spawn('other', 'other: ');
    });
    afterEach(() => system.shutdown({ drain: false }));

    const spawn = (name: string, as: string, where: Placement = placement) =>
      system.spawn(Speaker, { name, placement: where, props: { notary, as } });

    it('after an await is its own, also in hooks', async () => {
      await speaker.ask.afterAwait();
      await speaker.ask.byPromise();
      // While it is alive: of one that has ended, the path is not known any more.
      expect(await from('other: onStart')).to.equal('/other');
      speaker.tell.watch(other);
      await other.stop();
      expect(await from('afterAwait')).to.equal('/speaker');
      expect(await from('byPromise')).to.equal('/speaker');
      expect(await from('onStart')).to.equal('/speaker');
      expect(await from('onTerminated')).to.equal('/speaker');
      expect(await notary.ask.idFrom('other: onStop')).to.equal(other.id);
    });

    it('from a timer, a schedule, a subscription or a loop that it left behind is its own', async () => {
      speaker.tell.byTimer();
      speaker.tell.bySchedule();
      speaker.tell.bySubscription(other);
      speaker.tell.byLoop(other);
      expect(await from('byTimer')).to.equal('/speaker');
      expect(await from('bySchedule')).to.equal('/speaker');
      expect(await from('bySubscription')).to.equal('/speaker');
      expect(await from('byLoop')).to.equal('/speaker');
      expect(await from('other: byGenerator')).to.equal('/other');
      expect(await from('other: byEndOfGenerator')).to.equal('/other');
    });

    it('when it hears of a dead letter is its own', async () => {
      const gone = await spawn('gone', 'gone: ');
      await gone.stop();
      speaker.tell.byDeadLetter(gone);
      expect(await from('byDeadLetter')).to.equal('/speaker');
    });

    it('when its asker or subscriber has left is its own', async () => {
      const leaving = new AbortController();
      const asked = rejection(speaker.with({ signal: leaving.signal }).ask.untilAborted());
      for await (const _ of other.stream.endless()) break;
      expect(await from('other: byLeaving')).to.equal('/other');
      leaving.abort();
      await asked;
      expect(await from('byAbort')).to.equal('/speaker');
    });

    it('while others of its thread wait as well, is told apart from theirs', async () => {
      const gate = new Gate();
      const all = [speaker.ask.afterGate(gate.shared, 'a'), other.ask.afterGate(gate.shared, 'b')];
      await gate.reached(2);
      gate.open();
      await Promise.all(all);
      expect(await from('a')).to.equal('/speaker');
      expect(await from('other: b')).to.equal('/other');
    });

    it('is not what the program sends meanwhile', async () => {
      const gate = new Gate();
      const held = speaker.ask.afterGate(gate.shared, 'held');
      await gate.reached();
      notary.tell.note('from the program');
      setTimeout(() => notary.tell.note('from a timer of the program'), 0);
      expect(await from('from the program')).to.equal('(nobody)');
      expect(await from('from a timer of the program')).to.equal('(nobody)');
      gate.open();
      await held;
      notary.tell.note('after it');
      expect(await from('after it')).to.equal('(nobody)');
      await new Promise<void>((resolve) => {
        const next = () => notary.tell.note('from its subscription');
        other.stream.one().subscribe({ next, complete: resolve });
      });
      expect(await from('from its subscription')).to.equal('(nobody)');
    });

    it('after an await belongs to its message, also when a stream’s line has brought that about', async () => {
      other.tell.subscribe(speaker);
      expect(await from('sender is /speaker')).to.equal('/speaker');
    });

    it('with a child on its own thread is told apart from the child’s', async () => {
      await speaker.ask.spawnInline();
      expect(await from('afterSpawn')).to.equal('/speaker');
      expect(await from('afterChild')).to.equal('/speaker');
      expect(await from('child: onStart')).to.equal('/speaker/child');
      expect(await from('child: afterAwait')).to.equal('/speaker/child');
      // The child's line asked for the turn in which these run.
      await speaker.ask.afterAwait();
      speaker.tell.byTimer();
      expect(await from('afterAwait')).to.equal('/speaker');
      expect(await from('byTimer')).to.equal('/speaker');
    });

    it('goes on during a shutdown, while the program’s is refused', async () => {
      const gate = new Gate();
      const held = speaker.ask.afterGate(gate.shared, 'while it drains');
      await gate.reached();
      const waiting = from('while it drains');
      const ended = system.shutdown();
      expect(notary.tell.note('from the program')).to.equal(false);
      expect(await rejection(notary.ask.from('from the program'))).to.be.instanceOf(ActorStoppedError);
      gate.open();
      await held;
      expect(await waiting).to.equal('/speaker');
      await ended;
    });
  });
}

describe('what an actor left running', () => {
  for (const placement of ['shared', 'inline'] as const) {
    it(`speaks for nobody when it has stopped (${placement})`, async () => {
      const { system } = await quietSystem({ threads: 1 });
      const notary = await system.spawn(Notary);
      const speaker = await system.spawn(Speaker, { placement, props: { notary } });
      const gate = new Gate();
      speaker.tell.leaveRunning(gate.shared);
      await gate.reached();
      await speaker.stop();
      gate.open();
      expect(await notary.ask.from('leftRunning')).to.equal('(nobody)');
      await system.shutdown({ drain: false });
    });
  }
});
