/** Actors that inject, decorated ones, and ones that do not start. */
import 'reflect-metadata';
import { inject } from 'tsyringe';
import { Actor, ActorSystem, actor, isActorThread } from '../../core/index.js';
import { knock, passGate } from '../support/gate.js';
import { Clock } from './providers.js';

@actor(import.meta.url)
export class Asks extends Actor {
  clock = this.inject(Clock);
  #name = this.inject<string>('name');
  name() {
    return this.#name;
  }
  clockId() {
    return this.clock.id;
  }
}

@actor(import.meta.url)
export class Constructed extends Actor<{ of: string }> {
  constructor(
    @inject(Clock) private readonly clock: Clock,
    @inject('name') private readonly label: string,
  ) {
    super();
  }
  both() {
    return [this.clock.id, this.label, this.props.of];
  }
}

export class Inside extends Actor {
  static module = import.meta.url;
  async systems() {
    let ran = false;
    const run = await ActorSystem.run(() => {
      ran = true;
      return 1;
    });
    const start = await ActorSystem.start().catch((error: Error) => error.name);
    return { ran, run, start, isActorThread };
  }
}

export class Props extends Actor<{ list: number[]; at: Map<string, Date>; bytes?: SharedArrayBuffer }> {
  static module = import.meta.url;
  #first = this.props.list[0];
  change() {
    this.props.list.push(99);
    return this.props.list;
  }
  first() {
    return this.#first;
  }
  at() {
    return this.props.at;
  }
  write(value: number) {
    if (this.props.bytes !== undefined) new Int32Array(this.props.bytes)[0] = value;
  }
  fail() {
    throw new Error('start anew');
  }
}

export class StartsNever extends Actor<{
  how: 'throws' | 'rejects' | 'hangs' | 'field' | 'exits';
  gate?: SharedArrayBuffer;
}> {
  static module = import.meta.url;
  #field = this.props.how === 'field' ? JSON.parse('{') : 1;
  override async onStart() {
    const { how, gate } = this.props;
    if (how === 'exits') process.exit(7);
    if (how === 'throws') throw new RangeError('not today');
    if (how === 'rejects') await Promise.reject(new RangeError('not today'));
    if (how === 'hangs' && gate !== undefined) {
      knock(gate);
      await passGate(new SharedArrayBuffer(8));
    }
  }
  field() {
    return this.#field;
  }
}

export class Hooked extends Actor<{ gate: SharedArrayBuffer; stopped: SharedArrayBuffer }> {
  static module = import.meta.url;
  #started = false;
  override async onStart() {
    await passGate(this.props.gate);
    this.#started = true;
  }
  started() {
    return this.#started;
  }
  override async onStop() {
    await null;
    knock(this.props.stopped);
  }
}

export default class extends Actor {
  static module = import.meta.url;
  hello() {
    return 'from nobody';
  }
}
