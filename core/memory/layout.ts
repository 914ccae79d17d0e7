/**
 * The byte map of an arena: a drawing, and a name for every offset.
 *
 * ```
 *  arena   | header | slot directory | thread records | name buckets | dictionary | blocks ... -> bump
 *  block   | class owner | user words ...                       64-byte lines, sizes are powers of two
 *  chain   | class owner | NEXT COMMITTED CAPACITY BASE ...     | records ...    (first line: the header)
 *  box     | producers' line | consumers' line | done line |    one mailbox, actor, inbox or shared queue
 * ```
 *
 * A handle is the number of an 8-byte granule; all offsets below count 32-bit words.
 *
 * Half-done states that the death of a thread can leave, and who settles them (`settle` in each file):
 * - a lock taken: {@link Thread.LOCKS} names it before it is taken                     robust-lock.ts
 * - a block in nobody's structure: {@link Thread.HANDS} names it, its owner word tells  arena.ts
 * - a block taken or given back, not yet counted so: {@link Thread.USED_WITHOUT}       arena.ts
 * - records copied, tail stored, chain not yet cleared: {@link Thread.NOTE}            dead-producer.ts
 * - a new block linked, tail not yet moved: tail block with a successor                dead-producer.ts
 * - a lease written, head not yet moved: lease state TAKING                            lease.ts
 * - props encoded, the request that names them not yet put: {@link Thread.GIVING}      props.ts
 * - objects sent, the record that they belong to not yet put: {@link Thread.ATTACHING}  attachments.ts
 */

/** Number of an 8-byte unit of the arena; 0 is "none". */
export type Granule = number & { readonly __granule: unique symbol };

/** "No block", "no box". */
export const NONE = 0 as Granule;

/** Words in a granule and bytes in a word, for reading's sake. */
export const WORDS_PER_GRANULE = 2;
export const LINE_WORDS = 16;

/** Index of a granule's first word in the arena's Int32Array. */
export const wordOf = (granule: Granule): number => granule * WORDS_PER_GRANULE;

/** The arena's header. */
export const Header = {
  MAGIC: 0,
  VERSION: 1,
  /** In granules. */
  SIZE: 2,
  /** Next granule that was never handed out. */
  BUMP: 3,
  /** Granules kept for control and replies: ordinary allocation stops this far from the end. */
  RESERVE: 4,
  /** Set for good when that share was first used: from then on the lists have a part in it, and what is in use is counted. */
  SQUEEZED: 5,
  /** Microseconds since this instant count all times: a double, milliseconds since 1970 (words 6 and 7). */
  EPOCH: 6,
  /** Bit set of what is being watched, see {@link Observed}. */
  OBSERVED: 8,
  /** Number of thread records ever used. */
  THREADS: 9,
  /** Raised to a new odd number while the creating thread changes the names, to even when done. */
  NAMES_VERSION: 10,
  /** The block of the kind of actors that was named last, see names.ts. */
  KINDS: 11,
  /** Set while the system shuts down: outside input is refused. */
  CLOSING: 12,
  DICTIONARY_LOCK: 13,
  DICTIONARY_COUNT: 14,
  DICTIONARY_NEXT: 15,
  /** Dead letters since the start. */
  DEAD_LETTERS: 16,
  /** Threads alive: more than cores, and nobody spins. */
  ALIVE: 17,
  /** Shared queues: the lock of those who claim thread records, the list of structures, the arena's own number. */
  CLAIM_LOCK: 18,
  STRUCTURES: 19,
  ARENA_ID: 20,
  /** Number of the last attachment: never given twice, also when a thread's slot is. */
  ATTACHMENTS: 21,
  /** Answers that came after their asker had given up, since the start. */
  LATE_ANSWERS: 22,
  /** Shared queues: 1 when the list of structures may have one that was disposed of, to be used again. */
  SPARE_STRUCTURES: 23,
  /** Bit set of the levels that the user's logger does not write. */
  LOG_OFF: 24,
  /** The same instant as {@link EPOCH}, by the clock that all threads share: see monotonic.ts (words 26 and 27). */
  STARTED: 26,
  /** Per size class: the head of the free list, then the lock of those who pop. */
  FREE_HEADS: 32,
  POP_LOCKS: 64,
  WORDS: 96,
} as const;

