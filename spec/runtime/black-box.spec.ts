/** The black box: what an actor has begun lately, read while it lives, while it is stuck, and after its death. */
import { expect } from 'chai';
import type { ActorRef, ActorSystem, AnyActorRef, LastMessage, LogEntry } from '../../core/index.js';
import { crash } from '../../core/testing/index.js';
import { Hand, Wide, Witness } from '../contract/support/hand.js';
import { leavesNothing } from '../supervision/footprint.js';
import { Gate } from '../support/gate.js';
import { quietSystem, rejection, until } from '../support/quiet-system.js';
import { Sequence, Sequencer } from './support/sequence.js';

const brief = (messages: readonly LastMessage[]) =>
  messages.map(({ method, outcome }) => `${method} ${outcome}`);

describe('the black box', () => {
  let system: ActorSystem;
  let log: LogEntry[];
  beforeEach(async () => {
    ({ system, log } = await quietSystem({ threads: 1 }));
  });
  afterEach(() => system.shutdown({ drain: false }));

  /** An answer is sent before it is written down that its question is done. */
  const settled = (ref: AnyActorRef) =>
    until(() => system.lastMessages(ref).every(({ outcome }) => outcome !== 'handling'));
  const placements = ['thread', 'shared', 'inline'] as const;

  for (const placement of placements) {
    it(`tells what an actor has begun, from whom, when, and how it came out (${placement})`, async () => {
      const before = Date.now() - 1;
      const hand = await system.spawn(Hand, { name: 'hand', placement, supervision: { onError: 'resume' } });
      const other = await system.spawn(Hand, { name: 'other', placement });
      hand.tell.note('a');
      hand.tell.fail('b');
      await hand.send.note('c');
      await rejection(hand.ask.fail('d'));
      await other.ask.askSender(hand);
      (hand as unknown as ActorRef<{ missing(): void }>).tell.missing();
      await hand.ask.count();
      await hand.with({ urgent: true }).ask.seen();
      await settled(hand);
      const messages = system.lastMessages(hand);
      expect(
        messages.map(({ method, kind, from, outcome, attempts, args }) => [
          method,
          kind,
          from,
          outcome,
          attempts,
          args,
        ]),
      ).to.deep.equal([
        ['note', 'tell', undefined, 'handled', 1, ['a']],
        ['fail', 'tell', undefined, 'failed', 1, ['b']],
        ['note', 'tell', undefined, 'handled', 1, ['c']],
        ['fail', 'ask', undefined, 'failed', 1, ['d']],
        ['sender', 'ask', '/other', 'handled', 1, []],
        ['missing', 'tell', undefined, 'refused', 1, []],
        ['count', 'ask', undefined, 'handled', 1, []],
        ['seen', 'ask', undefined, 'handled', 1, []],
      ]);
      const times = messages.map(({ time }) => time);
      expect(times).to.deep.equal([...times].sort((a, b) => a - b));
      expect(times[0]).to.be.within(before, Date.now() + 1);
      for (const { tookMs } of messages) expect(tookMs).to.be.within(0, Date.now() - before + 1);
    });
  }

  for (const placement of ['thread', 'shared'] as const) {
    it(`is read while the actor is in an endless loop, with the message that it is stuck in (${placement})`, async () => {
      const hand = await system.spawn(Hand, { placement });
      const gate = new Gate();
      hand.tell.note('before');
      hand.tell.loop(gate.shared);
      await gate.reached();
      const looping = system.lastMessages(hand);
      expect(brief(looping)).to.deep.equal(['note handled', 'loop handling']);
      expect(looping[0].args).to.deep.equal(['before']);
      await until(() => system.lastMessages(hand)[1].tookMs > looping[1].tookMs + 5);
      const { lastMessages } = await hand.kill();
      expect(brief(lastMessages)).to.deep.equal(['note handled', 'loop in-flight']);
    });
  }

  it('tells how long a message took that took long, and those behind it', async () => {
    const hand = await system.spawn(Hand);
    for (let n = 0; n < 40; n++) hand.tell.note(n);
    hand.tell.spin(30);
    await hand.ask.count();
    expect(system.lastMessages(hand).at(-2)?.tookMs).to.be.at.least(29);
    // Another one, with no quick messages before: as long as it goes on with these, some dozens may be timed together.
    const slow = await system.spawn(Hand);
    for (let n = 0; n < 20; n++) slow.tell.spin(3);
    slow.tell.note('last');
    await slow.ask.count();
    // Once they take long, each is timed by itself: two or three may go together until that is seen.
    const messages = system.lastMessages(slow);
    const spins = messages.filter(({ method }) => method === 'spin');
    expect(spins).to.have.length(14);
    expect(new Set(spins.map(({ time }) => time)).size).to.be.at.least(12);
    expect(brief(messages.slice(-3, -1))).to.deep.equal(['spin handled', 'note handled']);
    expect(messages.map(({ time }) => time)).to.deep.equal(
      messages.map(({ time }) => time).sort((a, b) => a - b),
    );
  });

  it('holds so many as mailbox.blackBox says, 16 by default, none with 0', async () => {
    for (const [blackBox, shown] of [
      [undefined, 16],
      [3, 3],
      [1, 1],
      [1000, 40],
      [0, 0],
    ] as const) {
      const hand = await system.spawn(Hand, { placement: 'shared', mailbox: { blackBox } });
      for (let n = 0; n < 39; n++) hand.tell.note(n);
      expect(await hand.ask.count()).to.equal(39);
      const messages = system.lastMessages(hand);
      expect(messages).to.have.length(shown);
      if (shown > 0) expect(messages.at(-1)?.method).to.equal('count');
      if (shown === 3) expect(messages.map(({ args }) => args)).to.deep.equal([[37], [38], []]);
    }
  });

  for (const blackBox of [-1, 1.5, 1001, '3', Number.POSITIVE_INFINITY]) {
    it(`refuses ${JSON.stringify(blackBox)} as its size, and names the range`, async () => {
      const error = await rejection(system.spawn(Hand, { mailbox: { blackBox: blackBox as number } }));
      expect(error.name).to.equal('OptionOutOfRangeError');
      expect(error.message).to.include('mailbox.blackBox').and.include('from 0 to 1000');
    });
  }

  it('refuses what is no ref', () => {
    expect(() => system.lastMessages({} as never)).to.throw('lastMessages');
  });

  it('stands in the report of an actor that has failed, with what it failed of, and stays there for late joins', async () => {
    const hand = await system.spawn(Hand, { supervision: { maxRestarts: 1, withinMs: 60_000 } });
    hand.tell.note(1);
    hand.tell.fail('once');
    hand.tell.note(2);
    hand.tell.fail('twice');
    hand.tell.note(3);
    const { lastMessages } = await hand.join();
    expect(brief(lastMessages)).to.deep.equal(['note handled', 'fail failed', 'note handled', 'fail failed']);
    expect(lastMessages.at(-1)?.args).to.deep.equal(['twice']);
    expect((await hand.join()).lastMessages).to.deep.equal(lastMessages);
    expect(system.lastMessages(hand)).to.deep.equal(lastMessages);
  });

  it('stands in the log of each failure, without the arguments', async () => {
    const hand = await system.spawn(Hand, { name: 'hand' });
    hand.tell.note('secret');
    hand.tell.fail('loudly');
    await hand.ask.count();
    const lines = log.filter(({ level, actor }) => level === 'error' && actor === '/hand');
    expect(lines.map(({ message }) => message)).to.deep.equal(['handler failed']);
    const { lastMessages } = lines[0].fields as { lastMessages: LastMessage[] };
    expect(brief(lastMessages)).to.deep.equal(['note handled', 'fail failed']);
    expect(JSON.stringify(lastMessages)).to.not.include('secret');
  });

  for (const placement of ['thread', 'shared'] as const) {
    it(`outlives a thread, and goes on with the next (${placement})`, async () => {
      const hand = await system.spawn(Hand, { name: 'hand', placement });
      hand.tell.note(1);
      hand.tell.exit();
      expect(await hand.ask.count()).to.equal(0);
      await settled(hand);
      expect(brief(system.lastMessages(hand))).to.deep.equal([
        'note handled',
        'exit in-flight',
        'count handled',
      ]);
      const line = log.find(({ message }) => message === 'its thread has died');
      expect(brief(line?.fields?.lastMessages as LastMessage[])).to.deep.equal([
        'note handled',
        'exit in-flight',
      ]);
    });
  }

  it('counts how often a message was begun that is tried again', async () => {
    const hand = await system.spawn(Hand, {
      supervision: { inFlight: 'retry', maxAttempts: 3, maxRestarts: 9 },
    });
    hand.tell.exit();
    await hand.ask.count();
    const [first, second, third] = system.lastMessages(hand);
    expect([first, second, third].map(({ outcome, attempts }) => [outcome, attempts])).to.deep.equal([
      ['in-flight', 1],
      ['in-flight', 2],
      ['in-flight', 3],
    ]);
  });

  it('remembers several handlers at once, also one whose entry has been written over since', async () => {
    const wide = await system.spawn(Wide, { mailbox: { blackBox: 3 } });
    const gate = new Gate();
    const held = wide.ask.hold(gate.shared, 'first');
    await gate.reached();
    expect(brief(system.lastMessages(wide))).to.deep.equal(['hold handling']);
    for (let n = 0; n < 3; n++) await wide.ask.note(n);
    await settled(wide);
    expect(brief(system.lastMessages(wide))).to.deep.equal(Array(3).fill('note handled'));
    gate.open();
    await held;
    expect(brief(system.lastMessages(wide))).to.deep.equal(Array(3).fill('note handled'));
  });

  it('of a pool is that of its workers together, in the order of their beginnings', async () => {
    const pool = await system.pool(Hand, { size: 2, mailbox: { blackBox: 4 } });
    for (let n = 0; n < 9; n++) await pool.ask.note(n);
    await settled(pool);
    const messages = system.lastMessages(pool);
    expect(brief(messages)).to.deep.equal(Array(4).fill('note handled'));
    // A worker's lease holds the last message that it took.
    expect(messages.at(-1)?.args).to.deep.equal([8]);
    expect(brief((await pool.stop()).lastMessages)).to.deep.equal(Array(4).fill('note handled'));
  });

  it('shows scheduled calls and notices of ends', async () => {
    const hand = await system.spawn(Hand, { supervision: { onError: 'resume' } });
    await hand.ask.failSoon();
    await until(() => system.lastMessages(hand).length === 2);
    await until(() => system.lastMessages(hand)[1].outcome === 'failed');
    expect(system.lastMessages(hand)[1]).to.include({
      method: 'schedule',
      kind: 'schedule',
      from: undefined,
    });
    const witness = await system.spawn(Witness);
    await witness.ask.watch(hand);
    await hand.stop();
    await until(() => system.lastMessages(witness).length === 2);
    expect(system.lastMessages(witness)[1]).to.include({ method: 'onTerminated', kind: 'terminated' });
  });

  it('shows the path of a sender that has ended', async () => {
    const hand = await system.spawn(Hand, { name: 'hand' });
    const other = await system.spawn(Hand, { name: 'other' });
    await other.ask.askSender(hand);
    await other.stop();
    expect(system.lastMessages(hand)[0].from).to.equal('/other');
  });

  it('read while an actor handles millions shows arguments that are those of the message, or none', async () => {
    const sink = await system.spawn(Sequence, { mailbox: { maxItems: 500 } });
    const source = await system.spawn(Sequencer);
    const sent = source.with({ timeoutMs: 60_000 }).ask.send(sink, 200_000);
    let done = false;
    void sent.finally(() => {
      done = true;
    });
    let compared = 0;
    while (!done) {
      const messages = system.lastMessages(sink).filter(({ method }) => method === 'take');
      const known = messages.flatMap(({ args }, at) =>
        args === undefined ? [] : [{ at, n: args[0] as number }],
      );
      for (const { at, n } of known) {
        expect(n - at).to.equal(known[0].n - known[0].at);
        compared++;
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    await sent;
    expect(compared).to.be.greaterThan(0);
    expect(await sink.ask.wrong()).to.equal(0);
  });

  it('leaves no memory behind', async () => {
    await leavesNothing(
      system,
      async () => {
        for (let n = 0; n < 20; n++) {
          const hand = await system.spawn(Hand, { placement: 'inline', mailbox: { blackBox: 1000 } });
          await hand.ask.note(1);
          await hand.stop();
        }
        const hand = await system.spawn(Hand, { mailbox: { blackBox: 1000 } });
        await hand.ask.note(1);
        await crash(hand);
        await hand.ask.note(2);
        await hand.kill();
      },
      { rounds: 3 },
    );
  });
});
