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
  loop() {
    for (;;);
  }
  /** Behind an await, where no handler is running. */
  async loopLater() {
    await null;
    for (;;);
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