export const MAGIC = 0x74727570;
export const VERSION = 1;

/** Bits of {@link Header.OBSERVED}. */
export const Observed = { FLOW: 1, DEAD_LETTERS: 2 } as const;

/** Smallest block: 64 bytes; largest: 2 GiB. Class n holds 2^n bytes, its two header words included. */
export const MIN_CLASS = 6;
export const MAX_CLASS = 31;

/**
 * The words before a block's own: its size class, and the thread (slot + 1) that had it in hand last. Who buries that
 * thread looks at the owner with nothing that orders it and the next owner's store: either will do.
 */
export const BlockPrefix = { CLASS: -2, OWNER: -1, WORDS: 2 } as const;

/** A block of a chain of records. The header fills the first line, so that polling it disturbs no record. */
export const Chain = {
  /** The block behind this one. */
  NEXT: 0,
  /** Words from the block's start up to which records are whole; a record behind it does not exist. */
  COMMITTED: 1,
  /** Words from the block's start to its end. */
  CAPACITY: 2,
  /** Number of the first record in the block, counted from the chain's start (wraps). */
  BASE: 3,
  /** Words of the records before the block, counted as {@link Lane.PUT_WORDS}. */
  BASE_WORDS: 5,
  /** Up to where a pool's consumers (under the consumer lock), or an outbox's publications, have come. */
  CONSUMED: 4,
  /** Where records begin. */
  DATA: LINE_WORDS - BlockPrefix.WORDS,
} as const;

/** One thread. */
export const Thread = {
  STATE: 0,
  GENERATION: 1,
  /** `threadId` of worker_threads. */
  NODE_ID: 2,
  /** 1 while the thread sleeps on its event loop, 0 to wake it. */
  PARK: 3,
  /** The same for the blocking forms. */
  SYNC_PARK: 4,
  /** The box of replies and control messages. */
  INBOX: 5,
  /** 1 while it holds messages for a full mailbox. */
  HOLDING: 6,
  /** Chain of its outboxes. */
  OUTBOXES: 7,
  /** The box whose message it handles. */
  CURRENT: 8,
  /** Raised with every turn of its loop, and by what counts as no message done: tells busy from stuck. */
  PROGRESS: 9,
  /** Shared queues: record (slot + 1) of the thread that made this one, and dies after it. */
  PARENT: 10,
  /** Blocks that a request under way gives to the creating thread: see props.ts. */
  GIVING: 11,
  /** Number of what travels beside a message that is in no chain yet, or 0: see attachments.ts. */
  ATTACHING: 12,
  /** 1 once it ends as it was told to, with no question of its own open: nobody has to hear of it. */
  AT_REST: 13,
  /** Times this thread's ready set was written to, see ready-set.ts. */
  READY_ANY: 16,
  READY_CHUNKS: 17,
  READY_CHUNK_COUNT: 14,
  /** Blocks that are in no structure. */
  HANDS: 32,
  HAND_COUNT: 4,
  /** Indexes of locks that it holds or is about to take. */
  LOCKS: 36,
  LOCK_COUNT: 6,
  /** What is being published: see producer.ts. */
  NOTE: 42,
  NOTE_BOX: 43,
  NOTE_LANE: 44,
  NOTE_BLOCK: 45,
  NOTE_COMMITTED: 46,
  NOTE_PUT: 47,
  NOTE_PUT_WORDS: 48,
  NOTE_MOVES: 49,
  NOTE_MOVES_TO: 50,
  NOTE_FLAGS: 51,
  /** Granules that it has taken, less those that it has given back: of all threads together, what is in use. Stays with the record. */
  USED: 52,
  /** The same without the block in hand last, while that is marked as {@link Hand.UNCOUNTED} or {@link Hand.FRESH}. */
  USED_WITHOUT: 53,
  WORDS: 64,
} as const;

