/** `signals: true`: the process ends as its host asks it to. */

type Shutdown = () => Promise<unknown>;

/** Of all systems that listen: none of them ends the process before the others have drained. */
const running = new Set<Shutdown>();
let seen = false;

function onSignal(signal: NodeJS.Signals): void {
  if (seen) process.exit(signal === 'SIGINT' ? 130 : 143);
  seen = true;
  void endAll();
}

/** Also those that are started meanwhile. */
async function endAll(): Promise<void> {
  while (running.size > 0) {
    const ending = [...running];
    await Promise.allSettled(ending.map((shutdown) => shutdown()));
    for (const shutdown of ending) running.delete(shutdown);
  }
  process.exit(0);
}

/** SIGTERM and SIGINT end the system and exit, a second one exits at once. Returns what stops the listening. */
export function listenForSignals(shutdown: Shutdown): () => void {
  if (running.size === 0) {
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  }
  running.add(shutdown);
  return () => {
    running.delete(shutdown);
    if (running.size > 0) return;
    process.off('SIGTERM', onSignal);
    process.off('SIGINT', onSignal);
  };
}
