/** What threads and shared actors take; a million of them are in `million`. */
import { crowd } from '../lib/crowd.mjs';

const threads = (name, which, own) => ({ name, own, file: 'memory-threads.mjs', args: [which] });

export const suite = {
  tables: [
    {
      name: 'memory',
      title: 'One more thread, of 10 to 50',
      unit: 'MB of resident memory, less is better',
      less: true,
      arms: [threads('thread actor', 'actors', true), threads('bare worker', 'workers', false)],
      claims: [{ what: 'more than a bare worker', of: 'thread actor', minus: 'bare worker', most: 1.5 }],
    },
    { name: 'memory-shared', title: 'A hundred thousand shared actors', ...crowd(100_000) },
  ],
};
