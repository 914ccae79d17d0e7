/** Many actors, each of which sends pings to others that it chooses by chance, one at a time. */
import { Actor, check, program, spawnAll, stopAll } from './program.mjs';

export class Member extends Actor {
  static module = import.meta.url;
  #pinged = 0;
  #left;
  #random;
  meet(all, me, pings, finish) {
    this.all = all;
    this.me = me;
    this.#left = pings;
    this.#random = me + 1;
    this.finish = finish;
  }
  start() {
    this.all[this.#chance()].tell.ping(this.me);
  }
  ping(from) {
    this.#pinged++;
    this.all[from].tell.pong();
  }
  pong() {
    if (--this.#left === 0) this.finish.tell.done();
    else this.start();
  }
  pinged() {
    return this.#pinged;
  }
  /** Another one's number. The same sequence in each run. */
  #chance() {
    this.#random = (Math.imul(this.#random, 1103515245) + 12345) & 0x7fffffff;
    const other = (this.#random >> 8) % (this.all.length - 1);
    return other < this.me ? other : other + 1;
  }
}

await program({ actors: 120, pings: 20_000 }, async ({ spawn, expect, actors, pings }) => {
  const all = await spawnAll(spawn, Member, actors);
  let begun;
  await expect(actors, async (finish) => {
    await Promise.all(all.map((one, i) => one.ask.meet(all, i, pings, finish)));
    begun = performance.now();
    for (const one of all) one.tell.start();
  });
  const ms = performance.now() - begun;
  const pinged = await Promise.all(all.map((one) => one.ask.pinged()));
  check(
    'pings',
    pinged.reduce((sum, one) => sum + one, 0),
    actors * pings,
  );
  await stopAll(all);
  return ms;
});
