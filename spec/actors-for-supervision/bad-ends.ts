/** Actors whose last words, or whose hearing of others', go wrong. */
import { Actor, type AnyActorRef } from '../../core/index.js';

export type How =
  | 'throws'
  | 'rejects'
  | 'exits'
  | 'exits well'
  | 'loops'
  | 'never ends'
  | 'leaves a rejection';

async function goWrong(how: How | undefined): Promise<void> {
  if (how === 'loops') for (;;) {}
  if (how === 'exits') process.exit(3);
  if (how === 'exits well') process.exit(0);
  if (how === 'leaves a rejection') void Promise.reject(new Error('left behind'));
  await null;
  if (how === 'rejects') throw new Error('no good end');
  if (how === 'never ends' || how === 'leaves a rejection') await new Promise(() => undefined);
}

export interface EndProps {
  readonly onStop?: How;
  readonly onTerminated?: How;
  readonly ballast?: string;
}

export class BadEnd extends Actor<EndProps> {
  static module = import.meta.url;
  override onStop() {
    if (this.props.onStop === 'throws') throw new Error('no good end');
    return goWrong(this.props.onStop);
  }
  override onTerminated() {
    if (this.props.onTerminated === 'throws') throw new Error('no good end');
    return goWrong(this.props.onTerminated);
  }
  watch(other: AnyActorRef) {
    this.context.watch(other);
  }
  fail() {
    throw new Error('as asked for');
  }
  hello() {
    return 'hello';
  }
}
