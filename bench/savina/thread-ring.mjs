/** Actors in a ring, and one message that goes round. */
import { Actor, check, program, spawnAll, stopAll } from './program.mjs';

export class Member extends Actor {
  static module = import.meta.url;
  #seen = 0;
  join(next, finish) {
    this.next = next;
    this.finish = finish;
  }
  hop(left) {
    this.#seen++;
    if (left === 1) this.finish.tell.done();
    else this.next.tell.hop(left - 1);
  }
  seen() {
    return this.#seen;
  }
}

await program({ actors: 100, hops: 100_000 }, async ({ spawn, expect, actors, hops }) => {
  const first = await spawn(Member);
  const near = (Type, props) => spawn(Type, props, first);
  const all = [first, ...(await spawnAll(near, Member, actors - 1))];
  let begun;
  await expect(1, async (finish) => {
    await Promise.all(all.map((one, i) => one.ask.join(all[(i + 1) % actors], finish)));
    begun = performance.now();
    all[0].tell.hop(hops);
  });
  const ms = performance.now() - begun;
  const seen = await Promise.all(all.map((one) => one.ask.seen()));
  check(
    'hops',
    seen.reduce((sum, one) => sum + one, 0),
    hops,
  );
  await stopAll(all);
  return ms;
});
