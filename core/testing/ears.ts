/** What a probe has heard. */
import { ProbeExpectationError } from '../errors.js';
import type { ActorContext } from '../messaging/context-types.js';
import type { AnyActorRef } from '../messaging/ref-types.js';
import type { ExitReason } from '../messaging/reports.js';
import type { Driver } from './driver.js';
import { describeHeard } from './expected.js';
import type { Heard, Listener } from './probe-actor.js';

/** What it has heard, and how far the test has come. */
export class Ears implements Listener {
  context: ActorContext | undefined;
  readonly messages: Message[] = [];
  readonly ended: { ref: AnyActorRef; reason: ExitReason }[] = [];
  /** How many of them the test has taken. */
  taken = 0;
  last: Message | undefined;
  driver: Driver | undefined;

  constructor(readonly answers: Readonly<Record<string, ((...args: unknown[]) => unknown) | undefined>>) {}

  hears(heard: Heard): void {
    const message = new Message(heard);
    this.messages.push(message);
    const answer = heard.answer && this.answers[heard.method];
    if (answer !== undefined) message.answerBy(answer);
    this.driver?.changed();
  }

  terminated(ref: AnyActorRef, reason: ExitReason): void {
    this.ended.push({ ref, reason });
    this.driver?.changed();
  }
}

/** A message that was heard, and may have to be answered. */
export class Message {
  readonly via: Heard['via'];
  readonly method: string;
  readonly args: readonly unknown[];
  readonly sender: AnyActorRef | undefined;
  readonly #answer: Heard['answer'];

  constructor({ via, method, args, sender, answer }: Heard) {
    this.via = via;
    this.method = method;
    this.args = args;
    this.sender = sender;
    this.#answer = answer;
  }

  reply(value?: unknown): void {
    this.#take('reply').resolve(value);
  }

  fail(error: unknown): void {
    this.#take('fail').reject(error);
  }

  answerBy(answer: (...args: unknown[]) => unknown): void {
    const { resolve, reject } = this.#take('answers');
    try {
      resolve(answer(...this.args));
    } catch (error) {
      reject(error);
    }
  }

  #take(call: string): NonNullable<Heard['answer']> {
    const answer = this.#answer;
    if (answer === undefined) {
      const why =
        'it was told, so nobody waits for an answer. Send one: probe.send(() => message.sender.tell…)';
      throw new ProbeExpectationError(
        `${call}: ${describeHeard(this)} cannot be answered: ${why}`,
        'ask',
        'tell',
      );
    }
    if (answer.given) {
      throw new ProbeExpectationError(
        `${call}: ${describeHeard(this)} has been answered`,
        'no answer',
        'one',
      );
    }
    answer.given = true;
    return answer;
  }
}
