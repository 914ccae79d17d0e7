/** A chain of blocks in one thread: every case of its two ends, with blocks that change often. */
import { expect } from 'chai';
import fc from 'fast-check';
import { Arena } from '../../core/memory/arena.js';
import { Box, BoxKind, Lane, wordOf } from '../../core/memory/layout.js';
import { claimThread, ThreadRecord } from '../../core/memory/thread-record.js';
import { depthOf, producerWords } from '../../core/queue/block-chain.js';
import { Producer } from '../../core/queue/producer.js';
import { Reader } from '../../core/queue/reader.js';
import { Rec, SENTINEL_KIND, TERMINATED_KIND } from '../../core/queue/record.js';
import { Boxes, closeBox } from '../../core/runtime/boxes.js';

const TELL = 1;

function queue({ maxItems = 1000, maxBytes = 1 << 20, arenaBytes = 16 << 20 } = {}) {
  const arena = Arena.create(arenaBytes);
  const thread = new ThreadRecord(arena, claimThread(arena), true);
  const boxes = new Boxes(arena, thread);
  const address = boxes.open({ kind: BoxKind.ACTOR, maxItems, maxBytes });
  const producer = new Producer(arena, thread);
  return {
    arena,
    thread,
    boxes,
    address,
    producer,
    i32: arena.i32,
    /** Publishes records of these lengths, whose METHOD is their number. */
    put(first: number, lengths: readonly number[], kind = TELL) {
      const words = recordsOf(first, lengths, kind);
      return producer.publish(address.box, address.generation, 0, words, 0, words.length);
    },
    reader: () => new Reader(arena, thread, address.box, 0),
  };
}

