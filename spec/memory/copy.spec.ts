/** Copying goes by several ways; each copies what it is to copy, and nothing else. */
import { expect } from 'chai';
import { copyBytes, copyWords } from '../../core/memory/copy.js';

const LENGTHS = [0, 1, 63, 64, 65, 1023, 1024, 1025, 4095, 4096, 4097, 100_003];
const ROOM = 120_000;
const START = 5;
const AT = 7;

describe('copying', () => {
  for (const [way, from, to] of [
    ['into shared memory', ArrayBuffer, SharedArrayBuffer],
    ['out of shared memory', SharedArrayBuffer, ArrayBuffer],
    ["within the thread's own", ArrayBuffer, ArrayBuffer],
  ] as const) {
    it(`${way} changes the words that it is to change, and no others`, () => {
      for (const length of LENGTHS) {
        // Neither array begins where its buffer does.
        const source = new Int32Array(new from((ROOM + 3) * 4), 12).map((_, i) => i + 1);
        const target = new Int32Array(new to((ROOM + 1) * 4), 4);
        copyWords(target, AT, source, START, START + length);
        expect(changed(target)).to.deep.equal({ from: length && AT, count: length });
        expect(target.subarray(AT, AT + length)).to.deep.equal(source.slice(START, START + length));
      }
    });

    it(`${way} changes the bytes that it is to change, and no others`, () => {
      for (const length of LENGTHS) {
        const source = new Uint8Array(new from(ROOM), START, length).fill(9);
        source[length - 1] = 1;
        const target = new Uint8Array(new to(ROOM), 3);
        copyBytes(target, AT, source);
        expect(changed(target)).to.deep.equal({ from: length && AT, count: length });
        expect(Buffer.compare(target.slice(AT, AT + length), source.slice())).to.equal(0);
      }
    });
  }

  it('within one array changes the words that it is to change, and no others', () => {
    for (const length of LENGTHS) {
      const words = new Int32Array(new SharedArrayBuffer(ROOM * 8));
      const at = ROOM + AT;
      for (let i = 0; i < length; i++) words[START + i] = i + 1;
      copyWords(words, at, words, START, START + length);
      const copy = words.slice(ROOM);
      expect(changed(copy)).to.deep.equal({ from: length && AT, count: length });
      expect(copy.subarray(AT, AT + length)).to.deep.equal(words.slice(START, START + length));
    }
  });
});

/** Where the first that is not 0 stands, and how many there are. */
function changed(array: Int32Array | Uint8Array): { from: number; count: number } {
  let from = 0;
  let count = 0;
  for (let i = 0; i < array.length; i++) {
    if (array[i] !== 0 && count++ === 0) from = i;
  }
  return { from, count };
}
