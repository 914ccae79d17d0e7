/** Mailboxes of one, two and three messages: held, in order, drained, refused past the limit. */
import { expect } from 'chai';
import {
  ActorStoppedError,
  type ActorSystem,
  type DeadLetter,
  MailboxFullError,
  MessageTooLargeError,
} from '../../core/index.js';
import { crash } from '../../core/testing/index.js';
import { Echo, Recorder, Teller } from '../actors-for-specs/basics.js';
import { Witness } from '../contract/support/hand.js';
import { Gate } from '../support/gate.js';
import { quietSystem, rejection, until } from '../support/quiet-system.js';

interface Subscribable {
  subscribe(observer: { error(): void; complete(): void }): unknown;
}

describe('a full mailbox', () => {
  let system: ActorSystem;
  let deadLetters: DeadLetter[];
  before(async () => {
    ({ system, deadLetters } = await quietSystem());
  });
  after(() => system.shutdown({ drain: false }));

  for (const maxItems of [1, 2, 3]) {
    it(`of ${maxItems}: tell gives false, and what it held arrives in order`, async () => {
      const recorder = await system.spawn(Recorder, { mailbox: { maxItems } });
      const gate = new Gate();
      recorder.tell.hold(gate.shared);
      await gate.reached();
      const answers = Array.from({ length: 50 }, (_, i) => recorder.tell.note(i));
      expect(answers[0]).to.equal(maxItems > 1);
      expect(answers.at(-1)).to.equal(false);
      const drained = recorder.drained();
      gate.open();
      await drained;
      expect(await recorder.ask.seen()).to.deep.equal(Array.from({ length: 50 }, (_, i) => i));
    });

    it(`of ${maxItems}: every kind of call keeps its place behind what is held`, async () => {
      const recorder = await system.spawn(Recorder, { mailbox: { maxItems } });
      const gate = new Gate();
      recorder.tell.hold(gate.shared);
      await gate.reached();
      for (let i = 0; i < 10; i++) recorder.tell.note(i);
      const sent = recorder.send.note('sent');
      const seen = recorder.ask.seen();
      recorder.tell.note('behind');
      gate.open();
      await sent;
      expect(await seen).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 'sent']);
      expect((await recorder.ask.seen()).at(-1)).to.equal('behind');
    });

    it(`of ${maxItems}: an actor that fills it is never blocked`, async () => {
      const recorder = await system.spawn(Recorder, { mailbox: { maxItems } });
      const teller = await system.spawn(Teller);
      const gate = new Gate();
      recorder.tell.hold(gate.shared);
      await gate.reached();
      expect(await teller.ask.fill(recorder, 0, 100)).to.be.at.least(100 - maxItems);
      gate.open();
      await until(() => system.metrics().actors.every((a) => a.path !== recorder.path || a.processed >= 101));
      expect(await recorder.ask.seen()).to.deep.equal(Array.from({ length: 100 }, (_, i) => i));
    });
  }

  it('is known to be full when its messages went straight in, turn after turn, between those to another', async () => {
    const recorder = await system.spawn(Recorder, { mailbox: { maxItems: 10 } });
    const other = await system.spawn(Recorder);
    const gate = new Gate();
    recorder.tell.hold(gate.shared);
    await gate.reached();
    const tellOther = async (): Promise<void> => {
      other.tell.note('first');
      other.tell.note('staged');
      await other.drained();
    };
    // Two in a turn: the second one is staged, and how much room there is then is remembered.
    recorder.tell.note(0);
    recorder.tell.note(1);
    await recorder.drained();
    for (let i = 2; i < 9; i++) {
      await tellOther();
      expect(recorder.tell.note(i)).to.equal(true);
    }
    await tellOther();
    const answers = [9, 10, 11].map((i) => recorder.tell.note(i));
    gate.open();
    expect(answers).to.deep.equal([false, false, false]);
    expect(await recorder.ask.seen()).to.deep.equal(Array.from({ length: 12 }, (_, i) => i));
  });

  it('that is full to the last message takes what follows into memory of its own', async () => {
    const count = 4000;
    const recorders = [
      await system.spawn(Recorder, { mailbox: { maxItems: count } }),
      await system.spawn(Recorder),
    ];
    const gates = [new Gate(), new Gate()];
    for (const [i, recorder] of recorders.entries()) recorder.tell.hold(gates[i].shared);
    await Promise.all(gates.map((gate) => gate.reached()));
    const [full, other] = recorders;
    // In one go, so that more and more is staged at a time; then a call that is never staged, and finds no room.
    for (let i = 1; i < count; i++) expect(full.tell.note(i)).to.equal(true);
    const ended = new Promise<void>((resolve) => {
      const streams = full.stream as unknown as { count(): Subscribable };
      streams.count().subscribe({ error: () => resolve(), complete: resolve });
    });
    for (let i = 0; i < 2 * count; i++) {
      other.tell.note(i);
      expect(full.tell.note(count + i)).to.equal(false);
    }
    for (const gate of gates) gate.open();
    await ended;
    await Promise.all([full.drained(), other.drained()]);
    expect(await full.ask.seen()).to.deep.equal(Array.from({ length: 3 * count - 1 }, (_, i) => i + 1));
    expect(await other.ask.seen()).to.deep.equal(Array.from({ length: 2 * count }, (_, i) => i));
  });

  it('lets send wait until there is room', async () => {
    const recorder = await system.spawn(Recorder, { mailbox: { maxItems: 1 } });
    const gate = new Gate();
    recorder.tell.hold(gate.shared);
    await gate.reached();
    let accepted = false;
    const sent = recorder.send.note(1).then(() => {
      accepted = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(accepted).to.equal(false);
    gate.open();
    await sent;
    expect(await recorder.ask.seen()).to.deep.equal([1]);
  });

  it('lets send give up, by time or by signal', async () => {
    const recorder = await system.spawn(Recorder, { mailbox: { maxItems: 1 } });
    const gate = new Gate();
    recorder.tell.hold(gate.shared);
    await gate.reached();
    expect((await rejection(recorder.with({ timeoutMs: 5 }).send.note('late'))).code).to.match(/TIMEOUT/);
    const leaving = new AbortController();
    const sent = recorder.with({ signal: leaving.signal }).send.note('left');
    const reason = new Error('gone');
    leaving.abort(reason);
    expect(await rejection(sent)).to.equal(reason);
    gate.open();
    // What was given up was withdrawn: the caller may send it elsewhere.
    expect(await recorder.ask.seen()).to.deep.equal([]);
  });

  it('of a pool lets send give up, and its workers pass over that', async () => {
    const pool = await system.pool(Recorder, { size: 1, mailbox: { maxItems: 1 } });
    const gate = new Gate();
    pool.tell.hold(gate.shared);
    await gate.reached();
    for (let i = 0; i < 3; i++) pool.tell.note(i);
    const given = rejection(pool.with({ timeoutMs: 5 }).send.note('late'));
    pool.tell.note(3);
    expect((await given).code).to.match(/TIMEOUT/);
    gate.open();
    await pool.drained();
    expect(await pool.ask.seen()).to.deep.equal([0, 1, 2, 3]);
    expect((await pool.stop()).processed).to.equal(6);
  });

  it('makes what is past maxHeld a dead letter', async () => {
    const recorder = await system.spawn(Recorder, { mailbox: { maxItems: 1, maxHeld: 2 } });
    const gate = new Gate();
    recorder.tell.hold(gate.shared);
    await gate.reached();
    for (let i = 0; i < 5; i++) expect(recorder.tell.note(i)).to.equal(false);
    const lost = () => deadLetters.filter((l) => l.to === recorder.path);
    await until(() => lost().length === 3);
    expect(lost().map((l) => [l.reason, l.method, l.args])).to.deep.equal([
      ['overflow', 'note', [2]],
      ['overflow', 'note', [3]],
      ['overflow', 'note', [4]],
    ]);
    gate.open();
    await recorder.drained();
    expect(await recorder.ask.seen()).to.deep.equal([0, 1]);
  });

  it("with overflow: 'drop-oldest' gives the oldest that is held away instead, and keeps the order", async () => {
    const mailbox = { maxItems: 1, maxHeld: 2, overflow: 'drop-oldest' } as const;
    const recorder = await system.spawn(Recorder, { mailbox });
    const gate = new Gate();
    recorder.tell.hold(gate.shared);
    await gate.reached();
    for (let i = 0; i < 5; i++) expect(recorder.tell.note(i)).to.equal(false);
    const lost = () => deadLetters.filter((l) => l.to === recorder.path);
    await until(() => lost().length === 3);
    expect(lost().map((l) => [l.reason, l.method, l.args])).to.deep.equal([
      ['overflow', 'note', [0]],
      ['overflow', 'note', [1]],
      ['overflow', 'note', [2]],
    ]);
    gate.open();
    await recorder.drained();
    expect(await recorder.ask.seen()).to.deep.equal([3, 4]);
  });

  for (const overflow of ['drop-newest', 'drop-oldest'] as const) {
    it(`with ${overflow} tells who asks or sends that there was no room, while the actor lives`, async () => {
      const recorder = await system.spawn(Recorder, { mailbox: { maxItems: 1, maxHeld: 2, overflow } });
      const gate = new Gate();
      recorder.tell.hold(gate.shared);
      await gate.reached();
      const { send, ask } = recorder.with({ timeoutMs: Number.POSITIVE_INFINITY });
      const calls = [send.note('a'), ask.note('b'), send.note('c'), ask.note('d')];
      const outcomes = calls.map((call) =>
        call.then(
          () => 'done',
          (error: Error) => error,
        ),
      );
      const refused = overflow === 'drop-newest' ? [2, 3] : [0, 1];
      for (const i of refused) {
        const error = await outcomes[i];
        expect(error).to.be.instanceOf(MailboxFullError);
        expect((error as Error).message)
          .to.include(recorder.path)
          .and.include('maxHeld');
      }
      gate.open();
      for (const i of [0, 1, 2, 3]) if (!refused.includes(i)) expect(await outcomes[i]).to.equal('done');
      expect(await recorder.ask.seen()).to.deep.equal(overflow === 'drop-newest' ? ['a', 'b'] : ['c', 'd']);
    });
  }

  for (const overflow of ['drop-newest', 'drop-oldest'] as const) {
    it(`takes a stop and a notice of an end also when no more may be held (${overflow})`, async () => {
      const mailbox = { maxItems: 1, maxHeld: 1, overflow };
      const witness = await system.spawn(Witness, { mailbox });
      const other = await system.spawn(Recorder, { placement: 'inline' });
      await witness.ask.watch(other);
      const gate = new Gate();
      witness.tell.hold(gate.shared);
      await gate.reached();
      for (let i = 0; i < 4; i++) witness.tell.note(i);
      await other.stop();
      const stopped = witness.stop();
      gate.open();
      const { reason, lastMessages } = await stopped;
      expect(reason).to.deep.equal({ kind: 'stopped' });
      expect(lastMessages.map(({ method }) => method).at(-1)).to.equal('onTerminated');
    });
  }

  it('turns what is held into dead letters when the actor ends', async () => {
    const recorder = await system.spawn(Recorder, { mailbox: { maxItems: 1 } });
    const gate = new Gate();
    recorder.tell.hold(gate.shared);
    await gate.reached();
    for (let i = 0; i < 4; i++) recorder.tell.note(i);
    const asked = rejection(recorder.ask.seen());
    const sent = rejection(recorder.send.note('sent'));
    await recorder.kill();
    expect(await asked).to.be.instanceOf(ActorStoppedError);
    expect(await sent).to.be.instanceOf(ActorStoppedError);
    await until(() => deadLetters.filter((l) => l.to === recorder.path && l.method === 'note').length >= 5);
    const lost = deadLetters
      .filter((l) => l.to === recorder.path && l.method === 'note')
      .map((l) => l.args?.[0]);
    expect(lost).to.deep.equal([0, 1, 2, 3, 'sent']);
  });

  it('takes a stop behind what its caller has held', async () => {
    const recorder = await system.spawn(Recorder, { mailbox: { maxItems: 1 } });
    const gate = new Gate();
    recorder.tell.hold(gate.shared);
    await gate.reached();
    for (let i = 0; i < 10; i++) recorder.tell.note(i);
    const seen = recorder.ask.seen();
    const stopped = recorder.stop();
    gate.open();
    expect(await seen).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const report = await stopped;
    expect(report.reason).to.deep.equal({ kind: 'stopped' });
    expect(report.leftover).to.equal(0);
  });

  it('gives what other senders hold back as dead letters at a stop', async () => {
    const recorder = await system.spawn(Recorder, { mailbox: { maxItems: 1 } });
    const teller = await system.spawn(Teller);
    const gate = new Gate();
    recorder.tell.hold(gate.shared);
    await gate.reached();
    expect(await teller.ask.fill(recorder, 0, 20)).to.equal(20);
    const stopped = recorder.stop();
    gate.open();
    const { processed, leftover } = await stopped;
    const lost = () => deadLetters.filter((l) => l.to === recorder.path);
    // Each is handled, or shown; none is both, and none is neither.
    await until(() => processed - 1 + lost().length === 20);
    expect(leftover).to.be.at.most(lost().length);
    expect(lost().map((l) => l.args?.[0])).to.deep.equal(
      Array.from({ length: lost().length }, (_, i) => processed - 1 + i),
    );
  });

  it('lets those who hold something for it know when the actor ends, though nobody takes anything', async () => {
    const backoff = { minMs: 1e6, maxMs: 1e6, jitter: 0 };
    const recorder = await system.spawn(Recorder, { mailbox: { maxItems: 1 }, supervision: { backoff } });
    const teller = await system.spawn(Teller);
    await crash(recorder);
    expect(await teller.ask.fill(recorder, 0, 3)).to.equal(2);
    await recorder.kill();
    const shown = () => deadLetters.filter((l) => l.to === recorder.path);
    await until(() => shown().length === 3);
    expect(shown().map(({ args, from, reason }) => [args?.[0], from, reason])).to.deep.equal(
      [0, 1, 2].map((i) => [i, teller.path, 'stopped']),
    );
  });

  it('shows all that a sender held for one that has ended, though it dies while it gives that back', async () => {
    const count = 3000;
    const recorder = await system.spawn(Recorder, { mailbox: { maxItems: 1 } });
    const teller = await system.spawn(Teller);
    const gate = new Gate();
    recorder.tell.hold(gate.shared);
    await gate.reached();
    expect(await teller.ask.fill(recorder, 0, count)).to.equal(count);
    const shown: unknown[] = [];
    let died: Promise<void> | undefined;
    const letters = system.deadLetters$.subscribe(({ to, args }) => {
      if (to !== recorder.path || args?.length !== 1 || typeof args[0] !== 'number') return;
      // With the first, its thread is taken away.
      died ??= crash(teller);
      shown.push(args[0]);
    });
    await recorder.kill();
    await until(() => shown.length >= count);
    await died;
    letters.unsubscribe();
    expect(shown).to.deep.equal(Array.from({ length: count }, (_, i) => i));
    expect(await teller.ask.me()).to.equal(teller);
  });

  it('loses nothing when many fill it at once', async () => {
    const recorder = await system.spawn(Recorder, { mailbox: { maxItems: 2 } });
    const tellers = await Promise.all([0, 1, 2].map(() => system.spawn(Teller)));
    await Promise.all(tellers.map((teller, i) => teller.ask.fill(recorder, i * 1000, 300)));
    const reading = () => system.metrics().actors.find((a) => a.path === recorder.path);
    await until(() => reading()?.processed === 900);
    const seen = (await recorder.ask.seen()) as number[];
    for (const i of [0, 1, 2]) {
      const from = seen.filter((n) => Math.floor(n / 1000) === i);
      expect(from).to.deep.equal(Array.from({ length: 300 }, (_, k) => i * 1000 + k));
    }
  });

  it('refuses a message that is larger than it could ever hold', async () => {
    const echo = await system.spawn(Echo, { mailbox: { maxBytes: 4096 } });
    expect(() => echo.tell.echo('x'.repeat(8192))).to.throw(MessageTooLargeError);
    expect(await rejection(echo.ask.echo('x'.repeat(8192)))).to.be.instanceOf(MessageTooLargeError);
    expect(await echo.ask.echo('x'.repeat(512))).to.have.length(512);
  });

  it('has drained at once when nothing is held', async () => {
    const recorder = await system.spawn(Recorder);
    await recorder.drained();
    recorder.tell.note(1);
    await recorder.drained();
    expect(await recorder.ask.count()).to.equal(1);
  });
});
