/** The code search of samples/05: two tokenizers on threads of their own, and all actors in the main thread. */
const arm = (name, threads) => ({ name, own: true, file: 'search.mjs', args: [threads] });

export const suite = {
  title: 'An index of node_modules',
  unit: 'seconds, less is better',
  less: true,
  arms: [arm('two tokenizers', 2), arm('all inline', 0)],
  claims: [{ what: 'to inline', of: 'two tokenizers', to: 'all inline', at: 'seconds', target: 1.7 }],
};
