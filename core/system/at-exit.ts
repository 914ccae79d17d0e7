/** What a system does when its process ends without having shut it down: by `process.exit()`, or by an uncaught error. */

type Act = () => void;

const acts = new Set<Act>();

function atExit(): void {
  for (const act of [...acts]) act();
}

/** Before other listeners: a logger's own writes out what it has got by then. @returns what takes it back */
export function beforeExit(act: Act): () => void {
  if (acts.size === 0) process.prependListener('exit', atExit);
  acts.add(act);
  return () => {
    acts.delete(act);
    if (acts.size === 0) process.off('exit', atExit);
  };
}
