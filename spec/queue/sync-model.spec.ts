/** Any sequence of calls on a lock or signal by tasks of one thread, against a plain model of it. */
import { expect } from 'chai';
import fc from 'fast-check';
import {
  Barrier,
  Condition,
  type Guard,
  Mutex,
  ReadWriteLock,
  Semaphore,
  SharedEvent,
} from '../../core/queue/sync/index.js';
import { Call, type Game, holds } from './support/play.js';

const ABORTED = { code: 'ABORTED' };
const DONE = { value: true };
const BROKEN = { code: 'ERR_TROUPE_BROKEN_BARRIER' };

interface Waiting {
  readonly call: Call;
  readonly controller: AbortController;
}

/** What the games have in common. Each command is a word and a number. */
abstract class SyncGame<Target extends { dispose(): void }> implements Game<readonly [string, number]> {
  readonly calls: Call[] = [];

  constructor(readonly target: Target) {}

  abstract play(command: readonly [string, number]): void;
  abstract compare(): void;

  protected call(name: string, run: (signal: AbortSignal) => Promise<unknown>): Waiting {
    const controller = new AbortController();
    const call = new Call(name, () => run(controller.signal).then((value) => value ?? true));
    this.calls.push(call);
    return { call, controller };
  }

  protected abort(list: Waiting[], which: number): void {
    if (list.length === 0) return;
    const [{ call, controller }] = list.splice(which % list.length, 1);
    call.expected = ABORTED;
    controller.abort(Object.assign(new Error('enough'), ABORTED));
  }

  end(): void {
    this.target.dispose();
  }
}

/** A mutex, a semaphore: so many at a time, those who wait in their order. */
class Permits extends SyncGame<Mutex | Semaphore> {
  #free: number;
  #holders = 0;
  #guards: Guard[] = [];
  #waiting: Waiting[] = [];

  constructor(
    target: Mutex | Semaphore,
    readonly permits: number,
  ) {
    super(target);
    this.#free = permits;
  }

