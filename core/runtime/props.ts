/**
 * Props: encoded by the spawner into a block of the arena, which the creating thread makes a part of the new actor's
 * box, and which is decoded at each of its starts.
 *
 * From its making until the request that names it is published, a block stands in its thread's list
 * {@link Thread.GIVING}, so that whoever buries the thread finds it. Whether the request was published before the death
 * is told by the block's owner word: the creating thread takes what it receives in hand.
 */
import type { Arena } from '../memory/arena.js';
import { BlockPrefix, Box, type Granule, NONE, Thread, wordOf } from '../memory/layout.js';
import type { ThreadRecord } from '../memory/thread-record.js';
import type { Address } from '../messaging/envelope.js';
import type { Host } from './host.js';

/** The next block that is given away with this one, words of the value, number of what travels beside, then the value. */
const Props = { NEXT: 0, LENGTH: 1, ATTACHED: 2, VALUE: 3 } as const;

export function encodeProps(host: Host, props: unknown): number {
  if (props === undefined) return 0;
  const { arena, thread } = host;
  const { i32 } = arena;
  const { encoder } = host.post;
  encoder.begin();
  encoder.value(props);
  const length = encoder.position;
  const words = encoder.words.slice(0, length);
  const attached = encoder.attachments.length === 0 ? 0 : host.attachments.send([...encoder.attachments], []);
  const block = arena.demand(thread, (Props.VALUE + length) * 4);
  const at = wordOf(block);
  i32[at + Props.NEXT] = i32[thread.base + Thread.GIVING];
  i32[at + Props.LENGTH] = length;
  i32[at + Props.ATTACHED] = attached;
  i32.set(words, at + Props.VALUE);
  i32[thread.base + Thread.GIVING] = block;
  thread.letGo();
  i32[thread.base + Thread.ATTACHING] = 0;
  return block;
}

/** Makes a request with props: afterwards they are the creating thread's, or, when it could not be made, nobody's. */
export function giving<T>({ arena, thread, line, attachments }: Host, request: () => T): T {
  const list = thread.base + Thread.GIVING;
  // A getter in the props of one may spawn another.
  const outer = arena.i32[list] as Granule;
  let isMade = false;
  try {
    const asked = request();
    isMade = line.hasAsked;
    return asked;
  } finally {
    if (isMade) arena.i32[list] = outer;
    else freeUntil(outer, arena, thread, thread.base, (number) => attachments.forget(number));
  }
}

/** The creating thread has received a request: from here on its props are in no list of its maker. */
export function receiveProps(thread: ThreadRecord, specs: readonly { readonly props: number }[]): void {
  for (const { props } of specs) {
    if (props === NONE) continue;
    thread.hold(props as Granule);
    thread.letGo();
  }
}

/**
 * What a dead thread had not given away yet: to be called when all that it has sent is received.
 * @param base of its record
 * @param detach what travels beside them is not asked for
 */
export function freeGiving(
  arena: Arena,
  thread: ThreadRecord,
  base: number,
  deadSlot: number,
  detach: (number: number) => void,
): void {
  const first = arena.i32[base + Thread.GIVING] as Granule;
  if (first === NONE || arena.i32[wordOf(first) + BlockPrefix.OWNER] !== deadSlot + 1) return;
  freeUntil(NONE, arena, thread, base, detach);
}

function freeUntil(
  end: Granule,
  arena: Arena,
  thread: ThreadRecord,
  base: number,
  detach: (number: number) => void,
): void {
  const { i32 } = arena;
  for (let block = i32[base + Thread.GIVING] as Granule; block !== end; ) {
    const next = i32[wordOf(block) + Props.NEXT] as Granule;
    i32[base + Thread.GIVING] = next;
    const attached = attachedTo(arena, block);
    if (attached !== 0) detach(attached);
    arena.free(thread, block);
    block = next;
  }
}

/** Number of what travels beside. */
export const attachedTo = ({ i32 }: Arena, props: number): number =>
  props === 0 ? 0 : i32[wordOf(props as Granule) + Props.ATTACHED];

/** The props of an actor, decoded afresh; a promise of them while something travels beside. */
export function decodeProps(host: Host, { box }: Address): unknown {
  const { arena } = host;
  const block = arena.i32[wordOf(box) + Box.PROPS] as Granule;
  if (block === NONE) return undefined;
  const attached = attachedTo(arena, block);
  if (attached === 0) return read(host, block, undefined);
  return host.attachments.receive(attached).then((attachments) => read(host, block, attachments));
}

function read({ arena, post }: Host, block: Granule, attachments: readonly unknown[] | undefined): unknown {
  const at = wordOf(block);
  const start = at + Props.VALUE;
  post.decoder.begin(arena.i32, arena.u8, start, start + arena.i32[at + Props.LENGTH], attachments);
  return post.decoder.value();
}
