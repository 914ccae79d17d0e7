/**
 * Properties that are tried with values by chance. A failure prints its seed and path, and is played again by
 * `TROUPE_SEED=… TROUPE_PATH=… npx mocha --no-config … -g "its title"`. `TROUPE_RUNS=10000` tries more of them.
 */

interface Parameters {
  readonly numRuns: number;
  readonly seed?: number;
  readonly path?: string;
}

/** So many values, or the one that has failed. */
export function parameters(usual: number): Parameters {
  const { TROUPE_SEED, TROUPE_PATH, TROUPE_RUNS } = process.env;
  const numRuns = Number(TROUPE_RUNS ?? usual);
  if (TROUPE_SEED === undefined) return { numRuns };
  return { numRuns, seed: Number(TROUPE_SEED), path: TROUPE_PATH };
}