  play([command, which]: readonly [string, number]): void {
    const { target } = this;
    if (command === 'acquire') {
      this.#waiting.push(
        this.call(command, async (signal) => {
          this.#guards.push(await target.acquire({ signal }));
        }),
      );
    } else if (command === 'try') {
      const guard = target.tryAcquire();
      expect(guard !== undefined).to.equal(this.#free > 0);
      if (guard === undefined) return;
      this.#guards.push(guard);
      this.#free--;
      this.#holders++;
    } else if (command === 'release' && this.#holders > 0) {
      const [guard] = this.#guards.splice(which % this.#guards.length, 1);
      guard.release();
      guard.release();
      this.#free++;
      this.#holders--;
    } else if (command === 'release') {
      expect(() => target.release())
        .to.throw()
        .with.property('code', 'ERR_TROUPE_NOT_OWNER');
    } else if (command === 'add' && target instanceof Semaphore) {
      target.add(1 + (which % 3));
      this.#free += 1 + (which % 3);
    } else if (command === 'abort') this.abort(this.#waiting, which);
    while (this.#free > 0 && this.#waiting.length > 0) {
      const [{ call }] = this.#waiting.splice(0, 1);
      call.expected = DONE;
      this.#free--;
      this.#holders++;
    }
  }

  compare(): void {
    const { target } = this;
    if (target instanceof Mutex) expect(target.isLocked).to.equal(this.#free === 0);
    else expect(target.available).to.equal(this.#free);
    expect(this.#guards.length).to.equal(this.#holders);
  }
}

class ReadWrite extends SyncGame<ReadWriteLock> {
  #readers: Guard[] = [];
  #writer: Guard | undefined;
  /** By the model: how many read, and whether one writes. */
  #reading = 0;
  #isWriting = false;
  #toRead: Waiting[] = [];
  #toWrite: Waiting[] = [];

  constructor() {
    super(ReadWriteLock.create());
  }

  play([command, which]: readonly [string, number]): void {
    const { target } = this;
    const isFree = !this.#isWriting && this.#toWrite.length === 0;
    if (command === 'read') {
      this.#toRead.push(
        this.call(command, async (signal) => {
          this.#readers.push(await target.read({ signal }));
        }),
      );
    } else if (command === 'write') {
      this.#toWrite.push(
        this.call(command, async (signal) => {
          this.#writer = await target.write({ signal });
        }),
      );
    } else if (command === 'tryRead') {
      const guard = target.tryRead();
      expect(guard !== undefined).to.equal(isFree);
      if (guard !== undefined) this.#reading = this.#readers.push(guard);
    } else if (command === 'tryWrite') {
      const guard = target.tryWrite();
      expect(guard !== undefined).to.equal(isFree && this.#reading === 0);
      if (guard === undefined) return;
      this.#writer = guard;
      this.#isWriting = true;
    } else if (command === 'endRead' && this.#reading > 0) {
      this.#readers.splice(which % this.#readers.length, 1)[0].release();
      this.#reading--;
    } else if (command === 'endWrite' && this.#isWriting) {
      this.#writer?.release();
      this.#isWriting = false;
    } else if (command === 'endWrite') {
      expect(() => target.releaseWrite())
        .to.throw()
        .with.property('code', 'ERR_TROUPE_NOT_OWNER');
    } else if (command === 'abort') this.abort(which % 2 === 0 ? this.#toRead : this.#toWrite, which >> 1);
    this.#goOn();
  }

  #goOn(): void {
    if (!this.#isWriting && this.#reading === 0 && this.#toWrite.length > 0) {
      this.#toWrite.splice(0, 1)[0].call.expected = DONE;
      this.#isWriting = true;
    }
    if (this.#isWriting || this.#toWrite.length > 0) return;
    for (const { call } of this.#toRead.splice(0)) {
      call.expected = DONE;
      this.#reading++;
    }
  }

  compare(): void {
    expect([this.target.readers, this.target.isWriting]).to.deep.equal([this.#reading, this.#isWriting]);
    expect(this.#readers.length).to.equal(this.#reading);
  }
}

class Events extends SyncGame<SharedEvent> {
  #isSet = false;
  #waiting: Waiting[] = [];

  constructor() {
    super(SharedEvent.create());
  }

  play([command, which]: readonly [string, number]): void {
    const { target } = this;
    if (command === 'wait') this.#waiting.push(this.call(command, (signal) => target.wait({ signal })));
    if (command === 'set' || command === 'pulse') target.set();
    if (command === 'set' || command === 'pulse' || this.#isSet) {
      for (const { call } of this.#waiting.splice(0)) call.expected = DONE;
    }
    if (command === 'clear' || command === 'pulse') target.clear();
    if (command === 'abort') this.abort(this.#waiting, which);
    if (command === 'set') this.#isSet = true;
    if (command === 'clear' || command === 'pulse') this.#isSet = false;
  }

  compare(): void {
    expect(this.target.isSet).to.equal(this.#isSet);
  }
}

class Meetings extends SyncGame<Barrier> {
  #isBroken = false;
  #waiting: Waiting[] = [];

  constructor() {
    super(Barrier.create(3));
  }

  play([command, which]: readonly [string, number]): void {
    const { target } = this;
    if (command === 'wait') {
      const waiting = this.call(command, (signal) => target.wait({ signal }));
      if (this.#isBroken) waiting.call.expected = BROKEN;
      else if (this.#waiting.push(waiting) === target.parties) {
        for (const { call } of this.#waiting.splice(0)) call.expected = { value: call === waiting.call };
      }
    } else if (command === 'abort' && this.#waiting.length > 0) {
      this.abort(this.#waiting, which);
      this.#break();
    } else if (command === 'break') {
      target.abort();
      this.#break();
    } else if (command === 'reset') {
      target.reset();
      this.#break();
      this.#isBroken = false;
    }
  }

  #break(): void {
    this.#isBroken = true;
    for (const { call } of this.#waiting.splice(0)) call.expected = BROKEN;
  }

  compare(): void {
    expect(this.target.isBroken).to.equal(this.#isBroken);
    if (!this.#isBroken) expect(this.target.waiting).to.equal(this.#waiting.length);
  }
}

/**
 * Tasks that wait for a token each, and others that make them: with the mutex, as a condition is used. Who gets one
 * is open, for a stray notification changes their order; that as many go on as there are tokens is not.
 */
class Tokens extends SyncGame<Condition> {
  #tokens = 0;
  #taken = 0;
  /** By the model. */
  #made = 0;
  #toTake = 0;
  #takers: Waiting[] = [];

  constructor() {
    super(Condition.create(Mutex.create()));
  }

  play([command, which]: readonly [string, number]): void {
    if (command === 'take') {
      const taker = this.call(command, async (signal) => {
        using _guard = await this.target.mutex.acquire();
        await this.target.waitFor(() => this.#tokens > 0, { signal });
        this.#tokens--;
        this.#taken++;
      });
      // How it ends is not for this call alone to say.
      this.calls.pop();
      this.#takers.push(taker);
    } else if (command === 'make' || command === 'makeMany') {
      const count = command === 'make' ? 1 : 1 + (which % 4);
      this.#now(() => {
        this.#tokens += count;
        if (which % 2 === 0) this.target.notifyAll();
        else this.target.notify(count);
      });
      this.#made += count;
    } else if (command === 'stray') {
      this.#now(() => this.target.notify(which));
    } else if (command === 'abort') {
      this.#takers = this.#takers.filter(({ call }) => call.outcome === undefined);
      if (this.#takers.length === 0) return;
      this.calls.push(this.#takers[which % this.#takers.length].call);
      this.abort(this.#takers, which);
    }
    const waiting = this.#takers.filter(({ call }) => call.outcome === undefined).length;
    this.#toTake = Math.min(this.#made, this.#taken + waiting);
    const all = this.call(`${this.#toTake} taken`, async () => {
      while (this.#taken < this.#toTake && !this.target.isDisposed) await new Promise(setImmediate);
    });
    all.call.expected = DONE;
  }

  #now(act: () => void): void {
    this.call('notify', async () => {
      using _guard = await this.target.mutex.acquire();
      act();
    }).call.expected = DONE;
  }

  compare(): void {
    expect([this.#taken, this.#tokens]).to.deep.equal([this.#toTake, this.#made - this.#toTake]);
    expect(this.target.mutex.isLocked).to.equal(false);
  }

  override end(): void {
    this.calls.push(...this.#takers.map(({ call }) => call));
    super.end();
    this.target.mutex.dispose();
  }
}

const command = (...words: string[]) => fc.tuple(fc.constantFrom(...words), fc.nat(20));

describe('any sequence of calls by tasks of one thread', () => {
  const games: [string, () => Game<readonly [string, number]>, string[]][] = [
    [
      'Mutex',
      () => new Permits(Mutex.create(), 1),
      ['acquire', 'acquire', 'try', 'release', 'release', 'abort'],
    ],
    [
      'Semaphore',
      () => new Permits(Semaphore.create(2), 2),
      ['acquire', 'acquire', 'acquire', 'try', 'release', 'release', 'add', 'abort'],
    ],
    [
      'ReadWriteLock',
      () => new ReadWrite(),
      ['read', 'read', 'write', 'tryRead', 'tryWrite', 'endRead', 'endRead', 'endWrite', 'endWrite', 'abort'],
    ],
    ['SharedEvent', () => new Events(), ['wait', 'wait', 'set', 'clear', 'pulse', 'abort']],
    ['Barrier', () => new Meetings(), ['wait', 'wait', 'wait', 'wait', 'abort', 'break', 'reset', 'reset']],
    ['Condition', () => new Tokens(), ['take', 'take', 'make', 'makeMany', 'stray', 'abort']],
  ];
  for (const [name, newGame, words] of games) {
    it(`on a ${name} gives what the model gives`, function () {
      this.timeout(60_000);
      return holds(newGame, command(...words));
    });
  }
});
