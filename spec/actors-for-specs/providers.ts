/** Providers for specs: asynchronous, with a disposer that can be seen from outside. */
import type { DependencyContainer } from 'tsyringe';

export class Clock {
  readonly id = Math.random();
}

export async function register(container: DependencyContainer): Promise<() => Promise<void>> {
  await null;
  container.registerSingleton(Clock);
  container.register('name', { useValue: 'provided' });
  return async () => {
    await null;
    disposals.count++;
  };
}

/** Disposals in this thread. */
export const disposals = { count: 0 };
