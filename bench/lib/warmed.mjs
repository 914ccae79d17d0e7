/** V8 compiles a program anew several times in its first second. */
const WARM_MS = 1000;

/**
 * What is measured once the program is warm.
 * @param once gives a figure
 * @param warm what is done until then, as often as fills a second
 * @param least gives how often at least
 */
export async function warmed(once, warm = once, least = () => 1) {
  const begun = performance.now();
  for (let runs = 0; runs < least() || performance.now() - begun < WARM_MS; runs++) await warm();
  return once();
}
