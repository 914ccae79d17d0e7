/** Any sequence of calls on a queue of one thread, against a queue that is a sorted array. */
import { expect } from 'chai';
import fc from 'fast-check';
import {
  type AnySharedQueue,
  SENTINEL,
  SharedPriorityQueue,
  SharedQueue,
  SharedStack,
} from '../../core/queue/index.js';
import { Call, type Game, holds, type Outcome, outcomeOf } from './support/play.js';

interface Item {
  readonly id: number;
  readonly priority: number;
}
type Kind = 'SharedQueue' | 'SharedPriorityQueue' | 'SharedStack';
type Queue = AnySharedQueue<Item | typeof SENTINEL, Kind, { readonly priority?: number }>;

const SHUT_DOWN = { code: 'ERR_TROUPE_QUEUE_SHUT_DOWN' };
const ABORTED = { code: 'ABORTED' };

type Command =
  | { readonly do: 'put' | 'tryPut'; readonly priority: number }
  | { readonly do: 'get' | 'tryGet' | 'taskDone' | 'join' | 'sentinel' | 'shutdown' | 'shutdownNow' }
  | { readonly do: 'abort'; readonly which: number };

const priority = fc.integer({ min: -2, max: 2 });
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('put' as const, 'tryPut' as const), priority }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('get' as const, 'tryGet' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('taskDone' as const, 'join' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('abort' as const), which: fc.nat(20) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('sentinel' as const, 'shutdown' as const, 'shutdownNow' as const),
    }),
  },
);

interface Waiting {
  readonly call: Call;
  readonly controller: AbortController;
  readonly item?: Item;
}

class QueueGame implements Game<Command> {
  readonly calls: Call[] = [];
  #items: Item[] = [];
  #unfinished = 0;
  #ids = 0;
  #hasSentinel = false;
  #isShutDown = false;
  #getters: Waiting[] = [];
  #putters: Waiting[] = [];
  #joiners: Waiting[] = [];

  constructor(
    readonly queue: Queue,
    readonly maxItems: number,
    /** Whether a comes out before b, of which b was put first. */
    readonly precedes: (a: Item, b: Item) => boolean,
  ) {}

  play(command: Command): void {
    const { queue } = this;
    switch (command.do) {
      case 'put': {
        const item = { id: this.#ids++, priority: command.priority };
        const waiting = this.#call(`put ${item.id}`, (signal) => queue.put(item, { ...item, signal }), item);
        if (this.#isClosed) waiting.call.expected = SHUT_DOWN;
        else this.#putters.push(waiting);
        break;
      }
      case 'tryPut': {
        const item = { id: this.#ids++, priority: command.priority };
        const hasRoom = this.#items.length + this.#putters.length < this.maxItems;
        this.#now(
          `tryPut ${item.id}`,
          () => queue.tryPut(item, item),
          this.#isClosed ? SHUT_DOWN : { value: hasRoom },
        );
        if (hasRoom && !this.#isClosed) this.#insert(item);
        break;
      }
      case 'get':
        this.#getters.push(this.#call('get', (signal) => queue.get({ signal })));
        break;
      case 'tryGet':
        this.#now('tryGet', () => queue.tryGet(), this.#next() ?? { value: undefined });
        break;
      case 'taskDone': {
        const tooOften = this.#unfinished === this.#items.length;
        const code = 'ERR_TROUPE_TASK_DONE_CALLED_TOO_OFTEN';
        this.#now('taskDone', () => queue.taskDone(), tooOften ? { code } : { value: undefined });
        if (!tooOften) this.#unfinished--;
        break;
      }
      case 'join':
        this.#joiners.push(this.#call('join', (signal) => queue.join({ signal })));
        break;
      case 'sentinel':
        this.#now('sentinel', () => queue.tryPut(SENTINEL), this.#isShutDown ? SHUT_DOWN : { value: true });
        this.#hasSentinel = true;
        break;
      case 'shutdown':
      case 'shutdownNow': {
        const immediate = command.do === 'shutdownNow';
        queue.shutdown({ immediate });
        this.#isShutDown = true;
        if (immediate) this.#unfinished -= this.#items.splice(0).length;
        break;
      }
      case 'abort': {
        const all = [this.#getters, this.#putters, this.#joiners];
        const list = all.find(({ length }) => length > 0);
        if (list === undefined) break;
        const [waiting] = list.splice(command.which % list.length, 1);
        waiting.call.expected = ABORTED;
        waiting.controller.abort(Object.assign(new Error('enough'), ABORTED));
      }
    }
    this.#goOn();
  }

  get #isClosed(): boolean {
    return this.#isShutDown || this.#hasSentinel;
  }

  #call(name: string, run: (signal: AbortSignal) => Promise<unknown>, item?: Item): Waiting {
    const controller = new AbortController();
    const call = new Call(name, () => run(controller.signal));
    this.calls.push(call);
    return { call, controller, item };
  }

  #now(name: string, run: () => unknown, expected: Outcome): void {
    expect(outcomeOf(run), name).to.deep.equal(expected);
  }

  #insert(item: Item): void {
    const before = this.#items.findIndex((other) => this.precedes(item, other));
    this.#items.splice(before < 0 ? this.#items.length : before, 0, item);
    this.#unfinished++;
  }

