/** The table that a thread's refs are found in. */
import { expect } from 'chai';
import type { Granule } from '../../core/memory/layout.js';
import { ByAddress } from '../../core/messaging/by-address.js';
import type { Address } from '../../core/messaging/envelope.js';

const at = (box: number, generation: number): Address => ({ box: box as Granule, generation });

describe('a table by address', () => {
  it('tells the generations of a box apart', () => {
    const table = new ByAddress<string>();
    table.set(at(33, 1), 'old');
    table.set(at(33, 2), 'new');
    expect([table.get(at(33, 1)), table.get(at(33, 2)), table.get(at(33, 3))]).to.deep.equal([
      'old',
      'new',
      undefined,
    ]);
    table.delete(at(33, 1));
    table.delete(at(33, 7));
    expect([table.get(at(33, 1)), table.get(at(33, 2)), table.size]).to.deep.equal([undefined, 'new', 1]);
  });

  it('has one thing at an address: the one that was put there last', () => {
    const table = new ByAddress<string>();
    table.set(at(1, -1), 'first');
    table.set(at(1, -1), 'second');
    expect([table.get(at(1, -1)), table.size]).to.deep.equal(['second', 1]);
  });

  it('finds what is in it while thousands come and go', () => {
    const table = new ByAddress<number>();
    const model = new Map<string, number>();
    let seed = 1;
    const next = (below: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return (seed >>> 8) % below;
    };
    for (let step = 0; step < 60_000; step++) {
      // Few addresses at first, then many, then few again: it grows and shrinks.
      const among = step % 20_000 < 10_000 ? 4000 : 40;
      const [box, generation] = [1 + next(among) * 32, next(3)];
      if (next(3) > 0) {
        table.set(at(box, generation), step);
        model.set(`${box}:${generation}`, step);
      } else {
        table.delete(at(box, generation));
        model.delete(`${box}:${generation}`);
      }
      if (step % 20_000 === 19_999) {
        for (const key of [...model.keys()]) {
          const [box, generation] = key.split(':').map(Number);
          if (table.get(at(box, generation)) !== model.get(key)) expect.fail(`${key} is not there`);
          if (next(4) === 0) continue;
          table.delete(at(box, generation));
          model.delete(key);
        }
      }
      expect(table.size).to.equal(model.size);
    }
    for (let box = 1; box < 4000 * 32; box += 32) {
      for (let generation = 0; generation < 3; generation++) {
        const expected = model.get(`${box}:${generation}`);
        if (table.get(at(box, generation)) !== expected) expect.fail(`${box}:${generation}`);
      }
    }
  });
});
