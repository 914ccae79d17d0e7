/** What it costs that flow can be observed, and what it costs to do so: every event of a system in one Observable. */
const ours = (name, how, n) => ({ name, own: true, file: 'tell-troupe.mjs', args: [n, 1, 'thread', how] });

export const suite = {
  title: 'tell, with and without an observer of flow$',
  unit: 'messages a second',
  arms: [
    ours('never observed', 'never', 5_000_000),
    ours('observed before', 'once', 5_000_000),
    ours('observed', 'always', 5_000_000),
  ],
  claims: [
    { what: 'observed before, to never', of: 'observed before', to: 'never observed', target: 0.97 },
    { what: 'observed, to never', of: 'observed', to: 'never observed', target: 0.85 },
  ],
};
