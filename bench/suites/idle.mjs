/** A hundred threads that have nothing to do. */
const arm = (name, which, own) => ({ name, own, file: 'idle.mjs', args: [which, 100, 3] });

export const suite = {
  title: 'CPU of 100 idle threads',
  unit: 'ms a second, less is better',
  less: true,
  arms: [arm('thread actors', 'actors', true), arm('bare workers', 'workers', false)],
  claims: [{ what: 'more than bare workers', of: 'thread actors', minus: 'bare workers', most: 1 }],
};
