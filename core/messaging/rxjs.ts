/** RxJS costs 50 ms in every thread that imports it: loaded when the first Observable is asked for. */
import { createRequire } from 'node:module';

type Rx = typeof import('rxjs');

/** Who hears of subscribers that throw. */
export interface Reporter {
  subscriberThrew(error: unknown): void;
}

let rx: Rx | undefined;
/** RxJS knows one handler only, and systems come and go. */
let reporter: Reporter | undefined;

export function loadRxjs(): Rx {
  rx ??= createRequire(import.meta.url)('rxjs') as Rx;
  return rx;
}

/** With its subscribers' errors reported there. */
export function rxjsFor(world: Reporter): Rx {
  const { config } = loadRxjs();
  // A subscriber that throws is reported by RxJS on a timer, where it would end the thread, and with it actors
  // that have no part in it. Who has set a handler of their own keeps it.
  if (reporter === undefined) config.onUnhandledError ??= (error) => reporter?.subscriberThrew(error);
  reporter = world;
  return loadRxjs();
}

/** Calls into a subscriber's code: what it throws at once (from where it cleans up, say) must not reach who calls. */
export function guarded<A extends unknown[]>(
  world: Reporter,
  call: (...args: A) => void,
): (...args: A) => void {
  return (...args) => {
    try {
      call(...args);
    } catch (error) {
      world.subscriberThrew(error);
    }
  };
}
