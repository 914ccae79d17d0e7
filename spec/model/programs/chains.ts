/** What producers and a consumer do with a mailbox: each record is in a block of its own. */
import { chain } from './chain.js';
import { END } from './senders.js';

const none = { deaths: 0, timeouts: 0 };
const one = { deaths: 1, timeouts: 0 };

export const chains = [
  chain({
    name: 'mailbox: one tells three, in blocks of one',
    bounds: { preemptions: 3, ...none },
    maxItems: 10,
    producers: { a: [[101], [102], [103]] },
  }),
  chain({
    name: 'mailbox: two tell, room for one',
    bounds: { preemptions: 2, ...none },
    maxItems: 1,
    producers: { a: [[101], [102]], b: [[201]] },
  }),
  chain({
    name: 'mailbox: two tell, one ends it',
    bounds: { preemptions: 2, ...none },
    maxItems: 2,
    producers: { a: [[101, 102]], b: [[END]] },
  }),
  chain({
    name: 'mailbox: one tells three, one dies',
    bounds: { preemptions: 1, ...one },
    maxItems: 10,
    producers: { a: [[101], [102, 103]] },
  }),
  chain({
    name: 'mailbox: two tell, room for one, one dies',
    short: false,
    bounds: { preemptions: 1, ...one },
    maxItems: 1,
    producers: { a: [[101], [102]], b: [[201]] },
  }),
  chain({
    name: 'mailbox: two tell, and nobody reads, one dies',
    bounds: { preemptions: 2, ...one },
    maxItems: 10,
    filled: [301],
    isRead: false,
    producers: { a: [[101]], b: [[201, 202]] },
  }),
  chain({
    name: 'mailbox: two tell behind one that lies there, one dies',
    short: false,
    bounds: { preemptions: 1, ...one },
    maxItems: 10,
    filled: [301],
    producers: { a: [[101]], b: [[201, 202]] },
  }),
  chain({
    name: 'outbox: one stages two and one, room for one',
    bounds: { preemptions: 2, ...none },
    maxItems: 1,
    producers: { a: [[101, 102], [103]] },
    isStaged: true,
  }),
  chain({
    name: 'outbox: one stages three, and nobody reads, one dies',
    bounds: { preemptions: 1, ...one },
    maxItems: 10,
    isRead: false,
    producers: { a: [[101, 102], [103]], b: [[201]] },
    isStaged: true,
  }),
  chain({
    name: 'outbox: one stages two and one, room for one, one dies',
    bounds: { preemptions: 1, ...one },
    maxItems: 1,
    producers: { a: [[101, 102], [103]] },
    isStaged: true,
  }),
];
