/**
 * Message flow as Observables. Events of all threads meet at the creating thread, which passes them on to every
 * thread that watches. RxJS is loaded when somebody subscribes to something.
 */
import type { Observable, Subscriber } from 'rxjs';
import type { Identity } from '../messaging/ref-world.js';
import type { DeadLetter, FlowEvent } from '../messaging/reports.js';
import { guarded, rxjsFor } from '../messaging/rxjs.js';
import type { Host } from '../runtime/host.js';

type Watcher<T> = Pick<Subscriber<T>, 'next' | 'complete'>;

interface Watchers {
  readonly flow: Set<Watcher<FlowEvent>>;
  readonly letters: Set<Watcher<DeadLetter>>;
  /** Who takes readings every so often. */
  readonly readers: Set<Pick<Watcher<unknown>, 'complete'>>;
  hasEnded: boolean;
}

const watchers = new WeakMap<Host, Watchers>();

function watchersOf(host: Host): Watchers {
  let found = watchers.get(host);
  if (found === undefined) {
    found = { flow: new Set(), letters: new Set(), readers: new Set(), hasEnded: false };
    watchers.set(host, found);
  }
  return found;
}

export function deliver(host: Host, events: readonly FlowEvent[]): void {
  for (const subscriber of [...watchersOf(host).flow]) for (const event of events) subscriber.next(event);
}

export function deliverLetter(host: Host, letter: DeadLetter): void {
  for (const subscriber of [...watchersOf(host).letters]) subscriber.next(letter);
}

/** The system has ended: so does what was watched, and whatever is watched from now on. */
export function completeAll(host: Host): void {
  const all = watchersOf(host);
  all.hasEnded = true;
  for (const subscriber of [...all.flow, ...all.letters, ...all.readers]) subscriber.complete();
}

/** An Observable whose first subscriber turns the watching on, and whose last one turns it off. */
function watched<T>(host: Host, what: 'flow' | 'dead-letters', subscribers: Set<Watcher<T>>): Observable<T> {
  const { Observable } = rxjsFor(host);
  const say = (on: boolean) => {
    const message = { op: 'observe', what, on, inbox: host.inbox } as const;
    if (host.options.onSystem !== undefined) {
      // On the creating thread at once: what is told in the same turn is seen.
      host.options.onSystem(message, 0, host.inbox);
      return;
    }
    host.tellSystem(message);
    host.post.flush();
  };
  return new Observable<T>((subscriber) => {
    if (watchersOf(host).hasEnded) {
      subscriber.complete();
      return;
    }
    if (subscribers.size === 0) say(true);
    // What it does is its subscriber's doing, also on a thread of several actors.
    const watcher: Watcher<T> = {
      next: host.bound(guarded(host, (value) => subscriber.next(value))),
      complete: host.bound(guarded(host, () => subscriber.complete())),
    };
    subscribers.add(watcher);
    const forget = host.subscribed(() => subscriber.unsubscribe());
    return () => {
      forget();
      subscribers.delete(watcher);
      if (subscribers.size === 0) say(false);
    };
  });
}

export function flowIn(host: Host, actor: Identity | undefined): Observable<FlowEvent> {
  const all = watched(host, 'flow', watchersOf(host).flow);
  if (actor === undefined) return all;
  const { filter } = rxjsFor(host);
  return all.pipe(filter((event) => event.actor === actor.path));
}

export function deadLettersIn(host: Host): Observable<DeadLetter> {
  return watched(host, 'dead-letters', watchersOf(host).letters);
}

/** `metrics$`: a reading at once and then every so many milliseconds, until nobody is subscribed or the system ends. */
export function polled<T>(host: Host, everyMs: number, read: () => T): Observable<T> {
  const { Observable } = rxjsFor(host);
  return new Observable<T>((subscriber) => {
    const { readers, hasEnded } = watchersOf(host);
    subscriber.next(read());
    if (hasEnded) {
      subscriber.complete();
      return;
    }
    const next = guarded(host, () => subscriber.next(read()));
    const timer = setInterval(next, everyMs);
    timer.unref();
    const reader = { complete: guarded(host, () => subscriber.complete()) };
    readers.add(reader);
    return () => {
      clearInterval(timer);
      readers.delete(reader);
    };
  });
}
