/** Any scripts of calls on a queue by three threads at once: what must hold whatever their order was. */
import { expect } from 'chai';
import fc from 'fast-check';
import { SharedPriorityQueue, SharedQueue, SharedStack } from '../../core/queue/index.js';
import { parameters } from '../support/seeds.js';
import { type Item, type Played, Player, type Step } from './support/player.js';

const call = fc.constantFrom<Step['call']>('put', 'putSync', 'tryPut', 'get', 'getSync', 'tryGet');
const step: fc.Arbitrary<Step> = fc.record({
  call,
  timeoutMs: fc.constantFrom(0, 1, 5),
  priority: fc.integer({ min: 0, max: 3 }),
});
const scripts = fc.array(fc.array(step, { maxLength: 60 }), { minLength: 3, maxLength: 3 });

const keyOf = ({ player, number }: Item): string => `${player}/${number}`;
const keys = (items: readonly Item[]): string[] => items.map(keyOf).sort();

/** Of each maker, in the order in which it made them. */
function inOrder(items: readonly Item[]): boolean {
  const latest = new Map<number, number>();
  return items.every(({ player, number }) => {
    const isLater = (latest.get(player) ?? -1) < number;
    latest.set(player, number);
    return isLater;
  });
}

describe('any scripts of three threads', () => {
  const players: Player[] = [];
  before(() => {
    players.push(new Player(), new Player(), new Player());
  });
  after(() => Promise.all(players.map((player) => player.end())));

  const limits: object[] = [{ maxItems: 1 }, { maxItems: 4, inFlight: 'retry' }, { maxBytes: 200 }, {}];
  for (const Queue of [SharedQueue, SharedPriorityQueue, SharedStack]) {
    it(`leave a ${Queue.name} with each item taken once or in it, in order, and counted`, async function () {
      this.timeout(60_000);
      const property = fc.asyncProperty(scripts, fc.constantFrom(...limits), async (steps, options) => {
        const queue = Queue.create<Item>(options);
        const played: Played[] = await Promise.all(
          players.map((player, n) => player.play({ player: n, handle: queue.handle, steps: steps[n] })),
        );
        const left: Item[] = [];
        for (let item = queue.tryGet(); item !== undefined; item = queue.tryGet()) {
          left.push(item);
          queue.taskDone();
        }
        const put = played.flatMap((each) => each.put);
        const taken = played.flatMap((each) => each.taken);
        expect(keys([...taken, ...left])).to.deep.equal(keys(put));
        expect([queue.size, queue.unfinished, queue.isEmpty]).to.deep.equal([0, 0, true]);
        await queue.join();
        if (Queue === SharedQueue) {
          for (const each of played) expect(inOrder(each.taken)).to.equal(true);
          expect(inOrder(left)).to.equal(true);
        }
        if (Queue === SharedPriorityQueue) {
          expect(left.map(({ priority }) => priority)).to.deep.equal(left.map((i) => i.priority).sort());
          for (const p of [0, 1, 2, 3]) expect(inOrder(left.filter((i) => i.priority === p))).to.equal(true);
        }
        queue.dispose();
      });
      await fc.assert(property, parameters(150));
    });
  }
});
