/**
 * Names in shared memory: path -> actor, for `find` in every thread. The creating thread alone writes; a reader that
 * met a change looks again (a version word: odd while it changes).
 */
import type { Arena } from '../memory/arena.js';
import { Box, type Granule, Header, NAME_BUCKETS, NONE, Region, wordOf } from '../memory/layout.js';
import type { ThreadRecord } from '../memory/thread-record.js';
import { hashOf } from '../messaging/hash.js';
import type { Identity } from '../messaging/ref-world.js';

const bucketOf = (hash: number): number => Region.NAMES + (hash & (NAME_BUCKETS - 1));

/** In the block that a name lies in. */
const Name = {
  GENERATION: 0,
  /** Bytes of the path. */
  LENGTH: 1,
  /** Granule of what is said of all actors of its kind; 0 when that stands behind the path. */
  KIND: 2,
  /** Bytes behind the path. */
  MORE: 3,
  PATH: 4,
} as const;

/** In the block of a kind: its bytes, the block of the one named before, and the text. */
export const KindBlock = { LENGTH: 0, NEXT: 1, TEXT: 2 } as const;

/** What a name says besides: the same of all actors of a recipe. */
type Kin = Pick<Identity, 'types' | 'askTimeoutMs' | 'shards'>;

/** So many kinds have a block of their own: these are never given back. */
const MOST_KINDS = 1000;

/** The writing end. */
export class Names {
  /** By what they say. */
  readonly #kinds = new Map<string, Granule>();
  /** The same by the types, and the last time limit that went with them: so that it need not be put into words. */
  readonly #known = new WeakMap<
    readonly string[],
    { readonly askTimeoutMs: unknown; readonly kind: Granule }
  >();

  constructor(
    readonly arena: Arena,
    readonly thread: ThreadRecord,
  ) {}

  /** Writes what a reference needs to know into a block of the box's own, and the box into its bucket. */
  register({ box, generation, path, types, askTimeoutMs, shards }: Identity): void {
    const { arena, thread } = this;
    const { i32, u8 } = arena;
    const kin: Kin = { types, askTimeoutMs, shards };
    const kind = shards === undefined ? this.#kindOf(kin) : NONE;
    const more = kind === NONE ? JSON.stringify(kin) : '';
    const length = bytesOf(path);
    const room = bytesOf(more);
    const block = arena.demand(thread, Name.PATH * 4 + length + room);
    const at = wordOf(block);
    i32[at + Name.GENERATION] = generation;
    i32[at + Name.LENGTH] = length;
    i32[at + Name.KIND] = kind;
    i32[at + Name.MORE] = room;
    write(u8, path, (at + Name.PATH) * 4, length);
    write(u8, more, (at + Name.PATH) * 4 + length, room);
    const base = wordOf(box);
    const hash = hashOf(path);
    const bucket = bucketOf(hash);
    Atomics.add(i32, Header.NAMES_VERSION, 1);
    i32[base + Box.NAME] = block;
    i32[base + Box.NAME_HASH] = hash | 0;
    i32[base + Box.NEXT_IN_BUCKET] = i32[bucket];
    Atomics.store(i32, bucket, box);
    Atomics.add(i32, Header.NAMES_VERSION, 1);
    thread.letGo();
  }

  #kindOf(kin: Kin): Granule {
    const { types, askTimeoutMs } = kin;
    const known = this.#known.get(types);
    if (known?.askTimeoutMs === askTimeoutMs && known !== undefined) return known.kind;
    const text = JSON.stringify(kin);
    const kind = this.#kinds.get(text) ?? this.#newKind(text);
    if (kind !== NONE) this.#known.set(types, { askTimeoutMs, kind });
    return kind;
  }

  #newKind(text: string): Granule {
    if (this.#kinds.size >= MOST_KINDS) return NONE;
    const { arena, thread } = this;
    const bytes = Buffer.from(text);
    const kind = arena.take(thread, KindBlock.TEXT * 4 + bytes.length);
    if (kind === NONE) return NONE;
    const { i32 } = arena;
    const at = wordOf(kind);
    i32[at + KindBlock.LENGTH] = bytes.length;
    i32[at + KindBlock.NEXT] = i32[Header.KINDS];
    arena.u8.set(bytes, (at + KindBlock.TEXT) * 4);
    i32[Header.KINDS] = kind;
    thread.letGo();
    this.#kinds.set(text, kind);
    return kind;
  }

  unregister(box: Granule): void {
    const { arena, thread } = this;
    const { i32 } = arena;
    const base = wordOf(box);
    const block = i32[base + Box.NAME] as Granule;
    if (block === NONE) return;
    let at = bucketOf(i32[base + Box.NAME_HASH] >>> 0);
    Atomics.add(i32, Header.NAMES_VERSION, 1);
    while (i32[at] !== NONE && i32[at] !== box) at = wordOf(i32[at] as Granule) + Box.NEXT_IN_BUCKET;
    if (i32[at] === box) i32[at] = i32[base + Box.NEXT_IN_BUCKET];
    i32[base + Box.NAME] = NONE;
    Atomics.add(i32, Header.NAMES_VERSION, 1);
    arena.free(thread, block);
  }
}

