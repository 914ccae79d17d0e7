/** Where the events of all threads meet: at the creating thread, which knows who watches, and passes them on. */
import { Header, Observed } from '../memory/layout.js';
import { isBehind, isLasting } from '../messaging/backlog.js';
import { type Address, addressKey, Kind } from '../messaging/envelope.js';
import type { PostOffice } from '../messaging/mailbox.js';
import type { DeadLetter, FlowEvent } from '../messaging/reports.js';
import type { ToHost } from '../runtime/control.js';

type Watched = 'flow' | 'dead-letters';

/** What is told of the flow, a few events at a time. */
export type FlowListener = (events: readonly FlowEvent[]) => void;

export class FlowHub {
  /** Inboxes of the threads that watch. */
  readonly #watching = {
    flow: new Map<number, Address>(),
    'dead-letters': new Map<number, Address>(),
  };
  /** Who watches the flow here, in the creating thread, and takes the events as they come. */
  readonly #listeners = new Set<FlowListener>();

  /** Events that those have missed who do not read what they are sent. */
  readonly #missed = new Map<number, number>();

  constructor(
    readonly i32: Int32Array,
    readonly post: PostOffice,
    /** There is no room to show a letter to somebody. */
    readonly notShown: () => void,
  ) {}

  /** Senders look at one flag: it is set while anybody watches. */
  observe(what: Watched, on: boolean, inbox: Address): void {
    const watching = this.#watching[what];
    const key = addressKey(inbox.box, inbox.generation);
    if (on) watching.set(key, inbox);
    else watching.delete(key);
    if (!on && what === 'flow') this.#missed.delete(key);
    this.#flag();
  }

  /** @param listener throws nothing. @returns what ends the listening */
  listen(listener: FlowListener): () => void {
    this.#listeners.add(listener);
    this.#flag();
    return () => {
      this.#listeners.delete(listener);
      this.#flag();
    };
  }

  #flag(): void {
    const flow = this.#watching.flow.size + this.#listeners.size > 0 ? Observed.FLOW : 0;
    const letters = this.#watching['dead-letters'].size > 0 ? Observed.DEAD_LETTERS : 0;
    Atomics.store(this.i32, Header.OBSERVED, flow | letters);
  }

  publish(events: readonly FlowEvent[], dropped = 0): void {
    const heard = this.#listeners.size === 0 || dropped === 0 ? events : [...events, lost(dropped)];
    for (const listener of this.#listeners) listener(heard);
    for (const [key, inbox] of this.#watching.flow) {
      const all = this.#shownTo(key, inbox, events, dropped);
      if (all.length === 0) continue;
      try {
        this.#say(inbox, { op: 'flow', events: all });
      } catch {
        // An error in an event may hold what cannot travel: the event goes without it.
        const plain = all.map((event) =>
          'error' in event ? { ...event, error: String(event.error) } : event,
        );
        this.#say(inbox, { op: 'flow', events: plain });
      }
    }
  }

  /** All of them, or, to who does not read them, what must be; how many were missed is told when it reads again. */
  #shownTo(key: number, inbox: Address, events: readonly FlowEvent[], dropped: number): readonly FlowEvent[] {
    const missed = dropped + (this.#missed.get(key) ?? 0);
    if (!isBehind(this.i32, inbox)) {
      this.#missed.delete(key);
      return missed === 0 ? events : [...events, lost(missed)];
    }
    const shown = events.filter(isLasting);
    this.#missed.set(key, missed + events.length - shown.length);
    return shown;
  }

  publishLetter(letter: DeadLetter): void {
    this.publish([{ kind: 'dead-letter', time: letter.time, actor: letter.to, letter }]);
    for (const inbox of this.#watching['dead-letters'].values()) {
      if (this.#say(inbox, { op: 'dead-letter-out', letter })) continue;
      // The letter goes without its content.
      const bare = { ...letter, args: undefined, error: undefined };
      if (!this.#say(inbox, { op: 'dead-letter-out', letter: bare })) this.notShown();
    }
  }

  /** @returns false when there is no room for it */
  #say(inbox: Address, message: ToHost): boolean {
    const result = this.post.post(inbox, { kind: Kind.CONTROL, value: message });
    if (result !== 'closed') return result !== 'no-memory';
    const key = addressKey(inbox.box, inbox.generation);
    for (const what of ['flow', 'dead-letters'] as const) {
      if (this.#watching[what].has(key)) this.observe(what, false, inbox);
    }
    return true;
  }
}

const lost = (count: number): FlowEvent => ({
  kind: 'overflow',
  time: Date.now(),
  actor: '',
  what: 'events',
  count,
});
