/**
 * What threads and shared actors take. Of the shared ones each has answered once; creating and asking them goes five
 * thousand at a time. `memory-shared` stops at 8 GB.
 */
const threads = (name, which, own) => ({ name, own, file: 'memory-threads.mjs', args: [which] });
const shared = (name, count) => ({ name, own: true, file: 'memory-shared.mjs', args: [count] });
const processes = (name, count) => ({ name, file: 'memory-erlang.erl', args: [count], program: 'erl' });

const ACTORS = 'a million shared actors';

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
    {
      name: 'memory-shared',
      title: 'Shared actors, a hundred thousand and a million',
      unit: 'actors',
      chart: 'none',
      arms: [
        shared('100,000 shared actors', 100_000),
        processes('100,000 Erlang processes', 100_000),
        shared(ACTORS, 1_000_000),
        processes('a million Erlang processes', 1_000_000),
      ],
      claims: [
        { what: 'bytes each', of: ACTORS, at: 'bytes each', most: 700 },
        { what: 'created a second', of: ACTORS, at: 'created a second', least: 500_000 },
      ],
    },
  ],
};
