/** The black box and the memory that it lies in: what is given back is not written to, whatever ends late. */
import { expect } from 'chai';
import { Arena } from '../../core/memory/arena.js';
import { Box, BoxKind, wordOf } from '../../core/memory/layout.js';
import { claimThread, ThreadRecord } from '../../core/memory/thread-record.js';
import { type Address, Kind } from '../../core/messaging/envelope.js';
import type { PostOffice } from '../../core/messaging/mailbox.js';
import { Producer } from '../../core/queue/producer.js';
import { Reader } from '../../core/queue/reader.js';
import { Rec } from '../../core/queue/record.js';
import { BlackBox, Outcome, Place } from '../../core/runtime/black-box.js';
import { Boxes } from '../../core/runtime/boxes.js';
import type { Clock } from '../../core/runtime/clock.js';
import { type BlackBoxReader, lastMessagesOf } from '../../core/runtime/last-messages.js';

describe('the memory of a black box', () => {
  const arena = Arena.create(8 << 20);
  const thread = new ThreadRecord(arena, claimThread(arena), true);
  const boxes = new Boxes(arena, thread);
  const clock = { micros: 5_000_000, low: 5_000_000, high: 0, read: () => undefined } as unknown as Clock;
  const SIZE = 16;

  it('is taken with the first message, and given back with the box', () => {
    const before = arena.bytesInUse;
    const address = boxes.open({ kind: BoxKind.ACTOR, maxItems: 10, maxBytes: 1000 });
    const opened = arena.bytesInUse;
    const box = new BlackBox(arena, thread, address.box, SIZE, clock);
    expect(arena.bytesInUse).to.equal(opened);
    box.end(box.beginJob(), Outcome.HANDLED);
    expect(arena.bytesInUse - opened).to.equal(512);
    expect(boxes.release(address)).to.equal(true);
    expect(arena.bytesInUse).to.equal(opened);
    expect(opened - before).to.equal(256);
  });

  it('is not written to once the actor has ended, also by what ends later', () => {
    const address = boxes.open({ kind: BoxKind.ACTOR, maxItems: 10, maxBytes: 1000 });
    const box = new BlackBox(arena, thread, address.box, SIZE, clock);
    const job = box.beginJob();
    box.detach();
    boxes.release(address);
    // The memory is another's by now.
    const others = Array.from({ length: 4 }, () => arena.demand(thread, 504));
    for (const block of others) arena.i32.fill(0, block * 2, block * 2 + 126);
    box.end(job, Outcome.HANDLED);
    box.enter();
    box.leave();
    box.end(box.beginJob(), Outcome.FAILED);
    for (const block of others) {
      expect([...arena.i32.subarray(block * 2, block * 2 + 126)].every((word) => word === 0)).to.equal(true);
    }
  });

  it('shows nothing of a box that holds none, and none at all with 0', () => {
    const address = boxes.open({ kind: BoxKind.ACTOR, maxItems: 10, maxBytes: 1000 });
    const before = arena.bytesInUse;
    const box = new BlackBox(arena, thread, address.box, 0, clock);
    expect(box.beginJob()).to.equal(0);
    box.end(0, Outcome.HANDLED);
    box.close();
    expect(arena.bytesInUse).to.equal(before);
  });

  describe('at each store of the thread that writes it', () => {
    const COUNT = 70;
    const reader: BlackBoxReader = {
      arena,
      post: { now: () => 9_000, shapes: { methodName: String } } as unknown as PostOffice,
      pathOf: () => '/',
    };
    const shownOf = (address: Address) => lastMessagesOf(reader, address, false);
    const numbersOf = (address: Address) => shownOf(address).map(({ method }) => Number(method));
    /** Messages whose methods are 1, 2, 3 and so on: tells, and a question now and then. */
    const mail = () => {
      const words: number[] = [];
      for (let n = 1; n <= COUNT; n++) {
        const record = new Array<number>(14).fill(0);
        record[Rec.LENGTH] = record.length;
        record[Rec.KIND] = isAsk(n) ? Kind.ASK : Kind.TELL;
        record[Rec.METHOD] = n;
        words.push(...record);
      }
      return Int32Array.from(words);
    };
    const isAsk = (n: number) => n < 30 && n % 9 === 8;

    /** Works through them as an actor does; `onStore` is called after each store into the black box. */
    function work(address: Address, onStore: () => void): { handled: number } {
      new Producer(arena, thread).publish(address.box, address.generation, 0, mail(), 0, COUNT * 14);
      const mailbox = new Reader(arena, thread, address.box, 0);
      const time = { micros: 5_000_000, low: 5_000_000, high: 0 };
      const read = () => {
        time.low = ++time.micros;
      };
      const box = new BlackBox(arena, thread, address.box, SIZE, Object.assign(time, { read }) as Clock);
      const state = { handled: 0 };
      box.end(box.beginJob(), Outcome.HANDLED);
      const watched = new Proxy(arena.i32, {
        set(words, word, value) {
          words[Number(word)] = value;
          onStore();
          return true;
        },
      });
      Object.assign(box, { i32: watched });
      mailbox.watcher = box;
      try {
        for (let n = 1; n <= COUNT; n++) {
          const record = mailbox.next();
          if (isAsk(n)) {
            const noted = box.begin(record, Place.MAILBOX, arena.i32[wordOf(address.box) + Box.DONE], false);
            box.end(noted, Outcome.HANDLED);
          } else {
            mailbox.begin();
            if (box.isUnplaced) box.place(record);
          }
          mailbox.done();
          state.handled = n;
          // The clock is read at irregular times.
          if (n === COUNT || (n < 30 && (n % 7 === 3 || n % 25 === 0))) {
            read();
            box.leave();
          }
        }
      } catch (error) {
        if (error !== DEATH) throw error;
      }
      return state;
    }
    const DEATH = new Error('the thread dies here');

    function withBox(body: (address: Address) => void): void {
      const address = boxes.open({ kind: BoxKind.ACTOR, maxItems: COUNT, maxBytes: 1 << 20 });
      body(address);
      boxes.release(address);
    }

    const isConsecutive = (numbers: number[]) =>
      numbers.every((n, at) => at === 0 || n === numbers[at - 1] + 1);

    it('shows each message once, in their order', () => {
      withBox((address) => {
        let stores = 0;
        work(address, () => {
          stores++;
          const numbers = numbersOf(address).filter((n) => n > 0);
          expect(numbers, `after store ${stores}`).to.satisfy(isConsecutive);
        });
        expect(stores).to.be.greaterThan(COUNT);
        expect(numbersOf(address)).to.deep.equal(
          Array.from({ length: SIZE }, (_, at) => COUNT - SIZE + at + 1),
        );
      });
    });

    it('tells after a death what was handled, each message once, up to the last one', () => {
      let deaths = 0;
      for (let isOver = false; !isOver; deaths++) {
        withBox((address) => {
          let left = deaths;
          const { handled } = work(address, () => {
            if (left-- === 0) throw DEATH;
          });
          isOver = left >= 0;
          new BlackBox(arena, thread, address.box, 0, { ...clock, low: 6_000_000 } as Clock).close();
          const shown = shownOf(address).filter(({ kind }) => kind !== 'schedule');
          const numbers = shown.map(({ method }) => Number(method));
          expect(numbers, `[${numbers}] after a death at store ${deaths}`).to.satisfy(isConsecutive);
          // One more when it had been begun.
          expect(numbers.at(-1) ?? 0, `after a death at store ${deaths}`).to.be.within(handled, handled + 1);
          expect(numbers.length).to.be.at.least(Math.min(handled, SIZE - 1));
          const outcomes = shown.filter((_, at) => numbers[at] <= handled).map(({ outcome }) => outcome);
          expect(new Set(outcomes)).to.deep.equal(new Set(handled > 0 ? ['handled'] : []));
        });
      }
      expect(deaths).to.be.greaterThan(COUNT);
    });
  });
});
