/** A pool: workers that take from one chain, each message into a lease of its own. */
import {
  Box,
  BoxKind,
  type Granule,
  Lane,
  LaneConsumer,
  NONE,
  Thread,
  wordOf,
} from '../../../core/memory/layout.js';
import type { ThreadRecord } from '../../../core/memory/thread-record.js';
import { consumerWords, producerWords } from '../../../core/queue/block-chain.js';
import { Rec } from '../../../core/queue/record.js';
import type { Arena } from '../audit.js';
import type { Core } from '../load.js';
import type { Fate, Program } from '../model.js';
import type { Env, ThreadOf } from '../thread.js';
import { recordsOf } from './senders.js';
import { undertaker } from './undertaker.js';

interface Pool {
  readonly name: string;
  readonly bounds: Program['bounds'];
  readonly short?: Program['short'];
  /** In the pool from the start; from 400 on, in the urgent lane. */
  readonly filled?: readonly number[];
  /** Each number in a publication of its own. */
  readonly producers: Record<string, readonly number[]>;
  readonly workers: readonly string[];
}

interface Place {
  readonly core: Core;
  readonly box: Granule;
  readonly generation: number;
  readonly table: Granule;
}

function produce(
  { core, box, generation }: Place,
  thread: ThreadRecord,
  numbers: readonly number[],
  env: Env,
): void {
  const producer = new core.Producer(thread.arena, thread);
  for (const number of numbers) {
    const words = recordsOf([number]);
    producer.publish(box, generation, 0, words, 0, words.length);
    core.wakeIdle(thread.i32, box, 1);
    env.note(`put ${number}`);
  }
}

/** As an actor of a pool takes its mail: see takeShared in actor-loop.ts. */
function workFor(place: Place, thread: ThreadRecord, holder: Granule, worker: number, env: Env): void {
  const { core, box, table } = place;
  const { arena, i32 } = thread;
  const home = core.homeOf(thread.slot, 0);
  let idle = false;
  const endIdleness = (): void => {
    if (!idle) return;
    idle = false;
    core.leaveIdle(i32, box, worker);
  };
  const take = (): Granule | undefined => {
    for (let round = 0; ; round++) {
      let lease = core.takeToLease(arena, thread, box, 1, holder);
      if (lease === 'none') lease = core.takeToLease(arena, thread, box, 0, holder);
      if (lease === 'busy') throw new Error('A worker waits for the lock.');
      if (lease !== 'none') {
        endIdleness();
        return lease;
      }
      if (round > 0) return undefined;
      idle = true;
      core.setIdle(i32, table, worker, home);
      if (!core.hasShared(i32, box)) return undefined;
    }
  };
  const run = (): void => {
    do {
      core.takeReady(i32, thread, () => undefined);
      for (let lease = take(); lease !== undefined; lease = take()) {
        env.note(env.load(core.leasedRecord(lease) + Rec.METHOD));
        core.freeLease(arena, lease);
      }
    } while (core.anyReady(i32, thread));
    sleep.soon();
  };
  const sleep = new core.Sleep(arena, thread, { isAwake: false, schedule: run, wake: run });
  run();
}

export function pool(plan: Pool): Program {
  const { name, bounds, short } = plan;
  return { name, bounds, short, setUp: (core) => setUp(plan, core) };
}

function setUp({ filled = [], producers, workers }: Pool, core: Core) {
  const { arena, thread } = core.ownSpace();
  const { i32 } = arena;
  const boxes = new core.Boxes(arena, thread);
  const { box, generation } = boxes.open({ kind: BoxKind.POOL, maxItems: 100, maxBytes: 1 << 16 });
  const table = boxes.openIdleTable(workers.length);
  i32[wordOf(box) + Box.IDLE] = table;
  const place: Place = { core, box, generation, table };
  const slots: number[] = [];
  const claim = (): number => {
    const slot = core.claimThread(arena);
    core.reserveReady(arena, thread, 0, core.recordOf(slot));
    i32[core.recordOf(slot) + Thread.READY_ANY] = 0;
    slots.push(slot);
    return slot;
  };
  core.reserveReady(arena, thread, 0);
  const threads: ThreadOf[] = Object.entries(producers).map(([name, numbers]) => {
    const slot = claim();
    const start = (env: Env): void => produce(place, new core.ThreadRecord(arena, slot, false), numbers, env);
    return { name, mortal: true, start };
  });
  const holders: Granule[] = [];
  for (const [worker, name] of workers.entries()) {
    const slot = claim();
    const holder = boxes.open({ kind: BoxKind.ACTOR, maxItems: 1, maxBytes: 4 }).box;
    holders.push(holder);
    const start = (env: Env): void =>
      workFor(place, new core.ThreadRecord(arena, slot, false), holder, worker, env);
    threads.push({ name, mortal: true, loop: true, start });
  }
  for (const lane of [0, 1]) {
    const words = recordsOf(filled.filter((n) => n >= 400 === (lane === 1)));
    new core.Producer(arena, thread).publish(box, generation, lane, words, 0, words.length);
  }
  const firstWorker = Object.keys(producers).length;
  threads.push(creator(place, slots, holders, firstWorker));
  const chunks = [0, ...slots].map((slot) => i32[core.recordOf(slot) + Thread.READY_CHUNKS] as Granule);
  const all = [...filled, ...Object.values(producers).flat()];
  return {
    arena,
    threads,
    // The highest depth may be noted from one of a moment ago. What was put is stored before the lock is given back,
    // which orders it for who looks without the lock.
    racy: (word: number) =>
      word === consumerWords(box, 0) + LaneConsumer.TAKEN || word === producerWords(box, 0) + Lane.PUT,
    check: (fates: Record<string, Fate>, audited: Arena) =>
      outcome(place, audited, fates, all, holders, [box, table, ...holders, ...chunks]),
  };
}

