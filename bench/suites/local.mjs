/**
 * `tell` between two actors of one shared host, beside actors that live in one thread by their nature. Those pass the
 * message itself on; here it arrives as a copy, as it would from another thread.
 */
export const suite = {
  title: 'tell, between two actors of one thread',
  unit: 'messages a second',
  core: true,
  arms: [
    { name: 'Troupe, shared', own: true, file: 'tell-troupe.mjs', args: [1_000_000, 1, 'shared'] },
    { name: 'nact', file: 'local-nact.mjs', args: [200_000], peer: 'nact' },
    { name: 'comedy, in memory', file: 'tell-comedy.mjs', args: [200_000, 'in-memory'], peer: 'comedy' },
    { name: 'xstate', file: 'local-xstate.mjs', args: [500_000], peer: 'xstate' },
  ],
  claims: [
    { what: 'messages a second', of: 'Troupe, shared', least: 10_000_000 },
    { what: 'to xstate', of: 'Troupe, shared', to: 'xstate', target: 2 },
    { what: 'to nact', of: 'Troupe, shared', to: 'nact', target: 10 },
  ],
};
