/** One test, in many orders. */
import { WrongArgumentError } from '../errors.js';
import { inRange } from '../messaging/checks.js';
import { MAX_SEED } from './random.js';
import { seedAskedFor } from './seeds.js';
import { TestSystem, type TestSystemOptions } from './test-system.js';

/** How many orders, and of what systems. */
export interface ExploreOptions extends Omit<TestSystemOptions, 'seed'> {
  /** How many seeds are tried. Default 100. */
  seeds?: number;
  /** The first of them; the others follow it. Default 1. */
  first?: number;
}

/**
 * Runs a test once with each of many seeds, each time with a new system. What the first one that fails throws is
 * thrown, and says its seed; with that in the environment's `TROUPE_SEED` only that order is played.
 *
 * ```ts
 * it('never sells the last one twice', () =>
 *   explore({ seeds: 200 }, async (system) => {
 *     …
 *   }));
 * ```
 * @returns how many seeds were tried
 */
export async function explore(
  options: ExploreOptions,
  program: (system: TestSystem) => Promise<unknown> | unknown,
): Promise<number> {
  if (typeof program !== 'function') {
    throw new WrongArgumentError('explore', program, 'a test: a function of the system');
  }
  const { seeds = 100, first = 1, ...rest } = options;
  const asked = seedAskedFor();
  const from = asked ?? inRange('first', first, 0, MAX_SEED);
  const count = asked === undefined ? inRange('seeds', seeds, 1, MAX_SEED - from + 1) : 1;
  for (let seed = from; seed < from + count; seed++) await TestSystem.run({ ...rest, seed }, program);
  return count;
}
