/** V8 compiles a program anew several times in its first second. */
export const WARM_MS = 1000;

/**
 * What is measured once the program is warm.
 * @param once gives a figure
 * @param warm what is done until then, as often as fills a second
 */
export async function warmed(once, warm = once) {
  const begun = performance.now();
  do await warm();
  while (performance.now() - begun < WARM_MS);
  return once();
}