  /** What a get gives, if anything. */
  #next(): Outcome | undefined {
    const item = this.#items.shift();
    if (item !== undefined) return { value: item };
    if (this.#isShutDown) return SHUT_DOWN;
    return this.#hasSentinel ? { value: SENTINEL } : undefined;
  }

  /** Whoever waits and need not any more. */
  #goOn(): void {
    for (let before = -1; before !== this.#waiting; ) {
      before = this.#waiting;
      while (this.#putters.length > 0 && (this.#isClosed || this.#items.length < this.maxItems)) {
        const [{ call, item }] = this.#putters.splice(0, 1);
        call.expected = this.#isClosed ? SHUT_DOWN : { value: undefined };
        if (!this.#isClosed && item !== undefined) this.#insert(item);
      }
      while (this.#getters.length > 0) {
        const outcome = this.#next();
        if (outcome === undefined) break;
        const [{ call }] = this.#getters.splice(0, 1);
        call.expected = outcome;
      }
    }
    if (this.#unfinished > 0) return;
    for (const { call } of this.#joiners.splice(0)) call.expected = { value: undefined };
  }

  get #waiting(): number {
    return this.#putters.length + this.#getters.length;
  }

  compare(): void {
    const { queue, maxItems } = this;
    const size = this.#items.length;
    expect({
      size: queue.size,
      unfinished: queue.unfinished,
      isEmpty: queue.isEmpty,
      isFull: queue.isFull,
      isShutDown: queue.isShutDown,
    }).to.deep.equal({
      size,
      unfinished: this.#unfinished,
      isEmpty: size === 0,
      isFull: size >= maxItems,
      isShutDown: this.#isShutDown,
    });
  }

  end(): void {
    this.queue.dispose();
  }
}

const highest = { order: 'highest-first' } as const;
const kinds: [string, (options: object) => unknown, (a: Item, b: Item) => boolean][] = [
  ['SharedQueue', (options) => SharedQueue.create(options), () => false],
  ['SharedStack', (options) => SharedStack.create(options), () => true],
  [
    'SharedPriorityQueue',
    (options) => SharedPriorityQueue.create(options),
    (a, b) => a.priority < b.priority,
  ],
  [
    'SharedPriorityQueue, highest first',
    (options) => SharedPriorityQueue.create({ ...options, ...highest }),
    (a, b) => a.priority > b.priority,
  ],
];

describe('any sequence of calls', () => {
  for (const [name, create, precedes] of kinds) {
    for (const inFlight of ['skip', 'retry'] as const) {
      it(`on a ${name} (${inFlight}) gives what a sorted array gives`, function () {
        this.timeout(60_000);
        const maxItems = 3;
        return holds(
          () => new QueueGame(create({ maxItems, inFlight }) as Queue, maxItems, precedes),
          command,
        );
      });
    }
  }
});
