/** Senders whose receiver has ended give what they hold for it to the creating thread, which sees to it if they die, too. */
import {
  Box,
  BoxFlag,
  BoxKind,
  type Granule,
  Lane,
  LaneConsumer,
  NONE,
  wordOf,
} from '../../../core/memory/layout.js';
import type { ThreadRecord } from '../../../core/memory/thread-record.js';
import type { Address } from '../../../core/messaging/envelope.js';
import { consumerWords, producerWords } from '../../../core/queue/block-chain.js';
import { Rec } from '../../../core/queue/record.js';
import type { Arena } from '../audit.js';
import type { Core } from '../load.js';
import type { Fate, Program } from '../model.js';
import type { Env, ThreadOf } from '../thread.js';
import { recordsOf } from './senders.js';
import { undertaker } from './undertaker.js';

interface Places {
  readonly core: Core;
  readonly ended: Address;
  readonly system: Address;
}

/** Holds messages for one that has ended, and returns them; see `#flushOne` in mailbox.ts. */
function holdAndReturn(
  { core, ended, system }: Places,
  thread: ThreadRecord,
  numbers: readonly number[],
  env: Env,
) {
  const { arena } = thread;
  const outbox = core.Outbox.open(arena, thread, ended, 0);
  if (outbox === undefined) throw new Error('The arena is full.');
  for (const number of numbers) {
    outbox.append(recordsOf([number]), Rec.PAYLOAD + 2);
    env.note(number);
  }
  const producer = new core.Producer(arena, thread);
  const returns = new core.Returns(producer, system);
  const result = outbox.flush(producer);
  if (result !== 'closed') throw new Error(`It is ${result}.`);
  outbox.drain((record, block, read) => returns.put(record, block, read, ended, 'stopped'));
  outbox.close();
}

function returning(
  name: string,
  bounds: Program['bounds'],
  senders: Record<string, readonly number[]>,
): Program {
  return {
    name,
    bounds,
    setUp(core) {
      const { arena, thread } = core.ownSpace();
      const boxes = new core.Boxes(arena, thread);
      const ended = boxes.open({ kind: BoxKind.ACTOR, maxItems: 10, maxBytes: 1 << 16 });
      arena.i32[wordOf(ended.box) + Box.FLAGS] |= BoxFlag.CLOSED;
      const maxBytes = Number.POSITIVE_INFINITY;
      const system = boxes.open({ kind: BoxKind.INBOX, maxItems: 10, maxBytes });
      const places: Places = { core, ended, system };
      const slots: number[] = [];
      const threads: ThreadOf[] = Object.entries(senders).map(([who, numbers]) => {
        const slot = core.claimThread(arena);
        slots.push(slot);
        const start = (env: Env) =>
          holdAndReturn(places, new core.ThreadRecord(arena, slot, false), numbers, env);
        return { name: who, mortal: true, start };
      });
      threads.push(creator(places, slots));
      return {
        arena,
        threads,
        racy: (word) => word === consumerWords(system.box, 0) + LaneConsumer.TAKEN,
        check: (fates, audited) => outcome(places, audited, fates, [ended.box, system.box]),
      };
    },
  };
}

/** Buries, and sees to what the dead one had not returned. */
function creator({ core }: Places, slots: readonly number[]): ThreadOf {
  return undertaker(core, (dead, thread, env) => {
    const { arena } = thread;
    if (!core.bury(arena, thread, slots[dead], [])) return false;
    for (const outbox of core.Outbox.adopt(arena, thread, core.recordOf(slots[dead]))) {
      outbox.drain((record) => {
        env.note(env.load(record + Rec.METHOD));
        return true;
      });
      outbox.close();
    }
    return true;
  });
}

/** Each message that was held is there once: in the creating thread's inbox, or seen to by it. */
function outcome(
  { core, system }: Places,
  audited: Arena,
  fates: Record<string, Fate>,
  boxes: readonly Granule[],
): string | undefined {
  const { i32 } = audited;
  const { box } = system;
  if (i32[wordOf(box) + Box.LOCK] !== 0) return 'The lock was not given back.';
  const blocks = [...boxes];
  const head = i32[consumerWords(box, 0) + LaneConsumer.HEAD_BLOCK] as Granule;
  for (let b = head; b !== NONE; b = i32[wordOf(b)] as Granule) blocks.push(b);
  const spare = i32[producerWords(box, 0) + Lane.SPARE] as Granule;
  if (spare !== NONE) blocks.push(spare);
  const { arena, thread } = core.ownSpace();
  const reader = new core.Reader(arena, thread, box, 0);
  const seen = fates.creator.notes.map(Number);
  for (let record = reader.next(); record !== 0; record = reader.next()) {
    const { record: inner, target, why } = core.returned(i32, record);
    if (target.generation === 0 || why !== 'stopped') return 'What was returned cannot be read.';
    seen.push(i32[inner + Rec.METHOD]);
    reader.done();
  }
  if (new Set(seen).size !== seen.length) return `Twice: ${seen.join(' ')}`;
  for (const [who, { waits, notes }] of Object.entries(fates)) {
    if (waits) return `${who} waits.`;
    if (who === 'creator') continue;
    const lost = notes.filter((number) => !seen.includes(Number(number)));
    if (lost.length > 0) return `Lost: ${lost.join(' ')}`;
  }
  return audited.against(blocks);
}

export const returns = [
  returning(
    'returns: two hold for one that has ended',
    { preemptions: 2, deaths: 0, timeouts: 0 },
    { a: [101, 102], b: [201] },
  ),
  returning(
    'returns: one holds three for one that has ended, and dies',
    { preemptions: 1, deaths: 1, timeouts: 0 },
    { a: [101, 102, 103] },
  ),
  returning(
    'returns: two hold for one that has ended, one dies',
    { preemptions: 1, deaths: 1, timeouts: 0 },
    { a: [101, 102], b: [201] },
  ),
];
