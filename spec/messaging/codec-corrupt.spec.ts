import { expect } from 'chai';
import fc from 'fast-check';
import { CorruptRecordError } from '../../core/errors.js';
import { parameters } from '../support/seeds.js';
import { everything } from './support/anything.js';
import { holed, wire } from './support/codec-tools.js';

const shared = { deep: [1, 2.5, 'text'] };
/** One of everything, so that every kind of value is cut and changed. */
const EVERYTHING = {
  numbers: [1, -1, 1.5, 2 ** 40],
  texts: ['short', 'a longer text that is written natively', '日本', ''],
  bigs: [5n, -(2n ** 90n)],
  sparse: Object.assign(holed([1, 2, 3], 1), { extra: true }),
  date: new Date(5),
  pattern: /a+/g,
  boxed: Object(1),
  map: new Map<unknown, unknown>([['k', { v: 1 }]]),
  set: new Set([1, 'x']),
  buffer: Buffer.from('abc'),
  view: new Uint16Array(3),
  error: Object.assign(new TypeError('no', { cause: 1 }), { code: 'E' }),
  memory: new SharedArrayBuffer(4),
  shared,
  again: shared,
};

/** Reading either gives something or says that the record is corrupt; nothing else. */
function readable(words: Int32Array, end: number, around: ReturnType<typeof wire>): boolean {
  const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  try {
    around.decoder.begin(words, bytes, 0, end, around.encoder.attachments);
    around.decoder.value();
    return true;
  } catch (error) {
    expect(error).to.be.instanceOf(CorruptRecordError);
    return false;
  }
}

function record(around: ReturnType<typeof wire>): Int32Array {
  for (let i = 0; i < 10; i++) {
    around.encoder.begin();
    around.encoder.value(EVERYTHING);
  }
  return around.encoder.words.slice(0, around.encoder.position);
}

/** Bytes that reading a short record may take, whatever it claims to be. */
const TOO_MUCH = 100_000_000;

/** As {@link readable}, and with little memory. */
function readsModestly(words: Int32Array, end: number, around: ReturnType<typeof wire>): boolean {
  const bytesTaken = (): number => {
    const { heapUsed, external, arrayBuffers } = process.memoryUsage();
    return heapUsed + external + arrayBuffers;
  };
  const before = bytesTaken();
  const isReadable = readable(words, end, around);
  expect(bytesTaken() - before).to.be.lessThan(TOO_MUCH);
  return isReadable;
}

/** The record of any value, behind others that have made its shapes known. */
function recordOf(value: unknown, around: ReturnType<typeof wire>): Int32Array {
  for (let i = 0; i < 3; i++) {
    around.encoder.begin();
    around.encoder.value(value);
  }
  return around.encoder.words.slice(0, around.encoder.position);
}

describe('codec: records that are not whole', () => {
  it('notices every cut', () => {
    const around = wire();
    const words = record(around);
    expect(readable(words, words.length, around)).to.equal(true);
    for (let end = 0; end < words.length; end++)
      expect(readable(words, end, around), `cut at ${end}`).to.equal(false);
  });

  it('survives every single changed word', () => {
    const around = wire();
    const original = record(around);
    const replacements = [
      0,
      -1,
      1,
      0x7fffffff,
      -0x80000000,
      0xffffff13 | 0,
      0xffffff0b | 0,
      0x19,
      0x17,
      0xfffffe25 | 0,
    ];
    for (let at = 0; at < original.length; at++) {
      for (const replacement of replacements) {
        const words = original.slice();
        words[at] = replacement;
        readable(words, words.length, around);
      }
    }
  });

  it('survives any words at all', () => {
    const around = wire();
    record(around);
    const word = fc.oneof(
      fc.integer(),
      fc
        .record({ tag: fc.integer({ min: 0, max: 31 }), payload: fc.integer({ min: 0, max: 20 }) })
        .map(({ tag, payload }) => (payload << 8) | (tag * 2 + 1)),
      fc.integer({ min: 0, max: 50 }).map((n) => n << 1),
    );
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 60 }), (list) => {
        readable(Int32Array.from(list), list.length, around);
      }),
      parameters(3000),
    );
  });

  it('takes no memory for what a count only claims', () => {
    const around = wire();
    const huge = (0xffffff << 8) | 0x13;
    for (const tag of [0x0b, 0x0d, 0x13, 0x15, 0x17, 0x25, 0x27]) {
      expect(readable(Int32Array.of((huge & ~0xff) | tag, -1, 0, 0), 4, around)).to.equal(false);
    }
    // An array that says to be long and has no elements is legal, and costs nothing.
    expect(readable(Int32Array.of(0x15, 0x09, 0xffe00000 | 0, 0x41efffff, 0), 5, around)).to.equal(true);
  });

  it('survives nesting without end', () => {
    const words = new Int32Array(200_000).fill((1 << 8) | 0x13);
    expect(readable(words, words.length, wire())).to.equal(false);
  });

  it('refuses a range that leaves the memory', () => {
    const { decoder } = wire();
    const words = new Int32Array(4);
    const bytes = new Uint8Array(words.buffer);
    for (const [start, end] of [
      [0, 5],
      [-1, 3],
      [3, 2],
      [Number.NaN, 2],
    ]) {
      expect(() => decoder.begin(words, bytes, start, end, undefined)).to.throw(CorruptRecordError);
    }
  });

  it('refuses attachments that are missing', () => {
    const { encoder, decoder } = wire();
    encoder.begin();
    encoder.value(new SharedArrayBuffer(4));
    decoder.begin(encoder.words, encoder.bytes, 0, encoder.position, undefined);
    expect(() => decoder.value()).to.throw(CorruptRecordError, 'attachment 0');
  });

  it('notices a cut anywhere in any record', () => {
    const around = wire();
    fc.assert(
      fc.property(everything, fc.nat(), (value, at) => {
        const words = recordOf(value, around);
        expect(readable(words, words.length, around)).to.equal(true);
        expect(readsModestly(words, at % words.length, around)).to.equal(false);
      }),
      parameters(2000),
    );
  });

  it('survives flipped bits in any record', () => {
    const around = wire();
    const flips = fc.array(fc.tuple(fc.nat(), fc.nat(31)), { minLength: 1, maxLength: 4 });
    let noticed = 0;
    fc.assert(
      fc.property(everything, flips, (value, places) => {
        const words = recordOf(value, around);
        for (const [at, bit] of places) words[at % words.length] ^= 1 << bit;
        if (!readsModestly(words, words.length, around)) noticed++;
      }),
      parameters(1500),
    );
    expect(noticed).to.be.greaterThan(100);
  });

  it('survives a record that is cut out of another one', () => {
    const around = wire();
    fc.assert(
      fc.property(everything, fc.nat(), fc.nat(), (value, from, to) => {
        const words = recordOf(value, around);
        const start = from % words.length;
        const part = words.slice(start, start + 1 + (to % (words.length - start)));
        readsModestly(part, part.length, around);
      }),
      parameters(2000),
    );
  });
});
