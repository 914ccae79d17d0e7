/**
 * The benchmark suite of the actor literature (Imam and Sarkar, Savina, 2014), against the public API. Each program
 * stands alone; sizes and placement are its options, and it checks its own result:
 *
 *   node bench/savina/thread-ring.mjs --placement shared --actors 100 --hops 100000
 *
 * What it prints is the time of its last run, in milliseconds; those before it are to warm up: as many as fill a second,
 * and one for each of the shared threads, where a run has only one of them. Actors that live as long as the run are spawned
 * before the time is taken, and where spawning is the work it counts.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Actor, main } from '../lib/actors.mjs';
import { check, report, timed } from '../lib/program.mjs';
import { warmed } from '../lib/warmed.mjs';

export { Actor, check, timed };

/** An actor of the main thread, to be told by whoever is through; resolves when so many have told it. */
class Finish extends Actor {
  static module = import.meta.url;
  static through;
  static left;
  static sum;
  done(value = 1) {
    Finish.sum += value;
    if (--Finish.left === 0) Finish.through(Finish.sum);
  }
}

/**
 * @param sizes options and their defaults, all numbers
 * @param run resolves to the milliseconds of one run. It gets the sizes, and `spawn(Type, props, near)`, where near is the
 *   actor that shares its thread with it, unless `--apart` says that they come on threads by turns; `expect(count, start)`
 *   calls start with the ref of who is to be told, and resolves to `{ ms, sum }` when so many have told it.
 */
export async function program(sizes, run) {
  await main(async (system) => {
    const options = Object.fromEntries(
      Object.entries(sizes).map(([name, size]) => [name, { type: 'string', default: `${size}` }]),
    );
    options.placement = { type: 'string', default: 'shared' };
    options.apart = { type: 'boolean', default: false };
    const { placement, apart, ...values } = parseArgs({ options }).values;
    const given = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]));
    const finish = await system.spawn(Finish, { placement: 'inline', mailbox: { maxItems: 1e6 } });
    const mayBeNear = placement === 'shared' && !apart;
    let warmups = 1;
    const spawn = (Type, props, near) => {
      if (!mayBeNear || near === undefined) return system.spawn(Type, { placement, props });
      warmups = availableParallelism();
      return system.spawn(Type, { placement, props, near });
    };
    const expect = async (count, start) => {
      Finish.left = count;
      Finish.sum = 0;
      const { result: sum, ms } = await timed(
        () =>
          new Promise((resolve, reject) => {
            Finish.through = resolve;
            Promise.resolve(start(finish)).catch(reject);
          }),
      );
      return { sum, ms };
    };
    const once = () => run({ ...given, spawn, expect });
    // How many are needed is known once the first has spawned its actors.
    report(await warmed(once, once, () => warmups));
  });
}

/** So many of a class; `props` for all of them, or a function of the number. */
export const spawnAll = (spawn, Type, count, props) =>
  Promise.all(
    Array.from({ length: count }, (_, i) => spawn(Type, typeof props === 'function' ? props(i) : props)),
  );

export const stopAll = (refs) => Promise.all(refs.map((ref) => ref.stop()));
