/** A mailbox's chain of blocks: producers, one consumer, and who buries them and reads on in the consumer's place. */
import {
  Box,
  BoxFlag,
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
import { Rec, SENTINEL_KIND } from '../../../core/queue/record.js';
import type { Arena } from '../audit.js';
import type { Fate, Program } from '../model.js';
import type { Env, ThreadOf } from '../thread.js';
import { adopt, END, type Place, produce, recordsOf, stage } from './senders.js';
import { undertaker } from './undertaker.js';

interface Chain {
  readonly name: string;
  readonly bounds: Program['bounds'];
  readonly short?: Program['short'];
  readonly maxItems: number;
  /** In the mailbox from the start. */
  readonly filled?: readonly number[];
  /** Whether there is a consumer. Default: true. */
  readonly isRead?: boolean;
  /** What each producer publishes: several numbers in one call go together. */
  readonly producers: Record<string, readonly (readonly number[])[]>;
  /** They put it into an outbox first. */
  readonly isStaged?: boolean;
}

/** Reads until the end mark, as an actor's loop does. */
function consume({ core, box }: Place, thread: ThreadRecord, env: Env): void {
  const { i32, arena } = thread;
  const reader = new core.Reader(arena, thread, box, 0);
  const { wakeHolders } = core.Turn.prototype;
  reader.onRoom = () =>
    wakeHolders.call({ host: { arena, thread }, schedule: () => undefined } as never, box);
  // As a life does that follows another.
  if (thread.slot === 0) reader.onRoom(box);
  let ended = false;
  const run = (): void => {
    do {
      core.takeReady(i32, thread, () => undefined);
      for (let record = reader.next(); record !== 0; record = reader.next()) {
        if (env.load(record + Rec.KIND) === SENTINEL_KIND) {
          env.note('end');
          ended = true;
          break;
        }
        reader.begin();
        const number = env.load(record + Rec.METHOD);
        env.note(env.load(record + Rec.PAYLOAD + 1) === number ? number : `torn ${number}`);
        reader.done();
      }
      reader.publishHead();
    } while (!ended && core.anyReady(i32, thread));
    if (!ended) sleep.soon();
  };
  const sleep = new core.Sleep(arena, thread, { isAwake: false, schedule: run, wake: run });
  run();
}

export function chain({
  name,
  bounds,
  short,
  maxItems,
  filled = [],
  isRead = true,
  producers,
  isStaged = false,
}: Chain): Program {
  return {
    name,
    bounds,
    short,
    setUp(core) {
      const { arena, thread } = core.ownSpace();
      const { i32 } = arena;
      const maxBytes = 1 << 16;
      const { box, generation } = new core.Boxes(arena, thread).open({
        kind: BoxKind.ACTOR,
        maxItems,
        maxBytes,
      });
      const place: Place = { core, box, generation };
      const slots: number[] = [];
      const member = (who: string, start: (record: ThreadRecord, env: Env) => void): ThreadOf => {
        const slot = core.claimThread(arena);
        core.reserveReady(arena, thread, 0, core.recordOf(slot));
        i32[core.recordOf(slot) + Thread.READY_ANY] = 0;
        slots.push(slot);
        const begin = (env: Env): void => start(new core.ThreadRecord(arena, slot, false), env);
        return { name: who, mortal: true, loop: true, start: begin };
      };
      core.reserveReady(arena, thread, 0);
      const threads: ThreadOf[] = Object.entries(producers).map(([who, lots]) =>
        member(who, (record, env) => (isStaged ? stage : produce)(place, record, lots, env)),
      );
      const x = isRead ? threads.length : -1;
      if (isRead) threads.push(member('x', (record, env) => consume(place, record, env)));
      i32[wordOf(box) + Box.HOME] = core.homeOf(isRead ? slots[x] : 0, 0);
      if (filled.length > 0) {
        const words = recordsOf(filled);
        new core.Producer(arena, thread).publish(box, generation, 0, words, 0, words.length);
        core.markReady(i32, i32[wordOf(box) + Box.HOME]);
      }
      threads.push(creator(place, slots, x));
      const all = [...filled, ...Object.values(producers).flat(2)].filter((n) => n !== END);
      const chunks = [0, ...slots].map((slot) => i32[core.recordOf(slot) + Thread.READY_CHUNKS] as Granule);
      return {
        arena,
        threads,
        racy: (word) => word === consumerWords(box, 0) + LaneConsumer.TAKEN,
        check: (fates, audited) => outcome(place, audited, fates, all, [box, ...chunks]),
      };
    },
  };
}

/** Buries, publishes what a dead sender had staged, and takes a dead consumer's place. */
function creator(place: Place, slots: readonly number[], consumer: number): ThreadOf {
  const { core, box } = place;
  return undertaker(core, (dead, thread, env) => {
    const { arena, i32 } = thread;
    if (!core.bury(arena, thread, slots[dead], dead === consumer ? [box] : [])) return false;
    adopt(place, thread, slots[dead], env);
    for (const slot of [0, ...slots]) if (slot !== slots[dead]) core.markAll(i32, slot);
    if (dead !== consumer) return true;
    env.atomicStore(wordOf(box) + Box.HOME, core.homeOf(0, 0));
    const reader = new core.Reader(arena, thread, box, 0);
    const record = reader.next();
    if (record !== 0) core.countBegun(i32, box, record);
    if (record !== 0 && env.load(record + Rec.ATTEMPTS) > 0) {
      env.note(`in flight ${env.load(record + Rec.METHOD)}`);
      reader.done();
      reader.publishHead();
    }
    consume(place, thread, env);
    return true;
  });
}

function outcome(
  { core, box }: Place,
  audited: Arena,
  fates: Record<string, Fate>,
  all: readonly number[],
  used: readonly Granule[],
): string | undefined {
  const { i32 } = audited;
  const base = wordOf(box);
  if (i32[base + Box.LOCK] !== 0) return 'The lock was not given back.';
  const { arena, thread } = core.ownSpace();
  const reader = new core.Reader(arena, thread, box, 0);
  const blocks: Granule[] = [...used];
  for (
    let b = i32[consumerWords(box, 0) + LaneConsumer.HEAD_BLOCK] as Granule;
    b !== NONE;
    b = i32[wordOf(b)] as Granule
  )
    blocks.push(b);
  const spare = i32[producerWords(box, 0) + Lane.SPARE] as Granule;
  if (spare !== NONE) blocks.push(spare);
  const depth = core.depthOf(i32, box);
  const words = i32[consumerWords(box, 0) + LaneConsumer.TAKEN_WORDS];
  const put = i32[producerWords(box, 0) + Lane.PUT_WORDS];
  // What this changes is undone with the rest. By then the lists have been looked through.
  const left: number[] = [];
  for (let record = reader.next(); record !== 0; record = reader.next()) {
    left.push(i32[record + Rec.METHOD]);
    reader.done();
  }
  const { creator } = fates;
  const x = fates.x ?? { notes: left };
  const numbers = [...x.notes, ...creator.notes].filter((note) => typeof note === 'number');
  const torn = [...x.notes, ...creator.notes].find((note) => String(note).startsWith('torn'));
  if (torn !== undefined) return String(torn);
  if (new Set(numbers).size !== numbers.length) return `Twice: ${numbers.join(' ')}`;
  const someoneDied = Object.values(fates).some(({ died }) => died);
  const inFlight = creator.notes
    .filter((note) => String(note).startsWith('in flight'))
    .map((note) => Number(String(note).slice(10)));
  for (const hundred of [100, 200]) {
    const own = numbers.filter((n) => n >= hundred && n < hundred + 100);
    if (own.some((n, i) => i > 0 && own[i - 1] > n)) return `Out of order: ${numbers.join(' ')}`;
  }
  const ended = [...x.notes, ...creator.notes].includes('end');
  if (fates.x !== undefined && left.length > 0 && !(ended && left[0] === END))
    return `Nobody reads ${left.join(' ')}.`;
  for (const [who, { waits }] of Object.entries(fates)) {
    if (waits && who !== 'x' && who !== 'creator') return `${who} waits for ever for room.`;
  }
  const said = all.filter((n) =>
    Object.values(fates).some(({ notes }) =>
      notes.some((note) => String(note).startsWith('all') && String(note).split(' ').includes(String(n))),
    ),
  );
  const lost = (someoneDied ? said : all).filter(
    (n) => !numbers.includes(n) && !inFlight.includes(n) && !refused(fates, n),
  );
  if (lost.length > 0) return `Lost: ${lost.join(' ')}`;
  if (depth !== left.length) return `It says that ${depth} are in it, and ${left.length} are.`;
  if (left.includes(END) && (i32[base + Box.FLAGS] & BoxFlag.CLOSED) === 0)
    return 'It has its end mark, and is open.';
  if (fates.x !== undefined && !ended && words !== put) return `${put} words were put, and ${words} taken.`;
  return audited.against(blocks);
}

const refused = (fates: Record<string, Fate>, n: number): boolean =>
  Object.values(fates).some(({ notes }) =>
    notes.some((note) => String(note).startsWith('closed') && String(note).split(' ').includes(String(n))),
  );
