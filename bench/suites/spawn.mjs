/** A spawn, without imports of the user's own. */
const arm = (name, which, own = true) => ({ name, own, file: 'spawn.mjs', args: [which, 11] });

export const suite = {
  title: 'Until a thread is of use',
  unit: 'ms, less is better',
  less: true,
  core: true,
  arms: [
    arm('thread actor, warm', 'warm'),
    arm('thread actor, cold', 'cold'),
    arm('bare worker', 'bare', false),
  ],
  claims: [
    { what: 'warm', of: 'thread actor, warm', most: 3 },
    { what: 'cold, to a bare worker', of: 'thread actor, cold', to: 'bare worker', target: 1 / 1.5 },
  ],
};
