/**
 * Streams, thread to thread. The libraries give theirs to the main thread, as they are made to; postMessage sends with
 * nothing that would hold it back, and is here as the floor of what they are built on.
 */
import { SMALL } from '../lib/small.mjs';

const STREAMS = [1, 10, 100, 1000];

const ours = (name, n, ...args) => ({ name, own: true, file: 'stream-troupe.mjs', args: [n, ...args] });
const peer = (name, n) => ({ name, file: 'stream-peers.mjs', args: [n, name], peer: name });

const WORKERS = 'Troupe, AsyncIterable, worker to worker';
const PUSHED = 'Troupe, Observable, worker to worker';
const MAIN = 'Troupe, AsyncIterable, worker to main';

export const suite = {
  tables: [
    {
      name: 'stream',
      title: 'A stream of small objects',
      unit: 'items a second',
      arms: [
        ours(WORKERS, 1_000_000, 'pulled', 'worker'),
        ours(PUSHED, 1_000_000, 'pushed', 'worker'),
        ours(MAIN, 1_000_000, 'pulled', 'main'),
        SMALL.postMessage,
        peer('comlink', 40_000),
        peer('threads', 100_000),
      ],
      claims: [
        { what: 'pulled, worker to worker', of: WORKERS, least: 1_000_000 },
        { what: 'pushed, worker to worker', of: PUSHED, least: 1_000_000 },
        { what: 'pulled into main, to comlink callbacks', of: MAIN, to: 'comlink', target: 10 },
        { what: 'pulled into main, to threads.js Observables', of: MAIN, to: 'threads', target: 5 },
      ],
    },
    {
      name: 'stream-growth',
      title: 'Streams open at once between two actors, all together',
      unit: 'items a second',
      chart: 'lines',
      arms: [
        ours('AsyncIterable', 500_000, 'pulled', 'worker', ...STREAMS),
        ours('Observable', 500_000, 'pushed', 'worker', ...STREAMS),
      ],
      claims: [
        {
          what: '1000 pulled, to 1',
          of: 'AsyncIterable',
          at: 1000,
          to: 'AsyncIterable',
          toAt: 1,
          target: 0.5,
        },
        { what: '1000 pushed, to 1', of: 'Observable', at: 1000, to: 'Observable', toAt: 1, target: 0.5 },
      ],
    },
  ],
};
