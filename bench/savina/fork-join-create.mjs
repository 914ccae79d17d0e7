/** Actors are created, do one thing, and end. */
import { Actor, check, program } from './program.mjs';

export class Once extends Actor {
  static module = import.meta.url;
  work(finish) {
    finish.tell.done(Math.ceil(Math.sin(37.2) ** 2));
    this.context.stop();
  }
}

/** So many are being made at a time. */
const AT_A_TIME = 1000;

await program({ actors: 40_000 }, async ({ spawn, expect, actors }) => {
  const { ms, sum } = await expect(actors, async (finish) => {
    let left = actors;
    const lane = async () => {
      while (left-- > 0) (await spawn(Once)).tell.work(finish);
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, lane));
  });
  check('actors', sum, actors);
  return ms;
});
