/** So many actors at once, each of which has answered: their bytes, and how fast they are made. */
const ACTORS = 'Troupe, shared';

export const crowd = (count) => ({
  unit: `${count.toLocaleString('en')} actors`,
  // Two units in one table.
  chart: 'none',
  arms: [
    { name: ACTORS, own: true, file: 'memory-shared.mjs', args: [count] },
    { name: 'Erlang processes', file: 'memory-erlang.erl', args: [count], program: 'erl' },
  ],
  claims: [
    { what: 'bytes each', of: ACTORS, at: 'bytes each', most: 700 },
    { what: 'created a second', of: ACTORS, at: 'created a second', least: 500_000 },
  ],
});
