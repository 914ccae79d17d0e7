/** `tell`, `send` and `ask`: what arrives, where, and in which order. */
import { threadId } from 'node:worker_threads';
import { expect } from 'chai';
import { ActorStoppedError, type ActorSystem, MessageNotSerializableError } from '../../core/index.js';
import { Counter, Echo, Recorder, Teller, Witness } from '../actors-for-specs/basics.js';
import { Gate } from '../support/gate.js';
import { quietSystem, rejection } from '../support/quiet-system.js';

describe('a message', () => {
  let system: ActorSystem;
  before(async () => {
    ({ system } = await quietSystem());
  });
  after(() => system.shutdown({ drain: false }));

  it("is handled in a thread that is not the sender's", async () => {
    const recorder = await system.spawn(Recorder);
    expect(await recorder.ask.thread())
      .to.be.a('number')
      .and.not.equal(threadId);
  });

  it('by tell is fire and forget, and true says it was accepted', async () => {
    const counter = await system.spawn(Counter, { props: { start: 10 } });
    expect(counter.tell.add(5)).to.equal(true);
    expect(await counter.ask.total()).to.equal(15);
  });

  it('by send resolves to nothing once the mailbox has it', async () => {
    const counter = await system.spawn(Counter);
    expect(await counter.send.add(5)).to.equal(undefined);
    expect(await counter.ask.total()).to.equal(5);
  });

  it('by ask brings the result, at once or from a promise', async () => {
    const echo = await system.spawn(Echo);
    expect(await echo.ask.echo('now')).to.equal('now');
    expect(await echo.ask.echoLater('later')).to.equal('later');
    expect(await echo.ask.nothing()).to.equal(undefined);
    expect(await echo.ask.echo(null)).to.equal(null);
  });

  it('keeps one order with every other of the same sender, however it is sent', async () => {
    const recorder = await system.spawn(Recorder);
    const teller = await system.spawn(Teller);
    const expected: number[] = [];
    for (let i = 0; i < 3000; i++) {
      if (i % 3 === 0) recorder.tell.note(i);
      else if (i % 3 === 1) void recorder.send.noteSlowly(i);
      else void recorder.ask.note(i);
      expected.push(i);
    }
    expect(await recorder.ask.seen()).to.deep.equal(expected);
    const other = await system.spawn(Recorder);
    await teller.ask.mixed(other, 3000);
    // The teller's messages stand in the mailbox before its answer can arrive.
    expect(await other.ask.seen()).to.deep.equal(expected);
  });

  it("is waited for: the next begins when the handler's promise has settled", async () => {
    const recorder = await system.spawn(Recorder);
    const gate = new Gate();
    recorder.tell.holdAndNote(gate.shared, 'first');
    recorder.tell.note('second');
    await gate.reached();
    gate.open();
    expect(await recorder.ask.seen()).to.deep.equal(['first', 'second']);
  });

  it('that is urgent overtakes what waits', async () => {
    const recorder = await system.spawn(Recorder);
    const gate = new Gate();
    recorder.tell.hold(gate.shared);
    await gate.reached();
    recorder.tell.note('a');
    recorder.tell.note('b');
    recorder.with({ urgent: true }).tell.note('urgent');
    const count = recorder.with({ urgent: true }).ask.count();
    gate.open();
    expect(await count).to.equal(1);
    expect(await recorder.ask.seen()).to.deep.equal(['urgent', 'a', 'b']);
  });

  it('knows its sender: an actor, or nobody for the program', async () => {
    const witness = await system.spawn(Witness);
    const teller = await system.spawn(Teller);
    const gate = new Gate();
    witness.tell.who();
    await teller.ask.tellWho(witness);
    const later = teller.ask.tellWhoLater(witness, gate.shared);
    await gate.reached();
    gate.open();
    await later;
    expect(await witness.ask.seen()).to.deep.equal([undefined, teller.path, teller.path]);
    expect(await witness.ask.whoAfterAwait()).to.equal(undefined);
  });

  it('to a stopped actor is refused, by each call in its way', async () => {
    const counter = await system.spawn(Counter);
    await counter.stop();
    expect(counter.tell.add(1)).to.equal(false);
    expect(await rejection(counter.send.add(1))).to.be.instanceOf(ActorStoppedError);
    const error = await rejection(counter.ask.total());
    expect(error).to.be.instanceOf(ActorStoppedError);
    expect(error.reason).to.deep.equal({ kind: 'stopped' });
    expect(
      await counter
        .with({ urgent: true })
        .send.add(1)
        .catch((e) => e),
    ).to.be.instanceOf(ActorStoppedError);
  });

  it('that cannot be copied is refused, by each call in its way', async () => {
    const echo = await system.spawn(Echo);
    const bad = { user: { callback: () => 1 } };
    expect(() => echo.tell.echo(bad)).to.throw(MessageNotSerializableError, /args\[0\]\.user\.callback/);
    expect((await rejection(echo.send.echo(bad))).path).to.equal('args[0].user.callback');
    expect((await rejection(echo.ask.echo(bad))).message).to.match(/this\.self/);
    // And nothing of it stands in the way of the next.
    expect(await echo.ask.echo(1)).to.equal(1);
  });

  it('whose answer cannot be copied rejects, and the actor goes on', async () => {
    const echo = await system.spawn(Echo);
    expect(await rejection(echo.ask.giveFunction())).to.be.instanceOf(MessageNotSerializableError);
    expect(await echo.ask.echo(1)).to.equal(1);
  });

  it('of many at once gets each its own answer', async () => {
    const echo = await system.spawn(Echo);
    const answers = await Promise.all(Array.from({ length: 2000 }, (_, i) => echo.ask.echo(i)));
    expect(answers).to.deep.equal(Array.from({ length: 2000 }, (_, i) => i));
  });

  it('from an actor in a handler is answered while the handler waits', async () => {
    const counter = await system.spawn(Counter, { props: { start: 4 } });
    const teller = await system.spawn(Teller);
    expect(await teller.ask.askThrough(counter)).to.equal(4);
  });
});
