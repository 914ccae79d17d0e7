/**
 * Accesses of two threads to one word that nothing orders, one of them a plain one and one a store.
 *
 * What orders two accesses: the threads' own order; an atomic store or exchange of a word and a later atomic look at
 * it; a notify and the wake-up; a death and what is done by who was told of it.
 */
import { isAtomic, KIND_NAMES, Kind, writes } from './memory.js';

export interface Access {
  readonly thread: number;
  readonly kind: number;
  readonly word: number;
}

type Clock = Int32Array;
interface Word {
  /** What the last atomic stores have made known. */
  known: Clock | undefined;
  /** When each thread last stored and read it, and whether plainly. */
  readonly stored: Clock;
  readonly read: Clock;
  readonly plainStored: Clock;
  readonly plainRead: Clock;
}

/** @returns the first race, in words */
export function findRace(
  trace: readonly Access[],
  names: readonly string[],
  racy: (word: number) => boolean,
): string | undefined {
  const count = names.length;
  const clocks = names.map((_, i) => {
    const clock = new Int32Array(count);
    clock[i] = 1;
    return clock;
  });
  const words = new Map<number, Word>();
  const clock = () => new Int32Array(count);
  for (const { thread, kind, word } of trace) {
    const now = clocks[thread];
    if (kind === Kind.EVENT) {
      if (word > 0) join(now, clocks[word - 1]);
      continue;
    }
    let at = words.get(word);
    if (at === undefined) {
      at = { known: undefined, stored: clock(), read: clock(), plainStored: clock(), plainRead: clock() };
      words.set(word, at);
    }
    const atomic = isAtomic(kind);
    if (atomic && at.known !== undefined) join(now, at.known);
    if (kind !== Kind.NOTIFY && kind !== Kind.WAIT) {
      const stores = writes(kind);
      const other =
        unordered(now, thread, atomic ? at.plainStored : at.stored) ??
        (stores ? unordered(now, thread, atomic ? at.plainRead : at.read) : undefined);
      if (other !== undefined && !racy(word)) {
        return `Race at word ${word}: ${KIND_NAMES[kind]} by ${names[thread]}, and nothing orders it and what ${names[other]} did.`;
      }
      (stores ? at.stored : at.read)[thread] = now[thread];
      if (!atomic) (stores ? at.plainStored : at.plainRead)[thread] = now[thread];
    }
    if (atomic && (writes(kind) || kind === Kind.NOTIFY)) {
      at.known ??= clock();
      join(at.known, now);
      now[thread]++;
    }
  }
  return undefined;
}

function join(into: Clock, from: Clock): void {
  for (let i = 0; i < into.length; i++) if (from[i] > into[i]) into[i] = from[i];
}

function unordered(now: Clock, thread: number, then: Clock): number | undefined {
  for (let i = 0; i < then.length; i++) if (i !== thread && then[i] > now[i]) return i;
  return undefined;
}
