/** The middle of a list, how far it spreads, and how sure it is. */
export function median(list) {
  const sorted = [...list].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Half the distance between the quartiles, as a share of the median. */
export function spread(list) {
  const sorted = [...list].sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return (at(0.75) - at(0.25)) / 2 / median(list);
}

const RESAMPLES = 10_000;

/**
 * Where the median of what a list is a sample of lies, with 95 % confidence: by the bootstrap's percentiles (Efron and
 * Tibshirani, *An Introduction to the Bootstrap*, 1993, chapter 13). It assumes nothing of how the figures are distributed,
 * which on a busy machine is not normally. The same list has the same interval: the resamples are drawn by a generator
 * with a seed.
 * @returns `[low, high]`
 */
export function medianInterval(list, resamples = RESAMPLES) {
  const random = generator(1);
  const medians = Array.from({ length: resamples }, () =>
    median(list.map(() => list[Math.floor(random() * list.length)])),
  ).sort((a, b) => a - b);
  const at = (share) => medians[Math.round((resamples - 1) * share)];
  return [at(0.025), at(0.975)];
}

/** Numbers from 0 to 1, the same for the same seed: Steele and Vigna's SplitMix, in 32 bits. */
export function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let z = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 2 ** 32;
  };
}