/** Marks of the block in {@link Thread.HANDS} that was put there last, above the bits of a granule. */
export const Hand = {
  /** It is being taken from a free list or given back, and counted by neither. */
  UNCOUNTED: 1 << 29,
  /** It is being claimed from memory that was never handed out: its owner word says whether that has come about. */
  FRESH: 1 << 30,
  BLOCK: (1 << 29) - 1,
} as const;

/** In a block's owner word, above the thread, while it is claimed: its size class, so that anyone can move {@link Header.BUMP}. */
export const CLAIM_SHIFT = 16;

/** Flags of {@link Thread.NOTE_FLAGS}, beside those of the box. */
export const NoteFlag = {
  /** What is published is the record that {@link Thread.ATTACHING} stands for. */
  ATTACHED: 1 << 8,
} as const;

export const MAX_THREADS = 1024;

export const ThreadState = { FREE: 0, STARTING: 1, ALIVE: 2, DEAD: 3 } as const;

/**
 * A box: what owns a chain of records. Actors, pools, threads' inboxes and shared queues are boxes.
 * Slots are type-stable: a box is never given back to the allocator, only to its free list, with a new generation.
 */
export const Box = {
  // The producers' line, written under LOCK.
  LOCK: 0,
  FLAGS: 1,
  /** First of the four producer words of lane 0, see {@link Lane}. */
  LANE0: 2,
  MAX_ITEMS: 6,
  MAX_WORDS: 7,
  HIGH_WATER: 8,
  /** 1 when somebody holds messages for want of room. */
  WANT_SPACE: 9,
  GENERATION: 10,
  /** Thread and index in its ready set, packed: see ready-set.ts. */
  HOME: 11,
  KIND: 12,
  STATE: 13,
  NAME: 14,
  PROPS: 15,
  // The consumers' line, published in batches.
  LANE0_CONSUMER: 16,
  CONSUMER_LOCK: 20,
  /** Pools: block with one bit for each idle worker. */
  IDLE: 21,
  /** Chain of leases: records taken out and not done. */
  LEASES: 22,
  /** How many children it has, as the creating thread counts them. */
  CHILDREN: 23,
  INCARNATION: 25,
  RESTARTS: 26,
  /** Why it ended: a number of ExitReason's kinds. */
  REASON: 27,
  NEXT_IN_BUCKET: 28,
  NAME_HASH: 29,
  /** The last messages that the actor has begun: see runtime/black-box.ts. */
  BLACK_BOX: 30,
  HELD: 31,
  // The line that the one consumer writes with every message.
  DONE: 32,
  PROCESSED: 33,
  FAILED: 34,
  DEAD_LETTERS: 35,
  CURRENT_METHOD: 36,
  /** Microseconds since the epoch, low word. */
  CURRENT_SINCE: 37,
  LANE1: 38,
  LANE1_CONSUMER: 42,
  /** Number behind that of the message begun last in lane 0, while that is not counted in the record's ATTEMPTS. */
  BEGUN: 45,
  URGENT_DONE: 46,
  CURRENT_SINCE_HIGH: 47,
  // Whom the actor waits for, written by the thread that it lives on: see wait-slots.ts.
  /** How it takes its mail, see {@link Taking}. */
  TAKING: 48,
  /** Slots to look at, and in the upper half runs; and the block with those that have no room here, see {@link WaitBlock}. */
  WAIT_SLOTS: 49,
  WAIT_MORE: 50,
  /** The first {@link WAITS_IN_BOX} slots, see {@link WaitSlot}. */
  WAITS: 51,
  WORDS: 59,
} as const;

/**
 * The producers' and the consumers' words of a lane, counted from LANEn and LANEn_CONSUMER.
 * Two are looked at without order: TAKEN by a producer for HIGH_WATER, where one of a moment ago will do; PUT by a pool's
 * workers, without the lock before whose giving back it is stored.
 */
