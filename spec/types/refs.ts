/** Refs: to oneself, among relatives, and to anyone at all. Compiled by spec/types.spec.ts, never run. */

import { type Observable, of } from 'rxjs';
import { Actor, type ActorRef, type AnyActorRef, type SystemRef } from 'troupe';

declare const system: SystemRef;

// An actor's ref to itself is typed inside its own class.
class Counter extends Actor<{ start: number }> {
  #total = this.props.start;
  add(n: number) {
    this.#total += n;
  }
  total() {
    return this.#total;
  }
  later() {
    this.self.tell.add(1);
  }
  async soon() {
    const n: number = await this.self.ask.total();
    return n;
  }
}

// A ref of a subclass fits its parent's, and an interface; never the other way round.
class Animal extends Actor {
  feed(_food: string) {}
  sound() {
    return 'x';
  }
}
class Dog extends Animal {
  fetchIt() {
    return 1;
  }
  override sound() {
    return 'woof';
  }
}
interface Noisy {
  sound(): string;
}
declare const dog: ActorRef<Dog>;
const animal: ActorRef<Animal> = dog;
const noisy: ActorRef<Noisy> = dog;
// @ts-expect-error not every animal is a dog
const notEvery: ActorRef<Dog> = animal;

// Refs of anyone.
declare const counter: ActorRef<Counter>;
const anything: ActorRef<any> = counter;
const unknownOne: ActorRef<unknown> = counter;
const someActor: ActorRef<Actor<any>> = counter;
const someObject: ActorRef<object> = counter;
const anyRef: AnyActorRef = counter;
anything.tell.anything(1);

// Results that are any, unknown or never stay so.
class Parser extends Actor {
  parse(text: string) {
    return JSON.parse(text);
  }
  raw(_text: string): unknown {
    return 0;
  }
  fail(): never {
    throw new Error('no');
  }
}
declare const parser: ActorRef<Parser>;
parser.ask.parse('x');
const raw: Promise<unknown> = parser.ask.raw('x');
const never: Promise<never> = parser.ask.fail();

// Streams, and what only looks like one.
class Streams extends Actor {
  async later(): Promise<Observable<number>> {
    return of(1);
  }
  perhaps(): Observable<number> | null {
    return null;
  }
  async *pulled() {
    yield 1;
  }
  list(): Iterable<number> {
    return [];
  }
  web(): ReadableStream<string> {
    throw new Error('no');
  }
}
interface ReadableStream<T> extends AsyncIterable<T> {
  cancel(): void;
}
declare const streams: ActorRef<Streams>;
streams.stream.later().subscribe((n: number) => n);
streams.stream.perhaps();
streams.stream.web();
streams.ask.list();
for await (const item of streams.stream.pulled()) {
  const n: number = item;
}
// @ts-expect-error a stream is not asked: its type says so
streams.ask.pulled();
// @ts-expect-error a value is not streamed
streams.stream.list();

// A parent gives itself to its child, and is type-checked meanwhile.
class Parent extends Actor {
  hello() {
    return 'hi';
  }
  nums(): Observable<number> {
    return of(1);
  }
  async go() {
    const me: ActorRef<Parent> = this.self;
    me.tell.hello();
    await this.context.spawn(Kid, { props: { parent: this.self } });
    this.self.stream.nums().subscribe((n: number) => n);
    // @ts-expect-error no arguments
    this.self.tell.hello(5);
    // @ts-expect-error no such method
    this.self.tell.nope();
    // @ts-expect-error a hook is no message
    this.self.tell.onStart();
  }
}
class Kid extends Actor<{ parent: ActorRef<Parent> }> {}

abstract class Base<P = void> extends Actor<P> {
  base() {
    return 1;
  }
  later() {
    this.self.tell.base();
  }
}
class Impl extends Base<{ a: 1 }> {
  x() {
    this.self.tell.base();
    this.self.tell.x();
  }
}
const impl: ActorRef<Impl> = await system.spawn(Impl, { props: { a: 1 } });

// tell answers at once, send and ask later.
const told: boolean = counter.tell.add(1);
const sent: Promise<void> = counter.send.add(1);
const asked: Promise<number> = counter.ask.total();
const patient: ActorRef<Counter> = counter.with({ timeoutMs: Number.POSITIVE_INFINITY, urgent: true });
// @ts-expect-error no such option
counter.with({ timeout: 5 });

export {
  anyRef,
  asked,
  impl,
  never,
  noisy,
  notEvery,
  patient,
  raw,
  sent,
  someActor,
  someObject,
  told,
  unknownOne,
};
