/** What threads do with a shared queue: small enough to follow all their ways. */
import {
  close,
  join,
  put,
  putLater,
  putOrStop,
  shutDown,
  take,
  takeAll,
  takeLater,
  takeOrLeave,
  takeTwice,
  work,
  workOn,
} from './queue-parts.js';
import { line, numbersOf } from './shared-queue.js';

const none = { deaths: 0, timeouts: 0 };
const one = { deaths: 1, timeouts: 0 };

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
    short: false,
    bounds: { preemptions: 1, deaths: 1, timeouts: 0 },
    options: { maxItems: 1 },
    parts: { a: put(101, 102), x: take(1), y: take(1) },
  }),
  line({
    name: 'queue: two put two, two take two, room for two',
    short: false,
    bounds: { preemptions: 1, ...none },
    options: { maxItems: 2 },
    parts: { a: put(101, 102), b: put(201, 202), x: take(2), y: take(2) },
  }),
  line({
    name: 'queue: one puts one, two wait for it, one of them only for a time',
    short: { preemptions: 0 },
    bounds: { preemptions: 1, deaths: 0, timeouts: 1 },
    parts: { x: takeOrLeave(10), y: take(1), a: put(101) },
    check: ({ x, y }) =>
      y.waits && numbersOf(x).length === 0 ? 'The one that waits for ever has got nothing.' : undefined,
  }),
  line({
    name: 'queue: one puts two, one ends it, one works to the end',
    bounds: { preemptions: 2, ...none },
    parts: { a: putOrStop(101, 102), b: close(), x: work() },
    check: ({ x }, { unfinished }) => {
      if (!x.notes.includes('end')) return 'The one that works has not come to the end.';
      return unfinished === 0 ? undefined : `${unfinished} are said not to be done.`;
    },
  }),
  line({
    name: 'queue: one works to the end mark, one dies',
    bounds: { preemptions: 1, ...one },
    filled: [301],
    parts: { b: close(), x: work(), y: work() },
    check: ({ b, x, y }) => {
      const ends = [x, y].filter(({ notes, died }) => !died && !notes.includes('end'));
      return b.died || ends.length === 0 ? undefined : 'One has not come to the end mark.';
    },
  }),
  line({
    name: 'queue: one puts two, room for one, one shuts it down at once, one takes',
    bounds: { preemptions: 1, ...none },
    options: { maxItems: 1 },
    parts: { a: putOrStop(101, 102), b: shutDown(true), x: takeAll() },
    check: ({ x }, { left }) => {
      if (!x.notes.includes('end')) return 'The one that takes has not come to the end.';
      return left.length > 0 ? 'Something lies in a queue that was shut down.' : undefined;
    },
  }),
  line({
    name: 'queue: one joins, two work, one dies',
    bounds: { preemptions: 1, ...one },
    filled: [301, 302],
    parts: { j: join(), x: workOn(1), y: workOn(1) },
  }),
  line({
    name: 'queue: an item comes back when its consumer dies',
    bounds: { preemptions: 1, ...one },
    options: { inFlight: 'retry' },
    filled: [301, 302],
    parts: { x: workOn(1), y: workOn(1) },
  }),
  line({
    name: 'queue: one puts two, one takes two, room for one, on event loops',
    bounds: { preemptions: 2, ...none },
    options: { maxItems: 1 },
    parts: { a: putLater(101, 102), x: takeLater(2) },
  }),
  line({
    name: 'queue: two put, one takes two, room for one, on event loops, one dies',
    bounds: { preemptions: 1, ...one },
    short: false,
    options: { maxItems: 1 },
    parts: { a: putLater(101), b: put(201), x: takeLater(2) },
  }),
  line({
    name: 'queue: two tasks of a thread take, one of them only for a time, one puts',
    bounds: { preemptions: 2, deaths: 0, timeouts: 1 },
    parts: { x: takeTwice(10), a: put(101, 102) },
  }),
  line({
    name: 'queue: the creating thread puts one and a worker one, another takes two, one dies',
    bounds: { preemptions: 1, ...one },
    options: { maxItems: 1 },
    parts: { a: put(101), x: take(2) },
    creator: putLater(201).run,
  }),
];
