/** Actors whose methods, answers and fields are as odd as the language allows. */
import { Actor, type ActorRef } from '../../../core/index.js';
import { passGate } from '../../support/gate.js';

const here = import.meta.url;

/** Changes what its messages mean while it runs. */
export class Shifting extends Actor {
  static module = here;
  step: () => string = () => 'first';
  later?: () => string;
  shift() {
    this.step = () => 'second';
    this.later = () => 'here now';
  }
}

/** Gives what is awaited, and is no Promise. */
export class Thenables extends Actor {
  static module = here;
  #notes: number[] = [];
  nested() {
    // biome-ignore lint/suspicious/noThenProperty: what a careless library gives
    const outer = { then: (resolve: (value: unknown) => void) => resolve(Promise.resolve('inner')) };
    return outer as unknown as Promise<string>;
  }
  twice() {
    const eager = {
      // biome-ignore lint/suspicious/noThenProperty: what a careless library gives
      then(resolve: (value: number) => void) {
        resolve(1);
        resolve(2);
      },
    };
    return eager as unknown as Promise<number>;
  }
  throwing() {
    const broken = {
      // biome-ignore lint/suspicious/noThenProperty: what a careless library gives
      then() {
        throw new RangeError('no then');
      },
    };
    return broken as unknown as Promise<number>;
  }
  note(n: number) {
    this.#notes.push(n);
  }
  notes() {
    return this.#notes;
  }
}

class Base extends Actor {
  static module = here;
  static concurrency = 1;
  inherited() {
    return 'inherited';
  }
  get accessor() {
    return () => 'never';
  }
}

export class Named extends Base {
  static override module = here;
  [Symbol.iterator]() {
    return [][Symbol.iterator]();
  }
  static onClass() {
    return 'never';
  }
  set write(_value: unknown) {}
  'a name with spaces'() {
    return 'spaces';
  }
  名() {
    return 'letters';
  }
  0() {
    return 'zero';
  }
  data = { call: () => 'never' };
  klass = class {};
}

/** Spawns a child that is not to outlive a start that failed. */
export class HalfStarted extends Actor<{ how: 'throws' | 'hangs' }> {
  static module = here;
  override async onStart() {
    await this.context.spawn(Leaf, { name: 'leaf' });
    if (this.props.how === 'throws') throw new RangeError('half way');
    await passGate(new SharedArrayBuffer(8));
  }
}

export class Leaf extends Actor {
  static module = here;
  ping() {
    return 'pong';
  }
}

/** Several messages to itself, in the order that it sends them. */
export class Monologue extends Actor {
  static module = here;
  #said: string[] = [];
  begin(count: number) {
    for (let i = 0; i < count; i++) this.self.tell.say(`tell ${i}`);
    void (this.self as ActorRef<Monologue>).send.say('send');
    this.#said.push('begun');
  }
  say(what: string) {
    this.#said.push(what);
  }
  said() {
    return this.#said;
  }
}

export class BadConcurrency extends Actor {
  static module = here;
  static concurrency = 1.5;
}
