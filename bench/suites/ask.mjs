/**
 * `ask` and its answer. The libraries call from the main thread, as they are made to; Erlang's processes run wherever its
 * schedulers put them. xstate and nact have no threads. workerpool and threads give a worker one call at a time.
 */
import { peers } from '../lib/peers.mjs';

const ours = (way, n, whence, name) => ({ name, own: true, file: 'ask-troupe.mjs', args: [way, n, whence] });
const bare = (way, n, whence, name) => ({ name, file: 'ask-post-message.mjs', args: [way, n, whence] });
const erlang = (way, n) => ({ name: 'Erlang', file: 'ask-erlang.erl', args: [way, n], program: 'erl' });

const WORKERS = 'Troupe, worker to worker';
const MAIN = 'Troupe, main to worker';
const BARE_WORKERS = 'postMessage, worker to worker';
const BARE_MAIN = 'postMessage, main to worker';
const WAKE_UP = 'Atomics.waitAsync, there and back';

export const suite = {
  core: true,
  tables: [
    {
      name: 'ask',
      title: 'ask, one after the other, both threads busy',
      unit: 'µs, less is better',
      less: true,
      arms: [
        ours('one', 100_000, 'worker', WORKERS),
        ours('one', 100_000, 'main', MAIN),
        bare('one', 30_000, 'worker', BARE_WORKERS),
        bare('one', 30_000, 'main', BARE_MAIN),
        ...peers('one', 10_000),
        erlang('one', 500_000),
      ],
      claims: [
        { what: 'worker to worker', of: WORKERS, most: 5 },
        { what: 'main to worker', of: MAIN, most: 8 },
        { what: 'worker to worker, to postMessage', of: WORKERS, to: BARE_WORKERS, target: 5 },
        { what: 'main to worker, to comlink', of: MAIN, to: 'comlink', target: 5 },
      ],
    },
    {
      name: 'ask-100',
      title: 'ask, 100 in flight',
      unit: 'answers a second',
      arms: [
        // About a second each: in the first half of that V8 is still compiling.
        ours('many', 1_000_000, 'worker', WORKERS),
        ours('many', 1_000_000, 'main', MAIN),
        bare('many', 500_000, 'worker', BARE_WORKERS),
        bare('many', 500_000, 'main', BARE_MAIN),
        ...peers('many', 100_000),
        erlang('many', 5_000_000),
      ],
      claims: [
        { what: 'worker to worker', of: WORKERS, least: 1_500_000 },
        { what: 'worker to worker, to postMessage', of: WORKERS, to: BARE_WORKERS, target: 4 },
      ],
    },
    {
      name: 'ask-asleep',
      title: 'ask of a sleeping actor',
      unit: 'µs, less is better',
      less: true,
      arms: [
        ours('asleep', 1000, 'worker', WORKERS),
        ours('asleep', 1000, 'main', MAIN),
        bare('asleep', 1000, 'worker', BARE_WORKERS),
        { name: WAKE_UP, file: 'ask-wait-async.mjs', args: [1000] },
      ],
      claims: [{ what: 'to bare wake-ups', of: WORKERS, to: WAKE_UP, target: 1 / 1.2 }],
    },
  ],
};
