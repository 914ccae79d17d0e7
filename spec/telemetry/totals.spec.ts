/** Counts by class that never go back. */
import { expect } from 'chai';
import type { ActorMetrics, EndedMetrics } from '../../core/index.js';
import { Totals } from '../../core/telemetry/totals.js';

const actor = (id: number, processed: number, more: object = {}) =>
  ({
    id,
    type: 'A',
    placement: 'thread',
    kind: 'actor',
    processed,
    failed: 0,
    restarts: 0,
    deadLetters: 0,
    ...more,
  }) as unknown as ActorMetrics;
const ended = (processed: number): EndedMetrics[] => [
  { type: 'A', placement: 'thread', actors: 1, processed, failed: 0, restarts: 0, deadLetters: 0 },
];

describe('the totals of a class', () => {
  let totals: Totals;
  beforeEach(() => {
    totals = new Totals();
  });
  const processed = (actors: ActorMetrics[], gone: EndedMetrics[] = []) =>
    [...totals.take({ actors, ended: gone })].map((counts) => counts.processed);

  it('are those of its actors, and of those that have ended', () => {
    expect(processed([actor(1, 5), actor(2, 7)], ended(3))).to.deep.equal([15]);
    expect(processed([actor(1, 6), actor(2, 7)], ended(3))).to.deep.equal([16]);
  });

  it('go on when an actor ends, with what it has done since the last reading', () => {
    processed([actor(1, 5), actor(2, 7)]);
    expect(processed([actor(2, 8)], ended(9))).to.deep.equal([17]);
    expect(processed([actor(2, 8)], ended(9))).to.deep.equal([17]);
    expect(processed([], ended(17))).to.deep.equal([17]);
    expect(processed([], ended(20))).to.deep.equal([20]);
  });

  it('go on when a counter begins anew after 2^32', () => {
    processed([actor(1, 2 ** 32 - 10)]);
    expect(processed([actor(1, 5)])).to.deep.equal([2 ** 32 + 5]);
  });

  it('count workers, not their pool; but the dead letters of both', () => {
    const pool = actor(1, 10, { kind: 'pool', deadLetters: 2 });
    const actors = [pool, actor(2, 4, { deadLetters: 1 }), actor(3, 6), actor(4, 9, { kind: 'group' })];
    const [counts] = totals.take({ actors, ended: [] });
    expect(counts).to.include({ processed: 10, deadLetters: 3 });
  });

  it('are apart by class and placement', () => {
    const actors = [actor(1, 1), actor(2, 2, { placement: 'shared' }), actor(3, 4, { type: 'B' })];
    expect(processed(actors)).to.deep.equal([1, 2, 4]);
  });
});
