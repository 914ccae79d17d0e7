/** What a thread sends while there is no memory for it: its order, and how it is tried again. */
import { expect } from 'chai';
import { ActorStoppedError, type ActorSystem, type DeadLetter } from '../../core/index.js';
import { Kind } from '../../core/messaging/envelope.js';
import { PostOffice } from '../../core/messaging/mailbox.js';
import { Outbox } from '../../core/messaging/outbox.js';
import { TryAgain } from '../../core/messaging/try-again.js';
import { KIND_MASK, Rec } from '../../core/queue/record.js';
import { Recorder, Stopper } from '../actors-for-specs/basics.js';
import { Gate } from '../support/gate.js';
import { quietSystem, rejection, until } from '../support/quiet-system.js';

describe('a thread that is short of memory', () => {
  let system: ActorSystem;
  let deadLetters: DeadLetter[];
  before(async () => {
    ({ system, deadLetters } = await quietSystem());
  });
  after(() => system.shutdown({ drain: false }));

  describe('and stops an actor', () => {
    const post = PostOffice.prototype as unknown as { put(...args: unknown[]): unknown };
    const { put } = post;
    let isShort: boolean;
    beforeEach(() => {
      isShort = true;
      post.put = function (this: PostOffice, ...args: unknown[]) {
        const isStop = (this.encoder.words[Rec.KIND] & KIND_MASK) === Kind.SENTINEL;
        return isStop && isShort ? 'no-memory' : put.apply(this, args);
      };
    });
    afterEach(() => {
      post.put = put;
    });

    for (const told of [0, 1, 3]) {
      it(`tells it nothing that comes after the stop (after ${told} messages in a row)`, async () => {
        const [recorder, other] = await Promise.all([system.spawn(Recorder), system.spawn(Recorder)]);
        const gate = new Gate();
        recorder.tell.hold(gate.shared);
        await gate.reached();
        for (let n = 0; n < told; n++) recorder.tell.note(n);
        const stopped = recorder.stop();
        expect(recorder.tell.note('late')).to.equal(false);
        for (const call of [recorder.send.note('sent'), recorder.ask.seen()]) {
          expect(await rejection(call)).to.be.instanceOf(ActorStoppedError);
        }
        expect(recorder.tell.note('later')).to.equal(false);
        expect(other.tell.note('in time')).to.equal(true);
        isShort = false;
        gate.open();
        const { processed, reason } = await stopped;
        expect(reason.kind).to.equal('stopped');
        expect(processed).to.equal(told + 1);
        const refused = () => deadLetters.filter(({ to }) => to === recorder.path);
        await until(() => refused().length === 4);
        expect(refused().map(({ method, reason }) => [method, reason])).to.deep.equal(
          ['note', 'note', 'seen', 'note'].map((method) => [method, 'stopped']),
        );
        expect(await other.ask.seen()).to.deep.equal(['in time']);
      });
    }

    it('tells itself nothing either, when it is that actor', async () => {
      const stopper = await system.spawn(Stopper, { placement: 'inline' });
      expect(await stopper.ask.stopBetween(3, 2)).to.deep.equal([false, false]);
      isShort = false;
      expect((await stopper.join()).processed).to.equal(4);
    });

    it('may yet tell it what is urgent, since that would overtake the stop', async () => {
      const recorder = await system.spawn(Recorder);
      const gate = new Gate();
      recorder.tell.hold(gate.shared);
      await gate.reached();
      const stopped = recorder.stop();
      expect(recorder.with({ urgent: true }).tell.note('urgent')).to.equal(true);
      isShort = false;
      gate.open();
      expect((await stopped).processed).to.equal(2);
    });
  });

  describe('and tries again', () => {
    const { setTimeout } = globalThis;
    let waits: number[];
    let due: (() => void)[];
    beforeEach(() => {
      waits = [];
      due = [];
    });
    afterEach(() => {
      globalThis.setTimeout = setTimeout;
    });
    const next = () => due.shift()?.();
    /** From here on they are not called before {@link next}. */
    const holdTimers = () => {
      globalThis.setTimeout = ((call: () => void, ms: number) => {
        waits.push(ms);
        due.push(call);
        return { unref: () => ({}) };
      }) as never;
    };

    it('waits longer each time, and begins anew when all is done', () => {
      holdTimers();
      let left = 9;
      const again: TryAgain = new TryAgain(() => {
        if (--left > 0) again.soon();
      });
      again.soon();
      again.soon();
      while (due.length > 0) next();
      expect(waits).to.deep.equal([1, 2, 4, 8, 16, 32, 64, 64, 64]);
      again.soon();
      expect(waits.at(-1)).to.equal(1);
    });

    it('does so with what it has staged as well', async () => {
      const recorder = await system.spawn(Recorder);
      const { flush } = Outbox.prototype;
      holdTimers();
      Outbox.prototype.flush = function () {
        this.held = true;
        return 'no-memory';
      };
      try {
        // The first goes straight in.
        for (let n = 0; n < 3; n++) recorder.tell.note(n);
        await Promise.resolve();
        for (let tries = 0; tries < 3; tries++) next();
        expect(waits).to.deep.equal([1, 2, 4, 8]);
      } finally {
        Outbox.prototype.flush = flush;
        globalThis.setTimeout = setTimeout;
      }
      next();
      expect(await recorder.ask.seen()).to.deep.equal([0, 1, 2]);
    });
  });
});
