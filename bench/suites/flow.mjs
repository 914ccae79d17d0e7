/** What it costs that flow can be observed, and what it costs to do so: every event of a system in one Observable. */
const NEVER = 'never observed';
const BEFORE = 'observed before';
const HOW = { [NEVER]: 'never', [BEFORE]: 'once', observed: 'always' };
const ours = (name, n) => ({
  name,
  own: true,
  file: 'tell-troupe.mjs',
  args: [n, 1, 'thread', HOW[name]],
});

export const suite = {
  tables: [
    {
      name: 'flow',
      title: 'tell, with and without an observer of flow$',
      unit: 'messages a second',
      arms: [NEVER, BEFORE, 'observed'].map((name) => ours(name, 5_000_000)),
      claims: [
        { what: 'observed before, to never', of: BEFORE, to: NEVER, target: 0.97 },
        { what: 'observed, to never', of: 'observed', to: NEVER, target: 0.85 },
      ],
    },
    {
      name: 'flow-unobserved',
      title: 'What a message costs that nobody observes',
      unit: 'ns a message, less is better',
      less: true,
      chart: 'none',
      // Many short rounds: the difference is smaller than what the machine varies by from one to the next.
      times: 6,
      figure: (perSecond) => 1e9 / perSecond,
      arms: [NEVER, BEFORE].map((name) => ours(name, 2_000_000)),
      claims: [{ what: 'observed before minus never, ns a message', of: BEFORE, minus: NEVER, noise: true }],
    },
  ],
};
