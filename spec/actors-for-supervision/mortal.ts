/** Actors that die while they run, in every way there is; with ballast, which must not stay behind. */
import { execFileSync } from 'node:child_process';
import { Actor } from '../../core/index.js';
import { enter } from './ledger.js';

export interface MortalProps {
  readonly ledger: SharedArrayBuffer;
  readonly ballast?: string;
}

/** Its number in the ledger, when it has come up or is about to die. */
export const BORN = 1;
export const DYING = 2;

function never(): never {
  throw new Error('not to be read');
}

/** What cannot be copied, and throws when somebody looks at it. */
const STRANGE = {
  function: () => () => 1,
  symbol: () => Symbol('thrown'),
  'object with a function': () => ({ call: () => 1 }),
  'proxy that throws': () => new Proxy({}, { get: never, ownKeys: never, getPrototypeOf: never }),
  'revoked proxy': () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  'object that cannot be inspected': () => ({
    call: () => 1,
    [Symbol.for('nodejs.util.inspect.custom')]: never,
  }),
  'object whose then throws': () => Object.defineProperty({}, 'then', { enumerable: true, get: never }),
  'error whose message throws': () => Object.defineProperty(new Error(), 'message', { get: never }),
  'error whose class has no name to read': () =>
    new (Object.defineProperty(class extends Error {}, 'name', { get: never }))(),
};
export type Strange = keyof typeof STRANGE;
export const strangeThings = Object.keys(STRANGE) as Strange[];

export class Strangest extends Actor<{ stop?: Strange; start?: Strange }> {
  static module = import.meta.url;
  override onStart() {
    if (this.props.start !== undefined) throw STRANGE[this.props.start]();
  }
  override onStop() {
    if (this.props.stop !== undefined) throw STRANGE[this.props.stop]();
  }
  throwIt(what: Strange) {
    throw STRANGE[what]();
  }
  async rejectIt(what: Strange) {
    await null;
    throw STRANGE[what]();
  }
  hello() {
    return 'hello';
  }
}

export class Mortal extends Actor<MortalProps> {
  static module = import.meta.url;
  override onStart() {
    enter(this.props.ledger, BORN);
  }
  hello() {
    return 'hello';
  }
  /** Ballast in the mailbox. */
  weigh(_ballast: string) {}
  throwError() {
    throw new Error('thrown');
  }
  async reject() {
    await null;
    throw new Error('rejected');
  }
  /** What it throws is no Error, and cannot be copied either. */
  throwSymbol() {
    throw Symbol('thrown');
  }
  throwFunction() {
    throw () => 'thrown';
  }
  throwUndefined() {
    throw undefined;
  }
  rejectUnheard() {
    void Promise.reject(new Error('unheard'));
  }
  throwFromTimer() {
    setTimeout(() => {
      throw new Error('from a timer');
    });
  }
  throwSymbolFromTimer() {
    setTimeout(() => {
      throw Symbol('from a timer');
    });
  }
  throwFunctionFromTimer() {
    setTimeout(() => {
      throw () => 'from a timer';
    });
  }
  exit() {
    process.exit(3);
  }
  exitLater() {
    setTimeout(() => process.exit(3));
  }
  exitWell() {
    process.exit(0);
  }
  eatMemory() {
    const eaten: number[][] = [];
    for (;;) eaten.push(Array.from({ length: 1000 }, () => eaten.length));
  }
  /** Keeps its thread for so long. */
  spin(ms: number) {
    for (const end = performance.now() + ms; performance.now() < end; );
  }
  loop() {
    for (;;);
  }
  /** Behind an await, where no handler is running. */
  async loopLater() {
    await null;
    for (;;);
  }
  async holdForEver() {
    await new Promise(() => undefined);
  }
  loopFromTimer() {
    setTimeout(() => {
      for (;;);
    });
  }
  /** Inside a native call while there is such a file. */
  block(file: string) {
    enter(this.props.ledger, DYING);
    execFileSync('sh', ['-c', 'while [ -e "$0" ]; do sleep 0.02; done', file]);
  }
}

/** Inside a native call from its start on, while there is such a file. */
export class StuckAtStart extends Actor<MortalProps & { readonly file: string }> {
  static module = import.meta.url;
  override onStart() {
    enter(this.props.ledger, DYING);
    execFileSync('sh', ['-c', 'while [ -e "$0" ]; do sleep 0.02; done', this.props.file]);
  }
}
