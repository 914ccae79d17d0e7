/** The dead letters since the dashboard began, the last ones, to be looked at and sent again. */
import type { Subscription } from 'rxjs';
import { Actor, ActorNotFoundError, type ActorSystem, type DeadLetter } from '../index.js';
import type { Shown } from './shown.js';

const KEPT = 1000;
/** So many go to a page. */
const SHOWN = 200;

/** A letter as a page is told of it. */
export interface ShownLetter {
  readonly id: number;
  readonly time: number;
  readonly reason: string;
  readonly to: string;
  readonly type: string;
  readonly from: string | undefined;
  readonly kind: string;
  readonly method: string;
  readonly args: string | undefined;
  readonly attempts: number;
  readonly error: string | undefined;
  /** Why it cannot be sent again. */
  readonly fixed: string | undefined;
}

export interface Replayed {
  readonly replayed: number;
  readonly failed: readonly { readonly id: number; readonly why: string }[];
}

export class LetterTray {
  /** In the order of their ids, which is that of their coming. */
  readonly #letters = new Map<number, DeadLetter>();
  readonly #subscription: Subscription;
  #nextId = 1;
  #gone: number[] = [];
  /** Pages know of those before this one. */
  #told = 1;

  constructor(
    readonly system: ActorSystem,
    readonly shown: Shown,
  ) {
    this.#subscription = system.deadLetters$.subscribe((letter) => this.#add(letter));
  }

  close(): void {
    this.#subscription.unsubscribe();
  }

  #add(letter: DeadLetter): void {
    this.#letters.set(this.#nextId++, letter);
    if (this.#letters.size <= KEPT) return;
    const [oldest] = this.#letters.keys();
    this.#letters.delete(oldest);
    this.#gone.push(oldest);
  }

  /** For a page that has just come. */
  all(): ShownLetter[] {
    return [...this.#letters].slice(-SHOWN).map(([id, letter]) => this.#show(id, letter));
  }

  /** What is different since this was asked last. */
  changes(): { readonly letters: ShownLetter[]; readonly lettersGone: readonly number[] } {
    const fresh = [...this.#letters].filter(([id]) => id >= this.#told).slice(-SHOWN);
    const gone = this.#gone;
    this.#told = this.#nextId;
    this.#gone = [];
    return { letters: fresh.map(([id, letter]) => this.#show(id, letter)), lettersGone: gone };
  }

  /**
   * Tells letters to the actors that now have their paths, in order of their coming, as `DeadLetterOffice` does: what
   * was asked is told as well, since its asker has had its answer.
   */
  replay(ids: readonly number[]): Replayed {
    const failed: { id: number; why: string }[] = [];
    let replayed = 0;
    for (const id of [...new Set(ids)].sort((a, b) => a - b)) {
      const letter = this.#letters.get(id);
      const why = letter === undefined ? 'it is not kept any more' : this.#send(letter);
      if (why !== undefined) {
        failed.push({ id, why });
        continue;
      }
      this.#letters.delete(id);
      this.#gone.push(id);
      replayed++;
    }
    return { replayed, failed };
  }

  /** @returns why not */
  #send(letter: DeadLetter): string | undefined {
    const { to, method, args = [] } = letter;
    const fixed = whyFixed(letter);
    if (fixed !== undefined) return fixed;
    try {
      const { tell } = this.system.find(Actor, to);
      // Held is as good as accepted; and refused, it comes back as a new letter.
      (tell as Readonly<Record<string, (...args: readonly unknown[]) => boolean>>)[method](...args);
      return undefined;
    } catch (error) {
      return error instanceof ActorNotFoundError ? `there is no actor ${to}` : this.shown.error(error);
    }
  }

  #show(id: number, letter: DeadLetter): ShownLetter {
    const { time, reason, to, type, from, kind, method, args, attempts, error } = letter;
    return {
      ...{ id, time, reason, to, type, from, kind, method, attempts },
      args: this.shown.args(args),
      error: error === undefined ? undefined : this.shown.error(error),
      fixed: whyFixed(letter),
    };
  }
}

function whyFixed({ kind, args }: DeadLetter): string | undefined {
  if (kind === 'stream') return 'a stream needs its subscriber';
  return args === undefined ? 'its arguments are not known' : undefined;
}
