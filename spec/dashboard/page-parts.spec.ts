/** What the page reckons without a browser: what it keeps of what it is told, where nodes stand, how numbers are read. */
import { expect } from 'chai';

const part = (name: string) => import(new URL(`../../../core/dashboard/page/${name}`, import.meta.url).href);

interface Edge {
  readonly from: string;
  readonly to: string;
}

describe('the parts of the page', () => {
  describe('the layout of the graph', () => {
    let layered: (names: readonly string[], edges: readonly Edge[]) => string[][];
    before(async () => {
      ({ layered } = await part('graph-layout.js'));
    });
    const edges = (...pairs: string[]): Edge[] => pairs.map((pair) => ({ from: pair[0], to: pair[1] }));

    it('puts each to the right of all that tell it', () => {
      expect(layered(['a', 'b', 'c', 'd'], edges('ab', 'bd', 'ac', 'cd', 'ad'))).to.deep.equal([
        ['a'],
        ['b', 'c'],
        ['d'],
      ]);
    });

    it('comes to an end with those that tell each other, or themselves', () => {
      expect(layered(['a', 'b'], edges('ab', 'ba', 'aa'))).to.deep.equal([['a'], ['b']]);
      expect(layered(['a', 'b', 'c'], edges('ab', 'bc', 'ca')).flat()).to.have.members(['a', 'b', 'c']);
      expect(layered(['a'], edges('aa'))).to.deep.equal([['a']]);
      expect(layered([], [])).to.deep.equal([]);
    });

    it('has partners at the same height, so that lines do not cross', () => {
      const [left, right] = layered(['a', 'b', 'c', 'x', 'y', 'z'], edges('az', 'by', 'cx'));
      const partner: Record<string, string> = { a: 'z', b: 'y', c: 'x' };
      expect(right).to.deep.equal(left.map((name) => partner[name]));
    });
  });

  describe('the store', () => {
    const quiet = { depth: 0, processed: 0, handling: undefined };
    const said = (time: number, actors: object[], more: object = {}) => ({
      system: {
        ...{ time, arena: { bytesInUse: 1 }, deadLetters: 0 },
        totals: { perSecond: 0, depth: 0, actors: 1, failed: 0 },
      },
      ...{ actors, edges: [], slowest: [], happenings: [], letters: [] },
      ...more,
    });

    it('merges what is different into what it knows, and forgets what is gone', async () => {
      const { Store } = await part('store.js');
      const store = new Store();
      store.apply(
        said(
          1000,
          [
            { id: 1, path: '/a', ...quiet },
            { id: 2, path: '/a/b', ...quiet },
          ],
          { isAll: true },
        ),
      );
      expect(store.paths.get('/a/b')).to.include({ parent: '/a', name: 'b', level: 1, rate: 0 });
      store.apply(said(3000, [{ id: 2, processed: 10, depth: 4 }]));
      expect(store.paths.get('/a/b')).to.include({ processed: 10, depth: 4, rate: 5, path: '/a/b' });
      expect(store.paths.get('/a/b').rates.slice(-2)).to.deep.equal([0, 5]);
      store.apply(said(4000, [], { gone: [2] }));
      expect([...store.paths.keys()]).to.deep.equal(['/a']);
      store.apply(said(5000, [{ id: 3, path: '/c', ...quiet }], { isAll: true }));
      expect([...store.actors.keys()]).to.deep.equal([3]);
    });

    it('takes for stuck who keeps its thread for a second, and does nothing else', async () => {
      const { Store } = await part('store.js');
      const store = new Store();
      const handling = (forMs: number, occupiesThread: boolean) => ({ method: 'm', forMs, occupiesThread });
      const isStuck = (change: object) => {
        store.apply(said(1000, [{ id: 1, path: '/a', ...quiet, ...change }]));
        return store.paths.get('/a').stuck;
      };
      expect(isStuck({ handling: handling(999, true) })).to.equal(false);
      expect(isStuck({ handling: handling(1000, true) })).to.equal(true);
      expect(isStuck({ handling: handling(5000, false) })).to.equal(false);
      expect(isStuck({ handling: handling(5000, true), processed: 1 })).to.equal(false);
      expect(isStuck({ handling: null })).to.equal(false);
    });

    it('takes the thread for stuck that has come to no end for a second, in another one’s code or nobody knows whose', async () => {
      const { Store } = await part('store.js');
      const store = new Store();
      const isBlocked = (change: object) => {
        store.apply(said(1000, [{ id: 1, path: '/a', state: 'running', ...quiet, ...change }]));
        return store.paths.get('/a').blocked;
      };
      const stuck = { method: 'm', forMs: 5000, occupiesThread: true };
      expect(isBlocked({ threadBusyMs: 999 })).to.equal(false);
      expect(isBlocked({ threadBusyMs: 1000 })).to.equal(true);
      expect(isBlocked({ handling: { ...stuck, occupiesThread: false } })).to.equal(true);
      expect(isBlocked({ handling: stuck })).to.equal(false);
      expect(isBlocked({ handling: null, state: 'starting' })).to.equal(false);
    });
  });

  it('reads numbers and times as people do', async () => {
    const { bytes, duration, short, plural } = await part('format.js');
    expect([0, 4, 12_345, 123_456, 1_234_567, 0.25].map(short)).to.deep.equal([
      '0',
      '4',
      '12.3k',
      '123k',
      '1.2M',
      '0.3',
    ]);
    expect([0.05, 3.21, 250, 1500, 61_000, 3_700_000].map(duration)).to.deep.equal([
      '50 µs',
      '3.2 ms',
      '250 ms',
      '1.5 s',
      '1 min 1 s',
      '1 h 1 min',
    ]);
    expect([320, 1536, 2 ** 30, 200 * 1024].map(bytes)).to.deep.equal([
      '320 B',
      '1.5 KiB',
      '1 GiB',
      '200 KiB',
    ]);
    expect([plural(1, 'thread'), plural(2, 'thread')]).to.deep.equal(['1 thread', '2 threads']);
  });
});