function creator(
  { core, box }: Place,
  slots: readonly number[],
  holders: readonly Granule[],
  firstWorker: number,
): ThreadOf {
  const { arena } = core.ownSpace();
  return undertaker(core, (dead, thread, env) => {
    const holder = holders[dead - firstWorker];
    if (!core.bury(arena, thread, slots[dead], holder === undefined ? [] : [holder])) return false;
    for (const slot of [0, ...slots]) if (slot !== slots[dead]) core.markAll(arena.i32, slot);
    core.wakeIdle(arena.i32, box, Number.POSITIVE_INFINITY);
    if (holder === undefined) return true;
    for (const lease of core.settleLeases(arena, holder)) {
      env.note(env.load(core.leasedRecord(lease) + Rec.METHOD));
      core.freeLease(arena, lease);
    }
    return true;
  });
}

const numbersOf = ({ notes }: Fate): number[] => notes.filter((note) => typeof note === 'number');

function outcome(
  { core, box }: Place,
  audited: Arena,
  fates: Record<string, Fate>,
  all: readonly number[],
  holders: readonly Granule[],
  used: readonly Granule[],
): string | undefined {
  const { i32 } = audited;
  const base = wordOf(box);
  if (i32[base + Box.LOCK] !== 0 || i32[base + Box.CONSUMER_LOCK] !== 0) return 'A lock was not given back.';
  const { creator, ...others } = fates;
  const dead = Object.values(others).filter(({ died }) => died);
  // What the dead one was handling is found in its lease; it may have said so itself.
  const inFlight = numbersOf(creator).filter((n) => !dead.flatMap(numbersOf).includes(n));
  const numbers = [...Object.values(others).flatMap(numbersOf), ...inFlight];
  if (new Set(numbers).size !== numbers.length) return `Twice: ${numbers.join(' ')}`;
  if (core.hasShared(i32, box)) return 'Something is left, and all sleep.';
  for (const lane of [0, 1]) {
    const put = i32[producerWords(box, lane) + Lane.PUT_WORDS];
    const taken = i32[consumerWords(box, lane) + LaneConsumer.TAKEN_WORDS];
    if (put !== taken) return `${put} words were put, and ${taken} taken.`;
  }
  const said = all.filter(
    (n) =>
      n >= 300 || dead.length === 0 || Object.values(others).some(({ notes }) => notes.includes(`put ${n}`)),
  );
  const lost = said.filter((n) => !numbers.includes(n));
  if (lost.length > 0) return `Lost: ${lost.join(' ')}`;
  const blocks: Granule[] = [...used];
  const row = (first: number): void => {
    for (let b = first as Granule; b !== NONE; b = i32[wordOf(b)] as Granule) blocks.push(b);
  };
  for (const lane of [0, 1]) {
    row(i32[consumerWords(box, lane) + LaneConsumer.HEAD_BLOCK]);
    const spare = i32[producerWords(box, lane) + Lane.SPARE] as Granule;
    if (spare !== NONE) blocks.push(spare);
  }
  for (const holder of holders) row(i32[wordOf(holder) + Box.LEASES]);
  return audited.against(blocks);
}

const none = { deaths: 0, timeouts: 0 };
const one = { deaths: 1, timeouts: 0 };

export const pools = [
  pool({
    name: 'pool: one tells two, two work',
    bounds: { preemptions: 2, ...none },
    producers: { a: [101, 102] },
    workers: ['x', 'y'],
  }),
  pool({
    name: 'pool: two tell, one works',
    bounds: { preemptions: 2, ...none },
    producers: { a: [101], b: [201] },
    workers: ['x'],
  }),
  pool({
    name: 'pool: two lie there, two work, one dies',
    bounds: { preemptions: 1, ...one },
    filled: [301, 302],
    producers: {},
    workers: ['x', 'y'],
  }),
  pool({
    name: 'pool: one tells two, two work, one dies',
    bounds: { preemptions: 1, ...one },
    short: false,
    producers: { a: [101, 102] },
    workers: ['x', 'y'],
  }),
  pool({
    name: 'pool: one lies there, and an urgent one, one works and one comes after it, one dies',
    bounds: { preemptions: 1, ...one },
    filled: [301, 401],
    producers: {},
    workers: ['x', 'y'],
  }),
];
