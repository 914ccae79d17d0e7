/** There and back: while both threads are busy, and where each time the other one sleeps. */
const arm = (name, by, trips, pause, own = false) => ({
  name,
  own,
  file: 'round-trip.mjs',
  args: [by, trips, pause],
});

export const suite = {
  title: 'There and back between two threads',
  unit: 'µs, less is better',
  less: true,
  core: true,
  arms: [
    arm('SharedQueue, both busy', 'queue', 100_000, 0, true),
    arm('postMessage, both busy', 'post', 30_000, 0),
    arm('SharedQueue, both asleep', 'queue', 1000, 400, true),
    arm('Atomics.wait, both asleep', 'wait', 1000, 400),
  ],
  claims: [
    { what: 'busy, to postMessage', of: 'SharedQueue, both busy', to: 'postMessage, both busy', target: 5 },
    {
      what: 'asleep, to Atomics.wait',
      of: 'SharedQueue, both asleep',
      to: 'Atomics.wait, both asleep',
      target: 1 / 1.3,
    },
  ],
};
