/** Publish and subscribe by topic. */
import { Actor, type AnyActorRef, OptionOutOfRangeError } from '../core/index.js';
import { callByName } from './call-by-name.js';
import { type Drawer, openDrawer } from './stash.js';
import { isPattern, isTopic, matches, wordsOf } from './topic.js';

/** Props of {@link EventBus}. */
export interface EventBusProps {
  /**
   * So many events may be held for a subscriber whose mailbox is full; further ones are dropped for this subscriber
   * alone, counted, and logged once. Default 1000.
   */
  readonly maxBehind?: number;
}

/** A subscription, as {@link EventBus.subscriptions} lists it. */
export interface Subscription {
  readonly pattern: string;
  /** Path of the subscriber. */
  readonly subscriber: string;
  readonly method: string;
  /** Events dropped for this subscriber, since it was too far behind. */
  readonly dropped: number;
}

interface Subscriber {
  readonly ref: AnyActorRef;
  /** Events that lie with the bus, for want of room in the subscriber's mailbox. */
  behind: number;
  dropped: number;
  entries: number;
}

interface Entry {
  readonly pattern: string;
  /** The words of the pattern, when it has wildcards. */
  readonly words: readonly string[] | undefined;
  readonly subscriber: Subscriber;
  readonly method: string;
}

/** What the stash keeps of a subscription. */
interface KeptSubscription {
  readonly pattern: string;
  readonly subscriber: AnyActorRef;
  readonly method: string;
}

/**
 * Whoever publishes does not know who listens. An event becomes a `tell` of the method that the subscriber named,
 * with the event and the topic; an actor that has ended is dropped, and a slow one holds up nobody.
 *
 * ```ts
 * const bus = await system.spawn(EventBus, { name: 'bus', supervision: { onError: 'resume' } });
 *
 * class Mailer extends Actor {
 *   async onStart() {
 *     await this.context.system.find(EventBus, '/bus').ask.subscribe('orders.*', this.self, 'onOrder');
 *   }
 *   onOrder(order: Order, topic: string) {}          // topic: 'orders.placed'
 * }
 *
 * bus.tell.publish('orders.placed', order);
 * ```
 *
 * A topic is words with dots between them. In a subscription `*` stands for one word, and `**` at the end for any
 * number of words. Subscriptions live as long as the bus, its restarts included: they lie in another actor as well,
 * `/troupe.stash`, and are there again before the next life takes its first event. What was dropped is counted anew.
 */
export class EventBus extends Actor<EventBusProps | undefined> {
  static module = import.meta.url;
  readonly #maxBehind = maxBehindOf(this.props);
  readonly #exact = new Map<string, Map<string, Entry>>();
  readonly #wild = new Map<string, Map<string, Entry>>();
  readonly #subscribers = new Map<number, Subscriber>();
  #drawer: Drawer<KeptSubscription> | undefined;

  override async onStart(): Promise<void> {
    const drawer = await openDrawer<KeptSubscription>(this.context, this.self);
    for (const [, { pattern, subscriber, method }] of drawer.found) this.#add(pattern, subscriber, method);
    // Only now: what was found lies there.
    this.#drawer = drawer;
  }

  /**
   * From now on events of these topics are told to the subscriber. Ask it rather than tell it: once it has answered,
   * no event is missed. The same subscription twice is one.
   *
   * @param pattern a topic, or one with wildcards: `orders.placed`, `orders.*`, `orders.**`, `**`
   * @param subscriber usually `this.self`
   * @param method which of its methods takes `(event, topic)`
   * @throws {TypeError} for a pattern, a subscriber or a method that is none
   */
  subscribe(pattern: string, subscriber: AnyActorRef, method: string): void {
    if (!isPattern(pattern))
      throw new TypeError(`subscribe takes a topic, as 'orders.*', not ${show(pattern)}.`);
    if (typeof method !== 'string' || method === '') {
      throw new TypeError(`subscribe takes the name of the subscriber's method, not ${show(method)}.`);
    }
    this.#add(pattern, subscriber, method);
  }