function recordsOf(first: number, lengths: readonly number[], kind: number): Int32Array {
  const words = new Int32Array(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (const [i, length] of lengths.entries()) {
    words[at + Rec.LENGTH] = length;
    words[at + Rec.KIND] = kind;
    words[at + Rec.METHOD] = first + i;
    words.fill(first + i, at + Rec.PAYLOAD, at + length);
    at += length;
  }
  return words;
}

/** Takes up to n records. @returns their numbers; a torn one would show as NaN */
function take(i32: Int32Array, reader: Reader, n = Number.POSITIVE_INFINITY): number[] {
  const numbers: number[] = [];
  for (let record = reader.next(); record !== 0 && numbers.length < n; record = reader.next()) {
    const number = i32[record + Rec.METHOD];
    const payload = i32.subarray(record + Rec.PAYLOAD, record + i32[record + Rec.LENGTH]);
    numbers.push(payload.every((word) => word === number) ? number : Number.NaN);
    reader.done();
  }
  return numbers;
}

const range = (count: number, from = 0) => Array.from({ length: count }, (_, i) => from + i);
const lengths = (count: number, length = 16) => Array.from({ length: count }, () => length);

describe('a chain of blocks', () => {
  it('that is empty gives nothing', () => {
    const q = queue();
    const reader = q.reader();
    expect(reader.next()).to.equal(0);
    expect(depthOf(q.i32, q.address.box)).to.equal(0);
  });

  it('gives one, many, and many over many blocks, in order', () => {
    const q = queue({ maxItems: 100_000 });
    const reader = q.reader();
    expect(q.put(0, [16])).to.equal('all');
    expect(take(q.i32, reader)).to.deep.equal([0]);
    expect(q.put(1, lengths(10))).to.equal('all');
    expect(take(q.i32, reader)).to.deep.equal(range(10, 1));
    expect(q.put(11, lengths(5000, 20))).to.equal('all');
    expect(take(q.i32, reader)).to.deep.equal(range(5000, 11));
  });

  it('keeps a record in place until it is done', () => {
    const q = queue();
    const reader = q.reader();
    q.put(0, lengths(2));
    const first = reader.next();
    expect(reader.next()).to.equal(first);
    expect(depthOf(q.i32, q.address.box)).to.equal(2);
    reader.done();
    expect(reader.next()).to.not.equal(first);
    expect(depthOf(q.i32, q.address.box)).to.equal(1);
  });

  it('that is full by items takes what fits, and the rest once there is room', () => {
    const q = queue({ maxItems: 3 });
    const reader = q.reader();
    const words = recordsOf(0, lengths(5), TELL);
    const { address, producer } = q;
    const go = (from: number) =>
      producer.publish(address.box, address.generation, 0, words, from, words.length);
    expect(go(0)).to.equal('full');
    expect(producer.publishedItems).to.equal(3);
    expect(q.i32[wordOf(address.box) + Box.WANT_SPACE]).to.equal(1);
    let roomFor = 0;
    reader.onRoom = () => roomFor++;
    expect(take(q.i32, reader, 1)).to.deep.equal([0]);
    reader.publishHead();
    expect(roomFor).to.be.at.least(1);
    expect(go(producer.stoppedAt)).to.equal('full');
    expect(take(q.i32, reader)).to.deep.equal([1, 2, 3]);
    reader.publishHead();
    expect(go(producer.stoppedAt)).to.equal('all');
    expect(take(q.i32, reader)).to.deep.equal([4]);
  });

  it('that is full by bytes says so too', () => {
    const q = queue({ maxBytes: 40 * 4 });
    expect(q.put(0, lengths(3))).to.equal('full');
    expect(q.producer.publishedItems).to.equal(2);
  });

  it('takes exempt records beyond its limits', () => {
    const q = queue({ maxItems: 1 });
    const reader = q.reader();
    expect(q.put(0, lengths(1))).to.equal('all');
    expect(q.put(1, lengths(1))).to.equal('full');
    expect(q.put(2, lengths(1), TERMINATED_KIND)).to.equal('all');
    expect(q.put(3, lengths(1), SENTINEL_KIND)).to.equal('all');
    expect(q.put(4, lengths(1))).to.equal('closed');
    expect(take(q.i32, reader)).to.deep.equal([0, 2, 3]);
  });

  it('closes behind the sentinel, in the midst of a publication', () => {
    const q = queue();
    const words = [TELL, SENTINEL_KIND, TELL].map((kind, i) => recordsOf(i, [16], kind));
    const all = Int32Array.from(words.flatMap((w) => [...w]));
    const { address, producer } = q;
    expect(producer.publish(address.box, address.generation, 0, all, 0, all.length)).to.equal('closed');
    expect(producer.publishedItems).to.equal(2);
    expect(take(q.i32, q.reader())).to.deep.equal([0, 1]);
  });

  it('that was closed from outside refuses, and gives what it has', () => {
    const q = queue();
    q.put(0, lengths(2));
    expect(closeBox(q.arena, q.thread, q.address)).to.equal(true);
    expect(q.put(2, [16])).to.equal('closed');
    expect(take(q.i32, q.reader())).to.deep.equal([0, 1]);
  });

  it('of another generation is gone', () => {
    const q = queue();
    q.put(0, lengths(200, 100));
    const { boxes, address } = q;
    expect(boxes.release(address)).to.equal(true);
    expect(q.put(1, [16])).to.equal('gone');
    expect(boxes.release(address)).to.equal(true);
  });

  it('gives all of its memory back when it is released', () => {
    const q = queue({ maxItems: 100_000 });
    const before = q.arena.bytesInUse;
    q.put(0, lengths(3000, 50));
    take(q.i32, q.reader(), 1000);
    expect(q.arena.bytesInUse).to.be.greaterThan(before);
    q.boxes.release(q.address);
    expect(q.arena.bytesInUse).to.equal(before);
  });

  it('gives a huge record a block of its own, which does not stay', () => {
    const q = queue({ maxBytes: 8 << 20 });
    const reader = q.reader();
    const before = q.arena.bytesInUse;
    expect(q.put(0, [16, 300_000, 16])).to.equal('all');
    expect(take(q.i32, reader)).to.deep.equal([0, 1, 2]);
    q.put(3, lengths(20));
    take(q.i32, reader);
    q.put(23, lengths(40_000 / 20, 20));
    take(q.i32, reader);
    expect(q.arena.bytesInUse - before).to.be.lessThan(4 << 20);
  });

  it('says when there is no memory, and keeps what it took', () => {
    const q = queue({ maxItems: 1_000_000, maxBytes: 1 << 30, arenaBytes: 8 << 20 });
    let sent = 0;
    let result = q.put(sent, [4000]);
    while (result === 'all') result = q.put(++sent, [4000]);
    expect(result).to.equal('no-memory');
    const reader = q.reader();
    expect(take(q.i32, reader)).to.deep.equal(range(sent));
    expect(q.put(sent, [4000])).to.equal('all');
  });

  it('goes round on the same blocks in the steady state', () => {
    const q = queue();
    const reader = q.reader();
    for (let i = 0; i < 200; i++) {
      q.put(i * 20, lengths(20));
      take(q.i32, reader);
    }
    const before = q.arena.bytesInUse;
    for (let i = 0; i < 200; i++) {
      q.put(i * 20, lengths(20));
      take(q.i32, reader);
    }
    expect(q.arena.bytesInUse).to.equal(before);
    expect(q.i32[producerWords(q.address.box, 0) + Lane.SPARE]).to.not.equal(0);
  });

  it('is taken up by another reader exactly where done stands', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(40), fc.nat(60), fc.boolean(), fc.integer({ min: 12, max: 90 })), {
          maxLength: 30,
        }),
        (steps) => {
          const q = queue({ maxItems: 100_000, maxBytes: 8 << 20 });
          let reader = q.reader();
          let sent = 0;
          let expected = 0;
          for (const [put, taken, replaced, length] of steps) {
            expect(q.put(sent, lengths(put, length))).to.equal('all');
            sent += put;
            const numbers = take(q.i32, reader, taken);
            expect(numbers).to.deep.equal(range(numbers.length, expected));
            expected += numbers.length;
            if (replaced) reader = q.reader();
          }
          expect(take(q.i32, reader)).to.deep.equal(range(sent - expected, expected));
          reader.publishHead();
          expect(depthOf(q.i32, q.address.box)).to.equal(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('counts its room rightly after a reader was replaced', () => {
    const q = queue({ maxItems: 8, maxBytes: 8 * 16 * 4 });
    q.put(0, lengths(8));
    take(q.i32, q.reader(), 3);
    const second = q.reader();
    take(q.i32, second, 2);
    second.publishHead();
    expect(q.put(8, lengths(6))).to.equal('full');
    expect(q.producer.publishedItems).to.equal(5);
    expect(take(q.i32, second)).to.deep.equal(range(8, 5));
  });
});
