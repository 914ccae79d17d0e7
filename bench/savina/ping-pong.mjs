/** Two actors, one message there and one back at a time. */
import { Actor, check, program, stopAll } from './program.mjs';

export class Ping extends Actor {
  static module = import.meta.url;
  #left;
  start(pong, trips, finish) {
    this.pong = pong;
    this.finish = finish;
    this.#left = trips;
    pong.tell.ping();
  }
  ponged() {
    if (--this.#left === 0) this.finish.tell.done();
    else this.pong.tell.ping();
  }
}

export class Pong extends Actor {
  static module = import.meta.url;
  #pings = 0;
  meet(ping) {
    this.peer = ping;
  }
  ping() {
    this.#pings++;
    this.peer.tell.ponged();
  }
  pings() {
    return this.#pings;
  }
}

await program({ trips: 40_000 }, async ({ spawn, expect, trips }) => {
  const ping = await spawn(Ping);
  const pong = await spawn(Pong, undefined, ping);
  await pong.ask.meet(ping);
  const { ms } = await expect(1, (finish) => ping.tell.start(pong, trips, finish));
  check('pings', await pong.ask.pings(), trips);
  await stopAll([ping, pong]);
  return ms;
});
