/** Keeps what nobody handled, to be looked at and sent again. */
import {
  Actor,
  ActorNotFoundError,
  type DeadLetter,
  type DeadLetterReason,
  OptionOutOfRangeError,
} from '../core/index.js';
import { callByName } from './call-by-name.js';

/** Props of {@link DeadLetterOffice}. */
export interface DeadLetterOfficeProps {
  /** So many letters are kept, the latest ones. Default 1000. */
  readonly keep?: number;
}

/** A dead letter, and the number that it is kept under. */
export interface KeptLetter extends DeadLetter {
  readonly id: number;
}

/** Which letters. All that is given has to fit; nothing given fits every letter. */
export interface LetterQuery {
  readonly id?: number;
  /** Path of the actor that it was for. */
  readonly to?: string;
  /** Path of the sender. */
  readonly from?: string;
  readonly reason?: DeadLetterReason;
  readonly method?: string;
  /** Not older than this, in milliseconds since the epoch. */
  readonly since?: number;
}

/** What became of a replay. */
export interface ReplayReport {
  /** So many letters were told to their actors again, and are kept no longer. */
  readonly replayed: number;
  /** These are kept still. */
  readonly failed: readonly { readonly id: number; readonly why: string }[];
}

const FIELDS = ['id', 'to', 'from', 'reason', 'method'] as const;

/**
 * Listens to the system's dead letters from its start on, and keeps the last ones.
 *
 * ```ts
 * const office = await system.spawn(DeadLetterOffice, { name: 'dead-letters', props: { keep: 10_000 } });
 * const lost = await office.ask.letters({ to: '/mailer', reason: 'failed' });
 * await office.ask.replay({ to: '/mailer' });        // once the mail server is up again
 * ```
 *
 * Letters live as long as the office: a restart forgets them.
 */
export class DeadLetterOffice extends Actor<DeadLetterOfficeProps | undefined> {
  static module = import.meta.url;
  readonly #keep = keepOf(this.props);
  /** In the order of their ids, which is that of their coming. */
  readonly #letters = new Map<number, DeadLetter>();
  #subscription: { unsubscribe(): void } | undefined;
  #nextId = 1;

  override onStart(): void {
    this.#subscription = this.context.system.deadLetters$.subscribe((letter) => this.#add(letter));
  }

  override onStop(): void {
    this.#subscription?.unsubscribe();
  }

  /** The letters that fit, the oldest first. */
  letters(query: LetterQuery = {}): KeptLetter[] {
    return [...this.#fitting(query)].map(([id, letter]) => ({ ...letter, id }));
  }

  /** How many letters fit. */
  count(query: LetterQuery = {}): number {
    return this.#fitting(query).length;
  }

  /** Keeps the letters that fit no longer. @returns how many there were */
  forget(query: LetterQuery = {}): number {
    const fitting = this.#fitting(query);
    for (const [id] of fitting) this.#letters.delete(id);
    return fitting.length;
  }

  /**
   * Tells the letters that fit to the actors that now have their paths, in order, whatever class these are of. What
   * was asked is told as well, since its asker has had its answer; a stream cannot be replayed, nor a letter
   * whose arguments were moved. A letter that fails again comes back as a new one.
   */
  replay(query: LetterQuery = {}): ReplayReport {
    const failed: { id: number; why: string }[] = [];
    let replayed = 0;
    for (const [id, letter] of this.#fitting(query)) {
      const why = this.#send(letter);
      if (why !== undefined) {
        failed.push({ id, why });
        continue;
      }
      this.#letters.delete(id);
      replayed++;
    }
    return { replayed, failed };
  }

  /** @returns why not */
  #send({ kind, args, method, to }: DeadLetter): string | undefined {
    if (kind === 'stream') return 'a stream needs its subscriber';
    if (args === undefined) return 'its arguments are not known';
    try {
      // Held is as good as accepted; and refused, it comes back as a new letter.
      callByName(this.context.system.find(Actor, to), method, ...args);
      return undefined;
    } catch (error) {
      if (error instanceof ActorNotFoundError) return `there is no actor ${to}`;
      return error instanceof Error ? error.message : String(error);
    }
  }

  #add(letter: DeadLetter): void {
    this.#letters.set(this.#nextId++, letter);
    if (this.#letters.size <= this.#keep) return;
    const [oldest] = this.#letters.keys();
    this.#letters.delete(oldest);
  }

  #fitting(query: LetterQuery): [id: number, letter: DeadLetter][] {
    const { since = 0 } = query;
    const fits = (kept: KeptLetter) =>
      kept.time >= since &&
      FIELDS.every((field) => query[field] === undefined || query[field] === kept[field]);
    return [...this.#letters].filter(([id, letter]) => fits({ ...letter, id }));
  }
}

function keepOf(props: DeadLetterOfficeProps | undefined): number {
  const { keep = 1000 } = props ?? {};
  if (Number.isInteger(keep) && keep >= 1) return keep;
  throw new OptionOutOfRangeError('keep', keep, 'a whole number, 1 or more');
}
