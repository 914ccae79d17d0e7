/** Four threads send to one: all of them together, beside one alone. */
const ours = (name, senders) => ({ name, own: true, file: 'tell-troupe.mjs', args: [1_000_000, senders] });

export const suite = {
  title: 'tell, four senders to one receiver',
  unit: 'messages a second, all senders together',
  core: true,
  arms: [ours('Troupe, one sender', 1), ours('Troupe, four senders', 4)],
  claims: [{ what: 'four, to one', of: 'Troupe, four senders', to: 'Troupe, one sender', target: 0.8 }],
};
