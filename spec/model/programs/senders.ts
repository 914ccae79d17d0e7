/** Threads that put messages into a mailbox: at once, or by an outbox, which somebody else may have to publish. */
import { Box, type Granule, Thread, wordOf } from '../../../core/memory/layout.js';
import type { ThreadRecord } from '../../../core/memory/thread-record.js';
import type { Outbox } from '../../../core/messaging/outbox.js';
import type { PutResult } from '../../../core/queue/producer.js';
import { Rec, SENTINEL_KIND } from '../../../core/queue/record.js';
import type { Core } from '../load.js';
import type { Env } from '../thread.js';

const TELL = 1;
/** One fits into a tiny block. */
const RECORD_WORDS = Rec.PAYLOAD + 2;
/** Put in place of a number: the end mark. */
export const END = 999;

export interface Place {
  readonly core: Core;
  readonly box: Granule;
  readonly generation: number;
}

export function recordsOf(numbers: readonly number[]): Int32Array {
  const words = new Int32Array(numbers.length * RECORD_WORDS);
  for (const [i, number] of numbers.entries()) {
    const at = i * RECORD_WORDS;
    words[at + Rec.LENGTH] = RECORD_WORDS;
    words[at + Rec.KIND] = number === END ? SENTINEL_KIND : TELL;
    words[at + Rec.METHOD] = number;
    words.fill(number, at + Rec.PAYLOAD, at + RECORD_WORDS);
  }
  return words;
}

/** Publishes, and once more after it has said that it waits for room. */
function publish({ core, box }: Place, thread: ThreadRecord, env: Env, attempt: () => [PutResult, number]) {
  let [result, published] = attempt();
  if (result === 'full' && env.load(thread.base + Thread.HOLDING) === 0) {
    env.atomicStore(thread.base + Thread.HOLDING, 1);
    let more = 0;
    [result, more] = attempt();
    published += more;
  }
  if (published > 0) core.markReady(thread.i32, env.atomicLoad(wordOf(box) + Box.HOME));
  return result;
}

/** Goes on whenever there may be room, or soon when somebody has the lock. */
function keepTrying(
  { core }: Place,
  thread: ThreadRecord,
  env: Env,
  attempt: () => 'done' | 'full' | 'busy',
): void {
  const run = (): void => {
    core.takeReady(thread.i32, thread, () => undefined);
    const state = attempt();
    if (state === 'done') env.atomicStore(thread.base + Thread.HOLDING, 0);
    else if (state === 'full') sleep.soon();
    else env.later(run);
  };
  const sleep = new core.Sleep(thread.arena, thread, { isAwake: false, schedule: run, wake: run });
  run();
}

/** Publishes, and holds what finds no room until the consumer says that there is some. */
export function produce(
  place: Place,
  thread: ThreadRecord,
  lots: readonly (readonly number[])[],
  env: Env,
): void {
  const producer = new place.core.Producer(thread.arena, thread);
  const rest = lots.map((numbers) => ({ numbers, words: recordsOf(numbers), from: 0 }));
  keepTrying(place, thread, env, () => {
    for (let lot = rest[0]; lot !== undefined; lot = rest[0]) {
      const { numbers, words } = lot;
      const result = publish(place, thread, env, () => {
        const outcome = producer.publish(place.box, place.generation, 0, words, lot.from, words.length);
        lot.from = producer.stoppedAt;
        return [outcome, producer.publishedItems];
      });
      if (result === 'full') return 'full';
      env.note(`${result} ${numbers.join(' ')}`);
      rest.shift();
    }
    return 'done';
  });
}

/** Puts each lot into an outbox, publishes what there is room for, and the rest behind it; see mailbox.ts. */
export function stage(
  place: Place,
  thread: ThreadRecord,
  lots: readonly (readonly number[])[],
  env: Env,
): void {
  const { core, box, generation } = place;
  const outbox = core.Outbox.open(thread.arena, thread, { box, generation }, 0);
  if (outbox === undefined) throw new Error('The arena is full.');
  const producer = new core.Producer(thread.arena, thread);
  const flush = () => flushOnce(place, thread, env, outbox, producer);
  const rest = [...lots];
  keepTrying(place, thread, env, () => {
    for (let lot = rest.shift(); lot !== undefined; lot = rest.shift()) {
      for (const number of lot) {
        if (outbox.append(recordsOf([number]), RECORD_WORDS) === 0) throw new Error('The arena is full.');
        env.note(`all ${number}`);
      }
      flush();
    }
    if (!outbox.isEmpty) flush();
    if (!outbox.isEmpty) return 'full';
    outbox.close();
    return 'done';
  });
}

function flushOnce(
  place: Place,
  thread: ThreadRecord,
  env: Env,
  outbox: Outbox,
  producer: InstanceType<Core['Producer']>,
): PutResult {
  return publish(place, thread, env, () => {
    const before = outbox.published;
    return [outbox.flush(producer), outbox.published - before];
  });
}

/** Publishes what a dead thread had staged, or keeps trying; see `adopt` in mailbox.ts. */
export function adopt(place: Place, thread: ThreadRecord, slot: number, env: Env): void {
  const { core } = place;
  const { arena } = thread;
  const adopted = core.Outbox.adopt(arena, thread, core.recordOf(slot));
  if (adopted.length === 0) return;
  const producer = new core.Producer(arena, thread);
  keepTrying(place, thread, env, () => {
    for (let outbox = adopted[0]; outbox !== undefined; outbox = adopted[0]) {
      const result = outbox.isEmpty ? 'all' : flushOnce(place, thread, env, outbox, producer);
      if (!outbox.isEmpty) return result === 'busy' ? 'busy' : 'full';
      outbox.close();
      adopted.shift();
    }
    return 'done';
  });
}
