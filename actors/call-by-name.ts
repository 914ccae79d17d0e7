/** A message whose method's name is data. */
import type { AnyActorRef } from '../core/index.js';

/** @returns as `tell` does: false when the message is held, or refused */
export function callByName(ref: AnyActorRef, method: string, ...args: readonly unknown[]): boolean {
  const tell = ref.tell as Readonly<Record<string, (...args: readonly unknown[]) => boolean>>;
  return tell[method](...args);
}