/** Bytes of a text in UTF-8. */
function bytesOf(text: string): number {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return Buffer.byteLength(text);
  return text.length;
}

/** Letter by letter where that will do: paths are short, and a call of the engine's takes longer than that. */
function write(u8: Buffer, text: string, at: number, bytes: number): void {
  if (bytes !== text.length) u8.write(text, at, bytes, 'utf8');
  else for (let i = 0; i < bytes; i++) u8[at + i] = text.charCodeAt(i);
}

/** What a box says of itself; undefined when it has moved on. */
export function identityAt(arena: Arena, box: Granule, generation: number): Identity | undefined {
  const { i32 } = arena;
  for (;;) {
    const version = Atomics.load(i32, Header.NAMES_VERSION);
    const found = read(arena, box);
    if ((version & 1) === 0 && Atomics.load(i32, Header.NAMES_VERSION) === version) {
      return found?.generation === generation ? whole(arena, found) : undefined;
    }
  }
}

/** As it stands there: to be believed when nothing has changed meanwhile. */
interface Found {
  readonly box: Granule;
  readonly generation: number;
  readonly path: string;
  readonly kind: Granule;
  readonly more: string;
}

function read({ i32, u8 }: Arena, box: Granule): Found | undefined {
  const block = Atomics.load(i32, wordOf(box) + Box.NAME) as Granule;
  if (block === NONE) return undefined;
  const at = wordOf(block);
  const length = i32[at + Name.LENGTH];
  const room = i32[at + Name.MORE];
  // Read while it changes: any length may stand here.
  if (length <= 0 || length > 1 << 20 || room < 0 || room > 1 << 20) return undefined;
  const start = (at + Name.PATH) * 4;
  const path = u8.toString('utf8', start, start + length);
  const more = room === 0 ? '' : u8.toString('utf8', start + length, start + length + room);
  return { box, generation: i32[at + Name.GENERATION], path, kind: i32[at + Name.KIND] as Granule, more };
}

/** Kinds stay where they are, as long as the arena does. */
const kinds = new WeakMap<Arena, Map<Granule, Kin>>();

function whole(arena: Arena, { box, generation, path, kind, more }: Found): Identity {
  const { types, askTimeoutMs, shards } = kind === NONE ? (JSON.parse(more) as Kin) : kinAt(arena, kind);
  return { box, generation, path, types, askTimeoutMs, shards };
}

function kinAt(arena: Arena, kind: Granule): Kin {
  let known = kinds.get(arena);
  if (known === undefined) {
    known = new Map();
    kinds.set(arena, known);
  }
  let kin = known.get(kind);
  if (kin === undefined) {
    const start = (wordOf(kind) + KindBlock.TEXT) * 4;
    const length = arena.i32[wordOf(kind) + KindBlock.LENGTH];
    kin = JSON.parse(arena.u8.toString('utf8', start, start + length)) as Kin;
    known.set(kind, kin);
  }
  return kin;
}

export function findByPath(arena: Arena, path: string): Identity | undefined {
  const { i32 } = arena;
  const hash = hashOf(path);
  for (;;) {
    const version = Atomics.load(i32, Header.NAMES_VERSION);
    let found: Found | undefined;
    let box = Atomics.load(i32, bucketOf(hash)) as Granule;
    for (let steps = 0; box !== NONE && steps < 1_000_000; steps++) {
      if (i32[wordOf(box) + Box.NAME_HASH] === (hash | 0)) {
        const each = read(arena, box);
        if (each?.path === path) {
          found = each;
          break;
        }
      }
      box = Atomics.load(i32, wordOf(box) + Box.NEXT_IN_BUCKET) as Granule;
    }
    if ((version & 1) === 0 && Atomics.load(i32, Header.NAMES_VERSION) === version) {
      return found && whole(arena, found);
    }
  }
}
