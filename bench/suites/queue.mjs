/** One producer, one consumer, small objects; and what one might take instead of a SharedQueue. */
import { peer } from '../lib/peers.mjs';
import { SMALL } from '../lib/small.mjs';

const ours = (name, ...args) => ({ name, own: true, file: 'queue-troupe.mjs', args });

export const suite = {
  title: 'From one thread to another through a queue',
  unit: 'items a second',
  core: true,
  arms: [
    ours('SharedQueue', 1, 1, 1_000_000, 'sync', 'object'),
    ours('SharedQueue, awaited', 1, 1, 500_000, 'async', 'object'),
    ours('SharedQueue, 4 to 4', 4, 4, 250_000, 'sync', 'object'),
    ours('SharedQueue, record of 4 numbers', 1, 1, 1_000_000, 'sync', 'record'),
    ours('SharedQueue, Uint8Array of 16', 1, 1, 1_000_000, 'sync', 'bytes'),
    SMALL.postMessage,
    {
      name: 'multithreading, channel',
      file: 'queue-multithreading.mjs',
      args: [10_000],
      peer: 'multithreading',
      node: 22,
    },
    { ...peer('piscina', 'many', 40_000), name: 'piscina, call and answer' },
    { ...peer('comlink', 'many', 40_000), name: 'comlink, call and answer' },
    {
      name: 'ringbuf.js, Uint8Array of 16',
      file: 'queue-ringbuf.mjs',
      args: [2_000_000],
      peer: 'ringbuf.js',
    },
    { name: 'Python, queue.Queue', file: 'queue-python.py', args: [300_000], program: 'python3' },
    SMALL.erlang,
    { name: 'Go, channel of records', file: 'queue-go.go', args: [2_000_000], program: 'go' },
  ],
  claims: [
    { what: 'to postMessage', of: 'SharedQueue', to: 'postMessage', target: 20 },
    { what: 'to Python', of: 'SharedQueue', to: 'Python, queue.Queue', target: 20 },
    { what: 'to Erlang', of: 'SharedQueue', to: 'Erlang, !', target: 2 },
    {
      what: '16 bytes, to Go',
      of: 'SharedQueue, record of 4 numbers',
      to: 'Go, channel of records',
      target: 0.5,
    },
    { what: '4 to 4, to 1 to 1', of: 'SharedQueue, 4 to 4', to: 'SharedQueue', target: 0.5 },
  ],
};
