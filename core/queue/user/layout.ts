/**
 * The byte map of shared queues and locks: one block a structure, one a member, one an item.
 *
 * ```
 *  structure | links, lock, members | state ... | undo log: index and old value of each word that was changed |
 *  member    | one thread's part in a structure: what it waits for, what it has taken                         |
 *  item      | links, priority | encoded value ...                                                            |
 * ```
 *
 * Half-done states: every change of a structure, its members and its items' links is made under the structure's
 * lock, and written down in the undo log first. A log that is not empty when the owner of the lock is dead is
 * undone backwards; so each operation has happened as a whole, or not at all.
 *
 * The block of a structure is never given back to the allocator: a thread may be asleep on its lock. It is kept for
 * another structure, with a new generation.
 */

/** The block of a queue, mutex or the like. */
export const Structure = {
  /** The next structure of the arena. */
  NEXT: 0,
  KIND: 1,
  LOCK: 2,
  FLAGS: 3,
  MEMBERS: 4,
  /** Entries in the undo log. */
  LOG_COUNT: 5,
  /** Raised when it is disposed of: who knows the old number finds out under the lock. */
  GENERATION: 6,
  STATE: 8,
  LOG: 32,
} as const;

/** Entries of the undo log: the longest operation is the joining of two deep heaps. */
export const LOG_ENTRIES = 208;
/** With the two lines of {@link Chained} behind the log. */
export const STRUCTURE_BYTES = 494 * 4;

/** State words of a queue. */
export const Queue = {
  FIRST: 8,
  LAST: 9,
  COUNT: 10,
  /** Words of payload. */
  SIZE: 11,
  UNFINISHED: 12,
  /** Number of the next item: keeps equals in order. */
  NEXT_NUMBER: 13,
  MAX_ITEMS: 14,
  MAX_SIZE: 15,
  /** The last number that was drawn in one of its lines, see line.ts. */
  LAST_NUMBER: 16,
  /** Members in the line of those who get, and of those who put. */
  GETTERS: 17,
  PUTTERS: 18,
  /** SharedQueue: 1 while somebody waits until all is done. */
  JOINERS: 19,
  /** As the user gave it: a double, 0 for none. */
  MAX_BYTES: 20,
  /** 1 once all who stand in the line were called, and none of them has looked since. */
  GETTERS_CALLED: 22,
  PUTTERS_CALLED: 23,
} as const;

/**
 * SharedQueue: where in the chain its items come and go. Behind the undo log, in a line of its own for each side: a line
 * that both write costs 0.3 µs each time.
 */
export const Chained = {
  // Written under PUT_LOCK.
  PUT_LOCK: 462,
  TAIL: 463,
  /** Items ever put, and words of payload: they wrap. Read without the lock: who sees an older count looks again. */
  PUT: 464,
  PUT_SIZE: 465,
  /** The flags by which items are refused: those that FLAGS has, or is about to get. */
  SHUT: 466,
  /** The structure's GENERATION, 0 once it is disposed of. */
  PUT_GENERATION: 467,
  /** TAKEN and TAKEN_SIZE as a producer saw them last, what came back taken off. */
  SEEN_TAKEN: 468,
  SEEN_TAKEN_SIZE: 469,
  /** 1 whenever somebody stands in line for room, and maybe for a while after that. */
  IN_TURN: 470,
  // Written under the structure's lock.
  HEAD: 478,
  /** Words from the head block's start to the next item. */
  AT: 479,
  /** Up to where the head block was whole at the last look. */
  SEEN: 480,
  /** Items ever taken out of the chain, and words of payload: they wrap. Read without the lock, as PUT is. */
  TAKEN: 481,
  TAKEN_SIZE: 482,
  /** With retry: what dead consumers had in hand, to be taken before the chain. */
  RETURNED_FIRST: 483,
  RETURNED_LAST: 484,
  RETURNED: 485,
  RETURNED_SIZE: 486,
} as const;

/** A block of a SharedQueue's chain: records of a length and as many words less one, one behind the other. */
export const ChainBlock = {
  NEXT: 0,
  /** Words from the block's start up to which items are whole: an item behind it does not exist. */
  COMMITTED: 1,
  /** Words from the block's start to its end. */
  CAPACITY: 2,
  /** At the same offset as in {@link Member}. */
  LINKED: 3,
  /** PUT and PUT_SIZE at its first item. */
  BASE: 4,
  BASE_SIZE: 5,
  /** The header has a line of its own: looking at COMMITTED disturbs no item. */
  DATA: 14,
} as const;

/** Bits of FLAGS. */
export const Flag = {
  SENTINEL: 1,
  SHUT_DOWN: 2,
  RETRY: 4,
  HIGHEST_FIRST: 8,
  /** taskDone or join was called: then an item whose consumer died is worth a word. */
  COUNTS_TASKS: 16,
  /** Shut down at once: what is left is thrown away, and nobody gets it. */
  IMMEDIATE: 32,
  /** Disposed of: whoever comes by gives back what is left of it. */
  DISPOSED: 64,
} as const;

export const Member = {
  NEXT: 0,
  SLOT: 1,
  /** Bits of {@link Wait}: set by the member's thread before it looks, cleared by whoever wakes it. */
  WAITING: 2,
  LINKED: 3,
  /** Queues: items taken and not done. Locks: what it holds. */
  TAKEN: 4,
  /** Queues with retry: these items, oldest first. */
  FIRST: 5,
  LAST: 6,
  /** Read-write locks: how often it holds the reader's side. */
  READING: 7,
  /** Barriers: how many of its tasks have arrived in this phase. Conditions: notified and not gone on yet. */
  ARRIVED: 8,
  /** Queues, the line of those who get: its number in it (0: not in line), and since when it is called. */
  GET_NUMBER: 9,
  GET_CALLED: 10,
  /** The same of those who put, and how large the item is that waits. */
  PUT_NUMBER: 11,
  PUT_CALLED: 12,
  PUT_SIZE: 13,
  BYTES: 56,
} as const;

export const Item = {
  /** The next item; in a heap, the left child. */
  NEXT: 0,
  RIGHT: 1,
  /** In a heap: steps to the nearest free place. */
  DISTANCE: 2,
  /**
   * 1 while the item belongs to a queue or member. At the same offset as in {@link Member}. A burial looks at it without
   * order, after the owner of the block and before it again.
   */
  LINKED: 3,
  NUMBER: 4,
  /** Words of payload. */
  SIZE: 5,
  /** A double. */
  PRIORITY: 6,
  PAYLOAD: 8,
} as const;

/** What a member may wait for. */
export const Wait = { ITEMS: 1, ROOM: 2, DONE: 4, LOCK: 8, SIGNAL: 16, ALL: 31 } as const;

/** Kinds of structures, as numbers in the arena and as names in handles. */
export const KINDS = [
  'none',
  'SharedQueue',
  'SharedPriorityQueue',
  'SharedStack',
  'Mutex',
  'Condition',
  'Semaphore',
  'SharedEvent',
  'Barrier',
  'ReadWriteLock',
] as const;
export type KindName = Exclude<(typeof KINDS)[number], 'none'>;
