/** Arms of several suites: one thread sends another `{ type: 'inc', n: 1 }`. */
export const SMALL = {
  postMessage: { name: 'postMessage', file: 'queue-post-message.mjs', args: [300_000] },
  erlang: { name: 'Erlang, !', file: 'queue-erlang.erl', args: [1_000_000], program: 'erl' },
};
