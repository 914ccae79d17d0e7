/** An actor that gives its messages up: each becomes a dead letter, or is in flight with whoever dies, and never both. */
import { Box, BoxKind, type Granule, Lane, LaneConsumer, NONE, wordOf } from '../../../core/memory/layout.js';
import type { ThreadRecord } from '../../../core/memory/thread-record.js';
import type { Address } from '../../../core/messaging/envelope.js';
import { consumerWords, producerWords } from '../../../core/queue/block-chain.js';
import { Rec } from '../../../core/queue/record.js';
import type { Arena } from '../audit.js';
import type { Core } from '../load.js';
import type { Fate, Program } from '../model.js';
import type { Env } from '../thread.js';
import { recordsOf } from './senders.js';
import { undertaker } from './undertaker.js';

interface Places {
  readonly core: Core;
  readonly actor: Address;
  /** The creating thread's inbox. */
  readonly system: Address;
}

/** Begins each message, and gives it up; see `doneBy` in settle.ts. */
function giveUpAll({ core, actor, system }: Places, thread: ThreadRecord, env: Env): void {
  const { arena } = thread;
  const reader = new core.Reader(arena, thread, actor.box, 0);
  const producer = new core.Producer(arena, thread);
  const done = core.doneWord(actor.box, 0);
  for (let record = reader.next(); record !== 0; record = reader.next()) {
    reader.begin();
    const letter = recordsOf([env.load(record + Rec.METHOD)]);
    const { length } = letter;
    const from = length - env.load(done) - 1;
    producer.publish(system.box, system.generation, 0, letter, 0, length, done, from);
    reader.done();
  }
  reader.publishHead();
}

/** What the actor leaves, one by one. @returns false when somebody has it still */
function settle({ core, actor }: Places, slot: number, thread: ThreadRecord, env: Env): boolean {
  const { arena, i32 } = thread;
  if (!core.bury(arena, thread, slot, [actor.box])) return false;
  const reader = new core.Reader(arena, thread, actor.box, 0);
  for (let record = reader.next(); record !== 0; record = reader.next()) {
    core.countBegun(i32, actor.box, record);
    const isBegun = env.load(record + Rec.ATTEMPTS) > 0;
    env.note(`${isBegun ? 'in flight' : 'left'} ${env.load(record + Rec.METHOD)}`);
    reader.done();
  }
  return true;
}

function blocksOf(i32: Int32Array, box: Granule): Granule[] {
  const blocks: Granule[] = [box];
  const head = i32[consumerWords(box, 0) + LaneConsumer.HEAD_BLOCK] as Granule;
  for (let b = head; b !== NONE; b = i32[wordOf(b)] as Granule) blocks.push(b);
  const spare = i32[producerWords(box, 0) + Lane.SPARE] as Granule;
  return spare === NONE ? blocks : [...blocks, spare];
}

/** Each message is there once: shown, or seen to by the creating thread. */
function outcome(
  { core, actor, system }: Places,
  numbers: readonly number[],
  audited: Arena,
  fates: Record<string, Fate>,
): string | undefined {
  const { i32 } = audited;
  const blocks = [...blocksOf(i32, actor.box), ...blocksOf(i32, system.box)];
  if (i32[wordOf(system.box) + Box.LOCK] !== 0) return 'The lock was not given back.';
  const { arena, thread } = core.ownSpace();
  const seen = fates.creator.notes.map((note) => Number(String(note).split(' ').at(-1)));
  const reader = new core.Reader(arena, thread, system.box, 0);
  for (let record = reader.next(); record !== 0; record = reader.next()) {
    seen.push(i32[record + Rec.METHOD]);
    reader.done();
  }
  if (new Set(seen).size !== seen.length) return `Twice: ${seen.join(' ')}, ${fates.creator.notes}`;
  const lost = numbers.filter((number) => !seen.includes(number));
  return lost.length > 0 ? `Lost: ${lost.join(' ')}` : audited.against(blocks);
}

function givingUp(name: string, bounds: Program['bounds'], numbers: readonly number[]): Program {
  return {
    name,
    bounds,
    setUp(core) {
      const { arena, thread } = core.ownSpace();
      const boxes = new core.Boxes(arena, thread);
      const maxBytes = 1 << 16;
      const actor = boxes.open({ kind: BoxKind.ACTOR, maxItems: 10, maxBytes });
      const system = boxes.open({
        kind: BoxKind.INBOX,
        maxItems: 10,
        maxBytes: Number.POSITIVE_INFINITY,
      });
      const words = recordsOf(numbers);
      new core.Producer(arena, thread).publish(actor.box, actor.generation, 0, words, 0, words.length);
      const places: Places = { core, actor, system };
      const slot = core.claimThread(arena);
      const start = (env: Env) => giveUpAll(places, new core.ThreadRecord(arena, slot, false), env);
      return {
        arena,
        threads: [
          { name: 'a', mortal: true, start },
          undertaker(core, (_dead, own, env) => settle(places, slot, own, env)),
        ],
        check: (fates, audited) => outcome(places, numbers, audited, fates),
      };
    },
  };
}

export const letters = [
  givingUp(
    'letters: one gives three messages up, and dies',
    { preemptions: 1, deaths: 1, timeouts: 0 },
    [101, 102, 103],
  ),
];
