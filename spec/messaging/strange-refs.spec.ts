/** Refs that lead nowhere here: to actors of another system, and to the dead, whose place another one has by now. */
import { expect } from 'chai';
import { ActorStoppedError, type ActorSystem, type DeadLetter, ForeignRefError } from '../../core/index.js';
import { Hand } from '../contract/support/hand.js';
import { Gate } from '../support/gate.js';
import { quietSystem, rejection, until } from '../support/quiet-system.js';

describe('a ref of another system', () => {
  let system: ActorSystem;
  let other: ActorSystem;
  before(async () => {
    ({ system } = await quietSystem());
    ({ system: other } = await quietSystem({ name: 'other' }));
  });
  after(() => Promise.all([system, other].map((each) => each.shutdown({ drain: false }))));

  const isForeign = (error: unknown, path: string) => {
    expect(error).to.be.instanceOf(ForeignRefError);
    expect(error).to.have.property('path', path);
  };

  it('is refused in a message, by each call in its way, and reaches nobody', async () => {
    const here = await system.spawn(Hand, { name: 'here' });
    const there = await other.spawn(Hand, { name: 'there' });
    expect(() => here.tell.note(there)).to.throw(ForeignRefError, '/there');
    isForeign(await rejection(here.send.note([{ there }])), '/there');
    isForeign(await rejection(here.ask.askSender(there)), '/there');
    isForeign(await rejection(system.spawn(Hand, { props: { there } })), '/there');
    expect(await here.ask.seen()).to.deep.equal([]);
    expect(await there.ask.path()).to.equal('/there');
    await here.ask.note(here);
    expect(await here.ask.count()).to.equal(1);
  });

  it('is watched, and asked for its last messages, where it is at home only', async () => {
    const there = await other.spawn(Hand);
    expect(() => system.lastMessages(there)).to.throw(ForeignRefError);
    expect(other.lastMessages(there)).to.deep.equal([]);
  });

  it('is refused as an answer, and the actor goes on', async () => {
    const answering = await system.spawn(Hand, { placement: 'inline', name: 'answering' });
    const there = await other.spawn(Hand, { name: 'answer' });
    // An inline actor may get at it by other ways than messages.
    Object.assign(globalThis, { troupeSpecForeign: there });
    isForeign(await rejection(answering.ask.foreign()), '/answer');
    isForeign(await rejection(answering.ask.watchForeign()), '/answer');
    expect(await answering.ask.count()).to.equal(0);
  });
});

describe('a ref of one that has ended', () => {
  let system: ActorSystem;
  let deadLetters: DeadLetter[];
  before(async () => {
    ({ system, deadLetters } = await quietSystem());
  });
  after(() => system.shutdown({ drain: false }));

  it('is named in a dead letter by its path, as its sender and as its receiver', async () => {
    const receiver = await system.spawn(Hand, { name: 'receiver' });
    // A worker of a pool, of which this thread has never had a ref.
    const sender = await system.pool(Hand, { name: 'senders', size: 1 });
    const gate = new Gate();
    receiver.tell.hold(gate.shared);
    await gate.reached();
    await sender.ask.give(receiver, new SharedArrayBuffer(4));
    await sender.stop();
    // The place of the sender is another's by then, or nobody's.
    deadLetters.length = 0;
    await receiver.kill();
    receiver.tell.note('late');
    await until(() => deadLetters.length === 3);
    expect(deadLetters.map(({ to, from, method }) => [to, from, method])).to.have.deep.members([
      ['/receiver', undefined, 'hold'],
      ['/receiver', '/senders/0', 'add'],
      ['/receiver', undefined, 'note'],
    ]);
  });

  it('stays its own when its place in memory is used again, and again', async () => {
    const dead = await system.spawn(Hand, { name: 'dead', placement: 'inline' });
    await dead.stop();
    // Places rest for a while before they are used again: more than there are.
    for (let round = 0; round < 3; round++) {
      const others = await Promise.all(
        Array.from({ length: 100 }, () => system.spawn(Hand, { placement: 'inline' })),
      );
      deadLetters.length = 0;
      expect(dead.tell.note('for the dead')).to.equal(false);
      expect(await rejection(dead.send.note('for the dead'))).to.be.instanceOf(ActorStoppedError);
      expect(await rejection(dead.ask.note('for the dead'))).to.be.instanceOf(ActorStoppedError);
      expect((await dead.stop()).reason).to.deep.equal({ kind: 'stopped' });
      expect((await dead.kill()).reason).to.deep.equal({ kind: 'stopped' });
      expect((await dead.join()).path).to.equal('/dead');
      expect(system.lastMessages(dead)).to.deep.equal([]);
      for (const each of others) expect(await each.ask.count()).to.equal(0);
      await until(() => deadLetters.length === 3);
      expect(deadLetters.map(({ reason }) => reason)).to.deep.equal(['stopped', 'stopped', 'stopped']);
      await Promise.all(others.map((each) => each.stop()));
    }
  });
});
