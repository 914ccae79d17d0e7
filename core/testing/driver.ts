/** What makes a system go on while a test waits: time that passes by itself, or a test system that is driven. */
import { MAX_TIMER_MS } from '../memory/later.js';
import type { RefWorld } from '../messaging/ref-world.js';

export interface Driver {
  /**
   * Resolves once that is so; else when so much time has passed in the system.
   * @param ms undefined for as long as is usual there, see {@link usualMs}
   */
  until(isSo: () => boolean, ms: number | undefined): Promise<void>;
  /** How long one waits there for a message, and for none, unless the test says so. */
  readonly usualMs: { readonly forMessage: number; readonly forNone: number };
  /** Something has come: whoever waits looks again. */
  changed(): void;
  /** What a failure has to tell beside itself: how to have it again. */
  readonly remark: string;
}

/** Test systems, by what their refs are at home in. */
const drivers = new WeakMap<RefWorld, Driver>();

export function driveBy(world: RefWorld, driver: Driver): void {
  drivers.set(world, driver);
}

/** A system that runs by itself has a driver that merely waits. */
export function driverOf(world: RefWorld): Driver {
  let driver = drivers.get(world);
  if (driver === undefined) {
    driver = new RealTime();
    drivers.set(world, driver);
  }
  return driver;
}

// Time that no test system has taken the place of.
const { setTimeout, clearTimeout } = globalThis;

class RealTime implements Driver {
  readonly usualMs = { forMessage: 3000, forNone: 100 };
  readonly remark = '';
  readonly #looks = new Set<() => void>();

  until(isSo: () => boolean, ms = 0): Promise<void> {
    if (isSo()) return Promise.resolve();
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#looks.delete(look);
        resolve();
      };
      const look = () => {
        if (isSo()) end();
      };
      // A longer one would fire at once.
      const timer = setTimeout(end, Math.min(ms, MAX_TIMER_MS));
      this.#looks.add(look);
    });
  }

  changed(): void {
    for (const look of [...this.#looks]) look();
  }
}
