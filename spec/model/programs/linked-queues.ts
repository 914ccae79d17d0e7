/** What threads do with a stack and with a priority queue, whose items are linked one by one. */
import { heap, stack } from './queue-kinds.js';
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
  work,
  workOn,
} from './queue-parts.js';
import { line } from './shared-queue.js';

const none = { deaths: 0, timeouts: 0 };
const one = { deaths: 1, timeouts: 0 };

const stacks = [
  line({
    name: 'stack: two put, one takes two, room for one',
    kind: stack,
    bounds: { preemptions: 2, ...none },
    options: { maxItems: 1 },
    parts: { a: put(101), b: put(201), x: take(2) },
  }),
  line({
    name: 'stack: one puts two, two take one each',
    kind: stack,
    bounds: { preemptions: 2, ...none },
    parts: { a: put(101, 102), x: take(1), y: take(1) },
  }),
  line({
    name: 'stack: two put two, two take two, room for two',
    kind: stack,
    bounds: { preemptions: 1, ...none },
    short: false,
    options: { maxItems: 2 },
    parts: { a: put(101, 102), b: put(201, 202), x: take(2), y: take(2) },
  }),
  line({
    name: 'stack: one puts two, one takes two, room for one, one of them dies',
    kind: stack,
    bounds: { preemptions: 1, ...one },
    options: { maxItems: 1 },
    parts: { a: put(101, 102), x: take(2) },
  }),
  line({
    name: 'stack: two put, one takes, room for one, one dies',
    kind: stack,
    bounds: { preemptions: 1, ...one },
    short: false,
    options: { maxItems: 1 },
    parts: { a: put(101), b: put(201), x: take(2) },
  }),
  line({
    name: 'stack: what a dead consumer had comes back',
    kind: stack,
    bounds: { preemptions: 1, ...one },
    options: { inFlight: 'retry' },
    filled: [301, 302, 303],
    parts: { x: workOn(2), y: workOn(1) },
  }),
  line({
    name: 'stack: one puts two, one ends it, one works to the end',
    kind: stack,
    bounds: { preemptions: 2, ...none },
    parts: { a: putOrStop(101, 102), b: close(), x: work() },
    check: ({ x }) => (x.notes.includes('end') ? undefined : 'The one that works has not come to the end.'),
  }),
  line({
    name: 'stack: one shuts it down at once, one puts, one joins, one dies',
    kind: stack,
    bounds: { preemptions: 1, ...one },
    filled: [301, 302],
    parts: { a: putOrStop(101), b: shutDown(true), j: join() },
  }),
];

const heaps = [
  line({
    name: 'priority queue: two put two, one takes three',
    kind: heap,
    bounds: { preemptions: 2, ...none },
    options: { maxItems: 3 },
    parts: { a: put(103, 101), b: put(202, 201), x: take(3) },
  }),
  line({
    name: 'priority queue: one puts two, two take one each, room for one',
    kind: heap,
    bounds: { preemptions: 2, ...none },
    options: { maxItems: 1 },
    parts: { a: put(102, 101), x: take(1), y: take(1) },
  }),
  line({
    name: 'priority queue: one puts into a heap and one takes from it, one dies',
    kind: heap,
    bounds: { preemptions: 1, ...one },
    filled: [303, 301, 304, 302],
    parts: { a: put(102), x: take(2) },
  }),
  line({
    name: 'priority queue: two put and two take, room for two, one dies',
    kind: heap,
    bounds: { preemptions: 1, ...one },
    short: false,
    options: { maxItems: 2 },
    parts: { a: put(102), b: put(201), x: take(1), y: take(1) },
  }),
  line({
    name: 'priority queue: what a dead consumer had comes back before its equals',
    kind: heap,
    bounds: { preemptions: 1, ...one },
    options: { inFlight: 'retry' },
    filled: [301, 311, 302],
    parts: { x: workOn(2), y: workOn(1) },
  }),
  line({
    name: 'priority queue: one works to the end mark, one dies',
    kind: heap,
    bounds: { preemptions: 1, ...one },
    filled: [302, 301],
    parts: { b: close(), x: work(), y: work() },
    check: ({ b, x, y }) => {
      const ends = [x, y].filter(({ notes, died }) => !died && !notes.includes('end'));
      return b.died || ends.length === 0 ? undefined : 'One has not come to the end mark.';
    },
  }),
  line({
    name: 'priority queue: one shuts it down at once, one takes, one puts, room for two',
    kind: heap,
    bounds: { preemptions: 2, ...none },
    options: { maxItems: 2 },
    filled: [302, 301],
    parts: { a: putOrStop(103), b: shutDown(true), x: takeAll() },
    check: ({ x }, { left }) => {
      if (!x.notes.includes('end')) return 'The one that takes has not come to the end.';
      return left.length > 0 ? 'Something lies in a queue that was shut down.' : undefined;
    },
  }),
  line({
    name: 'priority queue: one joins, two work, one dies',
    kind: heap,
    bounds: { preemptions: 1, ...one },
    filled: [302, 301],
    parts: { j: join(), x: workOn(1), y: workOn(1) },
  }),
  line({
    name: 'priority queue: one puts two, one takes two, room for one, on event loops',
    kind: heap,
    bounds: { preemptions: 2, ...none },
    options: { maxItems: 1 },
    parts: { a: putLater(102, 101), x: takeLater(2) },
  }),
];

export const linkedQueues = [...stacks, ...heaps];
