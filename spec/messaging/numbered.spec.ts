/** What the questions of a thread are kept in. */
import { expect } from 'chai';
import { DeadlineLine } from '../../core/messaging/deadline-line.js';
import { Numbered } from '../../core/messaging/numbered.js';

describe('a numbered table', () => {
  it('gives numbers that count up from 1, and finds by them what is in it', () => {
    const table = new Numbered<string>();
    expect(['a', 'b', 'c'].map((value) => table.add(value))).to.deep.equal([1, 2, 3]);
    expect([table.get(2), table.get(4), table.get(0), table.get(-1)]).to.deep.equal([
      'b',
      undefined,
      undefined,
      undefined,
    ]);
    expect([table.take(2), table.take(2), table.get(2), table.size]).to.deep.equal([
      'b',
      undefined,
      undefined,
      2,
    ]);
  });

  it('keeps one that stays while thousands come and go, and never gives its number again', () => {
    const table = new Numbered<number>();
    const lasting = table.add(-1);
    const seen = new Set([lasting]);
    for (let i = 0; i < 5_000; i++) {
      const number = table.add(i);
      expect(seen.has(number)).to.equal(false);
      seen.add(number);
      expect(table.take(number)).to.equal(i);
    }
    expect([table.get(lasting), table.size]).to.deep.equal([-1, 1]);
  });

  it('grows with what is in it, and shows all of that', () => {
    const table = new Numbered<number>();
    const numbers = Array.from({ length: 10_000 }, (_, i) => table.add(i));
    for (const number of numbers.filter((_, i) => i % 3 === 0)) table.take(number);
    const left = numbers.map((number, i) => [number, i] as const).filter((_, i) => i % 3 !== 0);
    expect([...table].sort(([a], [b]) => a - b)).to.deep.equal(left);
    for (const [number, value] of left) expect(table.take(number)).to.equal(value);
    expect([table.size, [...table]]).to.deep.equal([0, []]);
    expect(table.get(table.add(7))).to.equal(7);
  });

  it('may lose members while it is gone through', () => {
    const table = new Numbered<number>();
    for (let i = 0; i < 10; i++) table.add(i);
    const shown: number[] = [];
    for (const [number, value] of table) {
      shown.push(value);
      table.take(number);
      table.take(number + 1);
    }
    expect(shown).to.deep.equal([0, 2, 4, 6, 8]);
  });
});

describe('a line of deadlines', () => {
  it('keeps them in order as it grows and goes round', () => {
    const line = new DeadlineLine();
    const expected: number[] = [];
    let next = 1;
    for (let round = 0; round < 50; round++) {
      for (let i = 0; i < 40; i++, next++) {
        line.add(next, next * 10);
        expected.push(next);
      }
      for (let i = 0; i < 25; i++) {
        const first = expected.shift() as number;
        expect([line.first, line.firstDeadline]).to.deep.equal([first, first * 10]);
        line.removeFirst();
      }
    }
    for (const number of expected) {
      expect(line.first).to.equal(number);
      line.removeFirst();
    }
    expect(line.isEmpty).to.equal(true);
  });
});
