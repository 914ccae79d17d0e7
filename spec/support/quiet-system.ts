/** A system for specs: what actors are made to complain of is kept, and shown nowhere. */
import { ActorSystem, type DeadLetter, type LogEntry, type SystemOptions } from '../../core/index.js';

export interface QuietSystem {
  readonly system: ActorSystem;
  readonly log: LogEntry[];
  readonly deadLetters: DeadLetter[];
}

export async function quietSystem(options: SystemOptions = {}): Promise<QuietSystem> {
  const log: LogEntry[] = [];
  const deadLetters: DeadLetter[] = [];
  const system = await ActorSystem.start({
    arenaBytes: 1 << 26,
    // Five seconds are soon over on a machine with ten times as much to do as it has cores.
    askTimeoutMs: 60_000,
    ...options,
    logger: (entry) => {
      log.push(entry);
    },
  });
  system.deadLetters$.subscribe((letter) => {
    deadLetters.push(letter);
  });
  return { system, log, deadLetters };
}

/**
 * Resolves when the condition holds; looked at after every turn of the event loop, since threads tell no promises.
 * It gives up long after the spec has failed: else the process would stay.
 */
export async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + 60_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`It never came true: ${condition}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** What a promise is rejected with. */
export async function rejection(promise: PromiseLike<unknown>): Promise<Error & Record<string, unknown>> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error as Error & Record<string, unknown>;
  }
  throw new Error(`Expected a rejection, but it resolved to ${String(value)}.`);
}
