/** Reports of those that have ended: the last ten thousand, a thousand of them with their last messages. */
import { expect } from 'chai';
import type { Address } from '../../core/messaging/envelope.js';
import type { ExitReport, LastMessage } from '../../core/messaging/reports.js';
import { Ended } from '../../core/supervision/ended.js';

const message = { method: 'add' } as LastMessage;
const reportOf = (path: string, lastMessages: readonly LastMessage[] = []): ExitReport => ({
  path,
  reason: { kind: 'stopped' },
  processed: 1,
  leftover: 0,
  restarts: 0,
  lastMessages,
});
const at = (box: number, generation = 1) => ({ box, generation }) as Address;

describe('reports of those that have ended', () => {
  let ended: Ended;
  beforeEach(() => {
    ended = new Ended();
  });
  const paths = () => [...ended].map(({ path }) => path);

  it('are found by address, and come in the order of their ends', () => {
    expect(ended.get(at(8))).to.equal(undefined);
    ended.add(at(8), reportOf('/a'));
    ended.add(at(16), reportOf('/b', [message]));
    ended.add(at(8, 3), reportOf('/c'));
    expect(ended.get(at(8))?.path).to.equal('/a');
    expect(ended.get(at(8, 3))?.path).to.equal('/c');
    expect(ended.get(at(8, 2))).to.equal(undefined);
    expect(ended.get(at(16))).to.deep.equal(reportOf('/b', [message]));
    expect(paths()).to.deep.equal(['/a', '/b', '/c']);
  });

  it('are the last ten thousand', () => {
    // One box again and again, and many.
    const address = (n: number) => (n % 2 === 0 ? at(8, n) : at(8 * n));
    for (let n = 1; n <= 25_000; n++) ended.add(address(n), reportOf(`/${n}`));
    expect(paths()).to.deep.equal(Array.from({ length: 10_000 }, (_, i) => `/${15_001 + i}`));
    for (const n of [1, 2, 14_999, 15_000]) expect(ended.get(address(n))).to.equal(undefined);
    for (const n of [15_001, 15_002, 20_000, 24_999, 25_000]) {
      expect(ended.get(address(n))?.path).to.equal(`/${n}`);
    }
  });

  it('are kept with their last messages if they are among the last thousand that have any', () => {
    const isFull = (n: number) => ended.get(at(8 * n))?.lastMessages.length === 1;
    const add = (n: number, messages: readonly LastMessage[]) =>
      ended.add(at(8 * n), reportOf(`/${n}`, messages));
    for (let n = 1; n <= 1001; n++) add(n, [message]);
    expect([1, 2, 1001].map(isFull)).to.deep.equal([false, true, true]);
    for (let n = 1002; n <= 10_500; n++) add(n, []);
    expect([600, 1001, 1002, 10_500].map(isFull)).to.deep.equal([true, true, false, false]);
    // Those that come into the places of others have none of theirs.
    for (let n = 10_501; n <= 12_000; n++) add(n, []);
    expect([10_600, 11_001].map(isFull)).to.deep.equal([false, false]);
  });
});