  #add(pattern: string, subscriber: AnyActorRef, method: string): void {
    // Refuses what is no ref; and one that has ended is heard of at once.
    this.context.watch(subscriber);
    const known = this.#subscribers.get(subscriber.id) ?? {
      ref: subscriber,
      behind: 0,
      dropped: 0,
      entries: 0,
    };
    this.#subscribers.set(subscriber.id, known);
    const isWild = pattern.includes('*');
    const entries = listIn(isWild ? this.#wild : this.#exact, pattern);
    const key = keyOf(subscriber, method);
    if (entries.has(key)) return;
    entries.set(key, { pattern, words: isWild ? wordsOf(pattern) : undefined, subscriber: known, method });
    known.entries++;
    this.#drawer?.put(`${pattern} ${key}`, { pattern, subscriber, method });
  }

  /**
   * Ends subscriptions. What was published before is on its way.
   *
   * @param pattern as it was subscribed; left out, all of this subscriber's
   * @returns how many there were
   */
  unsubscribe(subscriber: AnyActorRef, pattern?: string): number {
    const known = this.#subscribers.get(subscriber?.id);
    if (known === undefined) return 0;
    const before = known.entries;
    for (const table of [this.#exact, this.#wild]) {
      for (const [at, entries] of table) {
        if (pattern !== undefined && pattern !== at) continue;
        for (const [key, entry] of entries) {
          if (entry.subscriber !== known) continue;
          entries.delete(key);
          known.entries--;
          this.#drawer?.remove(`${at} ${key}`);
        }
        if (entries.size === 0) table.delete(at);
      }
    }
    if (known.entries === 0) {
      this.#subscribers.delete(subscriber.id);
      this.context.unwatch(subscriber);
    }
    return before - known.entries;
  }

  /**
   * Tells the event to all who subscribed to its topic. Never waits, whoever is slow. An event comes once to a
   * method, however many of its patterns fit.
   *
   * @param topic without wildcards; anything else is logged, and goes to nobody
   * @returns how many were told
   */
  publish(topic: string, event?: unknown): number {
    if (!isTopic(topic)) {
      this.context.log.warn(`publish takes a topic, as 'orders.placed', not ${show(topic)}`);
      return 0;
    }
    const told = new Map(this.#exact.get(topic));
    const words = wordsOf(topic);
    for (const entries of this.#wild.values()) {
      for (const [key, entry] of entries) {
        if (entry.words === undefined || !matches(entry.words, words)) break;
        told.set(key, entry);
      }
    }
    let count = 0;
    for (const { subscriber, method } of told.values())
      if (this.#tell(subscriber, method, event, topic)) count++;
    return count;
  }

  /** Who listens to what, in the order of subscribing. */
  subscriptions(): Subscription[] {
    const all = [...this.#exact.values(), ...this.#wild.values()].flatMap((entries) => [...entries.values()]);
    return all.map(({ pattern, subscriber: { ref, dropped }, method }) => ({
      pattern,
      subscriber: ref.path,
      method,
      dropped,
    }));
  }

  override onTerminated(ref: AnyActorRef): void {
    this.unsubscribe(ref);
  }

  #tell(subscriber: Subscriber, method: string, event: unknown, topic: string): boolean {
    const { ref } = subscriber;
    if (subscriber.behind >= this.#maxBehind) {
      subscriber.dropped++;
      return false;
    }
    try {
      if (callByName(ref, method, event, topic)) return true;
    } catch (error) {
      // Too large for this one's mailbox, say: the others have no part in it.
      subscriber.dropped++;
      this.context.log.warn(`an event of ${topic} did not reach ${ref.path}`, { error });
      return false;
    }
    if (++subscriber.behind === 1) this.#catchUp(subscriber);
    if (subscriber.behind === this.#maxBehind) {
      this.context.log.warn(
        `${ref.path} is ${this.#maxBehind} events behind: it misses what comes until it caught up`,
      );
    }
    return true;
  }

  /** What is held is let go of by the subscriber's taking, and refused by its end: either way nothing is behind. */
  #catchUp(subscriber: Subscriber): void {
    const done = () => {
      subscriber.behind = 0;
    };
    subscriber.ref.drained().then(done, done);
  }
}

function maxBehindOf(props: EventBusProps | undefined): number {
  const { maxBehind = 1000 } = props ?? {};
  if (Number.isInteger(maxBehind) && maxBehind >= 1) return maxBehind;
  throw new OptionOutOfRangeError('maxBehind', maxBehind, 'a whole number, 1 or more');
}

function listIn(table: Map<string, Map<string, Entry>>, pattern: string): Map<string, Entry> {
  const entries = table.get(pattern) ?? new Map<string, Entry>();
  table.set(pattern, entries);
  return entries;
}

const keyOf = (subscriber: AnyActorRef, method: string): string => `${subscriber.id} ${method}`;

const show = (value: unknown): string => (typeof value === 'string' ? `'${value}'` : String(value));
