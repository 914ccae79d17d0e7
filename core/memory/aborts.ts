/** What ends a wait early: a signal. */

const waiting = new WeakMap<AbortSignal, { readonly acts: Set<() => void>; readonly onAbort: () => void }>();

/**
 * Acts when the signal aborts. Thousands of waits may share a signal, and have one listener together: the platform
 * warns of a leak past ten, and walks along all of them to take one away.
 * @returns takes it back; without waits the signal has no listener either
 */
export function whenAborted(signal: AbortSignal | undefined, act: () => void): () => void {
  if (signal === undefined) return () => undefined;
  // Of its own: the same function may be given twice.
  const own = () => act();
  const { acts, onAbort } = waiting.get(signal) ?? listen(signal);
  acts.add(own);
  return () => {
    if (!acts.delete(own) || acts.size > 0) return;
    signal.removeEventListener('abort', onAbort);
    waiting.delete(signal);
  };
}

function listen(signal: AbortSignal) {
  const acts = new Set<() => void>();
  const onAbort = () => {
    waiting.delete(signal);
    for (const act of acts) {
      try {
        act();
      } catch (error) {
        // As the platform does with listeners: the others are called all the same.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
    acts.clear();
  };
  const entry = { acts, onAbort };
  waiting.set(signal, entry);
  signal.addEventListener('abort', onAbort, { once: true });
  return entry;
}
