/** `signals: true`: the process ends as its host asks it to. */

/** SIGTERM and SIGINT end the system and exit, a second one exits at once. Returns what stops the listening. */
export function listenForSignals(shutdown: () => Promise<unknown>): () => void {
  let seen = false;
  const onSignal = (signal: NodeJS.Signals) => {
    if (seen) process.exit(signal === 'SIGINT' ? 130 : 143);
    seen = true;
    void shutdown().then(() => process.exit(0));
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return () => {
    process.off('SIGTERM', onSignal);
    process.off('SIGINT', onSignal);
  };
}
