/** What threads do with a shared queue: small enough to follow all their ways. */
import { line, put, take } from './shared-queue.js';

export const queues = [
  line({
    name: 'queue: one puts two, one takes two, room for one',
    bounds: { preemptions: 3, deaths: 0, timeouts: 0 },
    options: { maxItems: 1 },
    parts: { a: put(101, 102), x: take(2) },
  }),
  line({
    name: 'queue: one puts two, one takes two, one of them dies',
    bounds: { preemptions: 1, deaths: 1, timeouts: 0 },
    options: { maxItems: 1 },
    parts: { a: put(101, 102), x: take(2) },
  }),
  line({
    name: 'queue: two put, one takes two, room for one',
    bounds: { preemptions: 2, deaths: 0, timeouts: 0 },
    options: { maxItems: 1 },
    parts: { a: put(101), b: put(201), x: take(2) },
  }),
  line({
    name: 'queue: two put, one takes, one dies',
    bounds: { preemptions: 1, deaths: 1, timeouts: 0 },
    options: { maxItems: 1 },
    parts: { a: put(101), b: put(201), x: take(2) },
  }),
  line({
    name: 'queue: one puts two, two take one each',
    bounds: { preemptions: 2, deaths: 0, timeouts: 0 },
    options: { maxItems: 1 },
    parts: { a: put(101, 102), x: take(1), y: take(1) },
  }),
  line({
    name: 'queue: one puts two, two take, one dies',
    bounds: { preemptions: 1, deaths: 1, timeouts: 0 },
    options: { maxItems: 1 },
    parts: { a: put(101, 102), x: take(1), y: take(1) },
  }),
];
