/**
 * A spare thread practises: it runs the whole life of an actor of its own, so that what V8 compiles when it is first
 * called is compiled before somebody waits for it. A spawn on such a thread takes a third of the time.
 *
 * Both sides of it, the creating thread's and the actor's, are played in this thread, by two hosts over an arena that is
 * gone afterwards: nobody hears of it, and nothing of the system is touched.
 */
import { Arena } from '../memory/arena.js';
import { Box, BoxKind, Region, Thread, ThreadState, wordOf } from '../memory/layout.js';
import { homeOf } from '../memory/ready-set.js';
import { claimThread, recordOf, ThreadRecord } from '../memory/thread-record.js';
import { type Address, Kind } from '../messaging/envelope.js';
import type { ActorRef } from '../messaging/ref-types.js';
import type { ExitReport } from '../messaging/reports.js';
import { tracer } from '../messaging/tracer.js';
import { Actor } from './actor.js';
import { Boxes } from './boxes.js';
import type { Blueprint, ToHost, ToldPlan, ToSystem } from './control.js';
import { Host } from './host.js';
import { practiceModule } from './loader.js';
import { Names } from './names.js';
import { encodeProps } from './props.js';
import { Threads } from './thread.js';

/** Behind the fixed regions, which cost nothing until touched: some mailboxes, and what lies in them. */
const ARENA_BYTES = Region.BLOCKS * 4 + (1 << 20);
/** The actor's place in the ready set of its thread; 0 is the inbox's. */
const INDEX = 1;
const PROPS = { start: 1 };

/** As plain as actors of users are. */
export class Practising extends Actor<typeof PROPS> {
  #sum = this.props.start;
  override onStart(): void {
    this.#sum++;
  }
  add(more: number): void {
    this.#sum += more;
  }
  sum(): { sum: number } {
    return { sum: this.#sum };
  }
}

let practised = false;

/** Whether this thread has, to the end. */
export const hasPractised = (): boolean => practised;

/**
 * Resolves when it is over.
 * @param isWanted whether the thread has something better to do by now
 * @throws what goes wrong, as it will again where it matters
 */
export async function practise(isWanted: () => boolean): Promise<void> {
  // Whoever traces messages would see these.
  if (practiceModule === undefined || tracer !== undefined || isWanted()) return;
  const arena = Arena.create(ARENA_BYTES);
  const system = new Side(arena, undefined);
  const stage = new Side(arena, system.host.inbox);
  try {
    for await (const _step of life(system, stage, practiceModule)) if (isWanted()) return;
    practised = true;
  } finally {
    for (const { host } of [system, stage]) host.stop(nobody);
  }
}

async function* life(system: Side, stage: Side, module: string): AsyncGenerator<void> {
  const { plan, blueprint } = planFor(system, stage, module);
  const { box, generation, path } = plan;
  system.host.start();
  stage.host.start();
  system.say(stage, { op: 'start', plans: [plan], news: [{ number: plan.blueprint, first: blueprint }] });
  yield system.hears('started');
  const identity = { box, generation, path, types: blueprint.types, askTimeoutMs: undefined };
  const actor = system.host.refs.refTo(identity) as unknown as ActorRef<Practising>;
  actor.tell.add(1);
  yield void (await actor.ask.sum());
  system.host.post.insist(plan, { kind: Kind.SENTINEL, args: [] });
  system.host.post.flush();
  yield system.hears('stopped');
}

/** What the creating thread does for an actor: a box, a name, props, a thread. */
function planFor(
  { host, boxes }: Side,
  stage: Side,
  module: string,
): { plan: ToldPlan; blueprint: Blueprint } {
  const { arena, thread } = host;
  const { box, generation } = boxes.open({ kind: BoxKind.ACTOR, maxItems: 100, maxBytes: 1 << 16 });
  const path = '/practice';
  const types = [Practising.name];
  new Names(arena, thread).register({ box, generation, path, types, askTimeoutMs: undefined });
  arena.i32[wordOf(box) + Box.PROPS] = encodeProps(host, PROPS);
  Atomics.store(arena.i32, wordOf(box) + Box.HOME, homeOf(stage.host.thread.slot, INDEX));
  const plan = {
    box,
    generation,
    path,
    blueprint: 0,
    index: INDEX,
    incarnation: 1,
    pool: undefined,
    restarted: false,
    tap: undefined,
  };
  return { plan, blueprint: blueprintOf(types, module) };
}

const blueprintOf = (types: readonly string[], module: string): Blueprint => ({
  types,
  source: { module, name: Practising.name },
  supervision: {
    restart: 'temporary',
    maxRestarts: 0,
    withinMs: 0,
    onError: 'restart',
    inFlight: 'skip',
    maxAttempts: 1,
  },
  askTimeoutMs: undefined,
  blackBox: 16,
  shared: false,
});

/** Who asks afterwards how an actor has ended. */
function nobody(): ExitReport {
  throw new Error('practice has no reports');
}

/** One of the two threads that are played. */
class Side {
  readonly host: Host;
  readonly boxes: Boxes;
  #hear: (op: ToSystem['op']) => void = () => undefined;

  /** @param system the creating thread's inbox; undefined for that side itself */
  constructor(arena: Arena, system: Address | undefined) {
    const slot = claimThread(arena);
    const thread = new ThreadRecord(arena, slot, system === undefined);
    this.boxes = new Boxes(arena, thread);
    const inbox = Threads.equip(arena, thread, this.boxes, slot);
    Atomics.store(arena.i32, recordOf(slot) + Thread.STATE, ThreadState.ALIVE);
    this.host = new Host(arena, thread, {
      name: 'practice',
      systemInbox: system ?? inbox,
      askTimeoutMs: 5000,
      askCycle: 'report',
      port: { send: () => undefined, ask: () => undefined, forget: () => undefined },
      flowOf: () => undefined,
      deadLetters: () => undefined,
      onSystem: ({ op }) => this.#hear(op),
    });
  }

  say(to: Side, message: ToHost): void {
    this.host.post.insist(to.host.inbox, { kind: Kind.CONTROL, value: message });
  }

  /** Rejects when it hears something else. */
  hears(expected: ToSystem['op']): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#hear = (op) => (op === expected ? resolve() : reject(new Error(op)));
    });
  }
}
