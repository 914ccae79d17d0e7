/** Which members are messages, which props are asked for. Compiled by spec/types.spec.ts, never run. */
import { Actor, type ActorRef, type SystemRef } from 'troupe';

declare const system: SystemRef;
const { spawn } = system;

// Generics, overloads, optional and rest parameters; and what is no message.
class Everything extends Actor {
  id<T>(x: T): T {
    return x;
  }
  async later<T>(x: T): Promise<T> {
    return x;
  }
  over(a: string): string;
  over(a: number): number;
  over(a: any): any {
    return a;
  }
  rest(a: string, ...r: number[]) {
    return r.length + a.length;
  }
  opt(a: string, b?: number) {
    return b ?? a;
  }
  arrow = (n: number) => n;
  data = 5;
  get field() {
    return 1;
  }
  set field(_v: number) {}
  [Symbol.iterator]() {
    return 1;
  }
  ref(): ActorRef<Everything> {
    throw new Error('no');
  }
  me(): this {
    return this;
  }
  then(r: (n: number) => void) {
    r(1);
  }
  static s() {}
  protected prot() {}
  private priv() {}
  #hard() {}
  use() {
    this.priv();
    this.#hard();
  }
}
declare const all: ActorRef<Everything>;
// @ts-expect-error known limit: a generic method loses its type parameter unless it returns a promise
const v1: number = await all.ask.id(5);
const v2: number = await all.ask.later(5);
// @ts-expect-error known limit: of overloads the last one counts
const v3: string = await all.ask.over('a');
const v4: number = await all.ask.over(5);
all.tell.rest('a', 1, 2, 3);
all.tell.opt('a');
all.tell.opt('a', 2);
all.ask.arrow(1);
const ref: ActorRef<Everything> = await all.ask.ref();
const me = await all.ask.me();
// @ts-expect-error data is no message
all.tell.data;
// @ts-expect-error nor is an accessor
all.tell.field;
// @ts-expect-error nor a static
all.tell.s;
// @ts-expect-error nor what is protected
all.tell.prot;
// @ts-expect-error or private
all.tell.priv;
// @ts-expect-error nor a symbol
all.ask[Symbol.iterator]();
// @ts-expect-error a ref is not thenable
all.ask.then;

// Props may be left out where they may be.
class Optional extends Actor<{ start?: number }> {
  hi() {}
}
await spawn(Optional);
await spawn(Optional, { name: 'o' });
class Undefinable extends Actor<{ a: number } | undefined> {
  hi() {}
}
await spawn(Undefinable);
class OfAnything extends Actor<any> {
  hi() {}
}
await spawn(OfAnything);
await spawn(OfAnything, { props: 3 });
class Without extends Actor {
  hi() {}
}
await spawn(Without);
// @ts-expect-error it takes none
await spawn(Without, { props: { a: 1 } });

// Generic and abstract actors.
class Cache<K, V> extends Actor<{ max: number }> {
  get(_k: K): V | undefined {
    return undefined;
  }
  set(_k: K, _v: V) {}
}
const cache = await spawn(Cache<string, number>, { props: { max: 3 } });
const cached: number | undefined = await cache.ask.get('a');
cache.tell.set('a', 2);
abstract class Base<T> extends Actor<{ url: string }> {
  abstract handle(x: T): void;
}
class Impl extends Base<string> {
  handle(_x: string) {}
}
const impl = await spawn(Impl, { props: { url: 'x' } });
impl.tell.handle('x');
// @ts-expect-error nobody can build it
await spawn(Base<string>, { props: { url: 'x' } });

// Refs of each other in props stay inferable.
class A1 extends Actor<{ b: ActorRef<B1> }> {
  ping() {
    this.props.b.tell.pong();
  }
}
class B1 extends Actor<{ a: ActorRef<A1> }> {
  pong() {
    this.props.a.tell.ping();
  }
}
class Linked extends Actor<{ parent?: ActorRef<Linked> }> {
  ping() {
    this.props.parent?.tell.ping();
  }
}

// Constructor parameters are injected, and no business of spawn's.
class Db {
  query() {}
}
class Injected extends Actor<{ a: 1 }> {
  #other = this.inject(Db);
  constructor(private db: Db) {
    super();
  }
  hi() {
    this.db.query();
    this.#other.query();
  }
}
await spawn(Injected, { props: { a: 1 } });
// @ts-expect-error wrong props
await spawn(Injected, { props: { a: 2 } });
// @ts-expect-error no props
await spawn(Injected);

// Helpers over refs: by what they need, not by a type parameter.
function addAll<A extends { add(n: number): void }>(target: ActorRef<A>) {
  // @ts-expect-error known limit: the messages of a type parameter are not known inside
  target.tell.add(1);
}
function addOne(target: ActorRef<{ add(n: number): void }>) {
  target.tell.add(1);
}
class Adder extends Actor {
  add(_n: number) {}
}
declare const adder: ActorRef<Adder>;
addOne(adder);
addAll(adder);

export { A1, B1, cached, Linked, me, ref, v1, v2, v3, v4 };