export const Lane = { TAIL_BLOCK: 0, PUT: 1, PUT_WORDS: 2, SPARE: 3 } as const;
export const LaneConsumer = { HEAD_BLOCK: 0, TAKEN: 1, TAKEN_WORDS: 2 } as const;

/** Bits of {@link Box.FLAGS}. */
export const BoxFlag = { CLOSED: 1, UNLIMITED: 2, DROP_OLDEST: 4 } as const;

export const BoxKind = { FREE: 0, ACTOR: 1, INBOX: 2, POOL: 3, QUEUE: 4 } as const;

/** A record taken out of its chain and not done: a pool's worker, or an actor with several handlers, holds one each. */
export const Lease = {
  NEXT: 0,
  STATE: 1,
  /** Where the chain's CONSUMED word stands once the record is taken; of one of the holder's own box, the lane. */
  CONSUMED: 2,
  LANE: 2,
  BLOCK: 3,
  /** Number of the record in its chain. */
  SEQUENCE: 4,
  /** Words of room for the record. */
  CAPACITY: 5,
  /** The box whose chain it was. */
  BOX: 6,
  /** Where the lane's TAKEN_WORDS stand once the record is taken. */
  TAKEN_WORDS: 7,
  RECORD: 8,
} as const;

export const LeaseState = { FREE: 0, TAKING: 1, HELD: 2 } as const;

/** How an actor takes its mail: whether it is blocked while it waits. */
export const Taking = { STARTING: 0, ONE_BY_ONE: 1, SEVERAL: 2, STOPPING: 3 } as const;

/** What an actor waits for: an answer, a start or an end. */
export const WaitSlot = {
  /** The other's box, and in the upper bits the kind of waiting. */
  TARGET: 0,
  GENERATION: 1,
  /** The question's correlation, or another number that the waiting goes by; 0 when the slot is free. */
  NUMBER: 2,
  /** The question that is not answered before: see `questionOf`. */
  ANSWERING: 3,
  WORDS: 4,
} as const;
export const WAITS_IN_BOX = 2;
export const WAITS_IN_BLOCK = 47;

/**
 * More waits of an actor. A run is one for all that a handler asks one actor, and is laid out as a slot: its number is that
 * of the latest question. What of it was answered stands far from that, since it is the other thread that writes it.
 */
export const WaitBlock = {
  RUNS: 0,
  RUN_COUNT: 8,
  SLOTS: 32,
  ANSWERS: 220,
  WORDS: 252,
} as const;

/** Of a run, beside its slot. */
export const RunAnswers = {
  /** Correlation of the latest question that was answered. */
  LATEST: 0,
  /** The asker's inbox: whose correlations these are. */
  INBOX: 1,
  INBOX_GENERATION: 2,
  WORDS: 4,
} as const;

/** A chain of staged or held records of one thread for one box. */
export const Outbox = {
  NEXT: 0,
  BOX: 1,
  GENERATION: 2,
  /** First block; its CONSUMED word tells up to where it is published. */
  FIRST: 3,
  LANE: 4,
  WORDS: 8,
} as const;

/** Names: buckets of a hash table of boxes. */
export const NAME_BUCKETS = 1 << 14;
/** Shapes and method names: directory and text. */
export const DICTIONARY_ENTRIES = 1 << 14;
export const DICTIONARY_WORDS = 1 << 19;
/** Fixed regions, in words. */
export const Region = {
  THREADS: 128,
  NAMES: 128 + MAX_THREADS * Thread.WORDS,
  DICTIONARY: 128 + MAX_THREADS * Thread.WORDS + NAME_BUCKETS,
  DICTIONARY_HEAP: 128 + MAX_THREADS * Thread.WORDS + NAME_BUCKETS + DICTIONARY_ENTRIES,
  BLOCKS: 128 + MAX_THREADS * Thread.WORDS + NAME_BUCKETS + DICTIONARY_ENTRIES + DICTIONARY_WORDS,
} as const;
