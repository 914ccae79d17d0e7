/**
 * Mistakes planted into the code that ships, which the checker has to find: each is a change of its text that must fit
 * exactly. Below the line are those that it did find there, put back.
 */
import type { Bounds } from './explore.js';
import type { Patch } from './instrument.js';

export interface Fault {
  readonly name: string;
  /** The program that shows it, and bounds within which it does. */
  readonly program: string;
  readonly bounds: Partial<Bounds>;
  readonly patches: readonly Patch[];
}

const patch = (from: string, to: string): Patch[] => [{ from, to }];

export const faults: readonly Fault[] = [
  {
    name: 'a thread does not look once more before it sleeps on its event loop',
    program: 'mailbox: one tells three, in blocks of one',
    bounds: { preemptions: 1 },
    patches: patch(
      '    if (Atomics.load(i32, thread.base + Thread.READY_ANY) !== 0) {\n      Atomics',
      '    if (false) {\n      Atomics',
    ),
  },
  {
    name: 'a thread says that it sleeps after it has looked',
    program: 'queue: one puts two, one takes two, room for one',
    bounds: { preemptions: 1 },
    patches: patch(
      `        announce(i32, word);
        const outcome = attempt();
        if (outcome !== NOT_YET && outcome !== BUSY)
          return outcome;
`,
      `        const outcome = attempt();
        if (outcome !== NOT_YET && outcome !== BUSY)
          return outcome;
        announce(i32, word);
`,
    ),
  },
  {
    name: 'the tail is published before the records are copied',
    program: 'mailbox: two tell, one ends it',
    bounds: { preemptions: 1 },
    patches: patch(
      '    const target = wordOf(tail) + committed;\n',
      '    const target = wordOf(tail) + committed;\n    Atomics.store(i32, wordOf(tail) + Chain.COMMITTED, committed + to - from);\n',
    ),
  },
  {
    name: 'the head leaves a block that is the tail still',
    program: 'mailbox: one tells three, one dies',
    bounds: { preemptions: 1 },
    patches: patch(
      'if (next === NONE || Atomics.load(i32, this.#tail) === this.#block)',
      'if (next === NONE)',
    ),
  },
  {
    name: 'a wake-up goes to one waiter only, which may have left',
    program: 'queue: one puts one, two wait for it, one of them only for a time',
    bounds: { preemptions: 1, timeouts: 1 },
    patches: patch(
      '      (slots ??= []).push(i32[wordOf(member) + Member.SLOT]);\n',
      '      (slots ??= []).push(i32[wordOf(member) + Member.SLOT]);\n      break;\n',
    ),
  },
  {
    name: 'a spare block is given back to the arena, too',
    program: 'mailbox: one tells three, in blocks of one',
    bounds: { preemptions: 0 },
    patches: patch(
      'Atomics.compareExchange(i32, spare, NONE, old) === NONE) {\n      thread.letGo();',
      'Atomics.compareExchange(i32, spare, NONE, old) === NONE) {\n      arena.give(thread, old);',
    ),
  },
  {
    name: "a dead owner's lock stays taken",
    program: 'mutex: two take turns, one dies',
    bounds: { preemptions: 0 },
    patches: patch('  Atomics.store(i32, index, 0);\n  wakeSleeper', '  wakeSleeper'),
  },
  {
    name: 'who has slept takes a lock without the mark for others that sleep',
    program: 'mutex: three, each once',
    bounds: { preemptions: 2 },
    patches: patch(
      'Atomics.compareExchange(i32, index, 0, id | WAITERS)',
      'Atomics.compareExchange(i32, index, 0, id)',
    ),
  },
  {
    name: 'a change is counted in the undo log after it is made',
    program: 'queue: one puts two, one takes two, one of them dies',
    bounds: { preemptions: 0 },
    patches: patch(
      `    i32[base + Structure.LOG_COUNT] = count + 1;
    Atomics.store(i32, index, value);
`,
      `    Atomics.store(i32, index, value);
    i32[base + Structure.LOG_COUNT] = count + 1;
`,
    ),
  },
  {
    name: 'a fresh block is in hand only once it is claimed',
    program: 'arena: three claim fresh memory, of two sizes, one dies',
    bounds: { preemptions: 0 },
    patches: [
      { from: 'thread.reachForFresh(block);', to: '' },
      { from: 'if (claimed === 0) {', to: 'if (claimed === 0) { thread.reachForFresh(block);' },
      { from: 'thread.letGo();\n      this.#moveOn(start, claimed);', to: 'this.#moveOn(start, claimed);' },
    ],
  },
  {
    name: 'nobody moves on for who has claimed fresh memory and is dead',
    program: 'arena: three claim fresh memory, of two sizes, one dies',
    bounds: { preemptions: 1 },
    patches: patch('thread.letGo();\n      this.#moveOn(start, claimed);', 'thread.letGo();'),
  },
  {
    name: 'two may pop a free list at a time',
    program: 'arena: two take two each, two are free',
    bounds: { preemptions: 3 },
    patches: patch(
      'if (!lock(thread, Header.POP_LOCKS + sizeClass))\n      return NONE;',
      'if (!tryLock(thread, Header.POP_LOCKS + sizeClass))\n      thread.noteLock(Header.POP_LOCKS + sizeClass);',
    ),
  },
  {
    name: 'a sender does not look once more after it asked for room',
    program: 'mailbox: two tell, room for one',
    bounds: { preemptions: 2 },
    patches: patch(
      'Atomics.store(i32, base + Box.WANT_SPACE, 1);\n          continue;',
      'Atomics.store(i32, base + Box.WANT_SPACE, 1);\n          return "full";',
    ),
  },
  {
    name: 'a half-done publication is not settled',
    program: 'mailbox: one tells three, one dies',
    bounds: { preemptions: 0 },
    patches: patch('if (i32[deadRecord + Thread.NOTE] === 0)\n    return;', 'return;'),
  },
  {
    name: 'an item is there before it is copied',
    program: 'queue: one puts two, one takes two, room for one',
    bounds: { preemptions: 1 },
    patches: patch(
      '    i32[word + committed] = size + 1;\n',
      '    Atomics.store(i32, word + ChainBlock.COMMITTED, behind);\n    i32[word + committed] = size + 1;\n',
    ),
  },
  {
    name: 'a getter does not look once more after it has come to stand in line',
    program: 'queue: one puts two, one takes two, room for one',
    bounds: { preemptions: 2 },
    patches: patch(
      '    this.standForItem();\n    return this.chain.next(this.log);\n',
      '    this.standForItem();\n    return 0;\n',
    ),
  },
  {
    name: 'what a dead producer had put is not counted',
    program: 'queue: one puts two, one takes two, one of them dies',
    bounds: { preemptions: 0 },
    patches: patch('      this.chain.mendPutting();\n', '      ;\n'),
  },
  {
    name: 'who has died while it closed a queue has refused items, and the end is never seen',
    program: 'queue: one works to the end mark, one dies',
    bounds: { preemptions: 0 },
    patches: patch('    Atomics.or(this.i32, this.base + Structure.FLAGS, this.word(Chained.SHUT));\n', ''),
  },
  {
    name: 'an item is linked into a stack outside the undo log',
    program: 'stack: one puts two, one takes two, room for one, one of them dies',
    bounds: { preemptions: 0 },
    patches: patch(
      '  links.change(base + Queue.FIRST, item);\n',
      '  Atomics.store(i32, base + Queue.FIRST, item);\n',
    ),
  },
  {
    name: 'the count of items is changed outside the undo log',
    program: 'priority queue: one puts into a heap and one takes from it, one dies',
    bounds: { preemptions: 0 },
    patches: patch(
      'this.store(Queue.COUNT, this.word(Queue.COUNT) + items);',
      'Atomics.store(this.i32, this.base + Queue.COUNT, this.word(Queue.COUNT) + items);',
    ),
  },
  {
    name: 'who waits for room is not told when an item is taken',
    program: 'stack: two put, one takes two, room for one',
    bounds: { preemptions: 1 },
    patches: patch(
      '    this.commit(this.calls(this.putters, Wait.ROOM));\n    return this.retries',
      '    this.commit();\n    return this.retries',
    ),
  },
  {
    name: "an item is in nobody's hand when it is taken out of a heap",
    program: 'priority queue: one puts into a heap and one takes from it, one dies',
    bounds: { preemptions: 0 },
    patches: patch('    if (!this.retries)\n      thread.hold(next);\n', ''),
  },
  {
    name: 'of equals in a heap, the later one comes first',
    program: 'priority queue: what a dead consumer had comes back before its equals',
    bounds: { preemptions: 0, deaths: 0 },
    patches: patch('Item.NUMBER] | 0) < 0;', 'Item.NUMBER] | 0) > 0;'),
  },
  {
    name: 'what the dead had begun to throw away is left',
    program: 'stack: one shuts it down at once, one puts, one joins, one dies',
    bounds: { preemptions: 0 },
    patches: patch('return this.has(Flag.IMMEDIATE) && this.#discard() || true;', 'return true;'),
  },
  {
    name: 'what a dead sender was publishing stays in its outbox, too',
    program: 'outbox: one stages three, and nobody reads, one dies',
    bounds: { preemptions: 0 },
    patches: patch('      i32[moves] = i32[deadRecord + Thread.NOTE_MOVES_TO];', '      ;'),
  },
  {
    name: 'an outbox that is used again has its old messages for a moment',
    program: 'outbox: one stages three, and nobody reads, one dies',
    bounds: { preemptions: 0 },
    patches: patch(
      '    i32[word + Chain.COMMITTED] = Chain.DATA;\n    i32[word + Chain.CONSUMED] = Chain.DATA;\n    this.#writeAt',
      '    i32[word + Chain.CONSUMED] = Chain.DATA;\n    i32[word + Chain.COMMITTED] = Chain.DATA;\n    this.#writeAt',
    ),
  },
  {
    name: 'what a dead sender had returned stays in its outbox, too',
    program: 'returns: one holds three for one that has ended, and dies',
    bounds: { preemptions: 0 },
    patches: patch('length, moves, length - readTo);', 'length);'),
  },

  // Found in the code that shipped.
  {
    name: 'a sleeper stays asleep when its waker dies between the word and the wake-up',
    program: 'queue: one puts two, one takes two, one of them dies',
    bounds: { preemptions: 0 },
    patches: patch('  Atomics.store(i32, word, AWAKE);\n  Atomics.notify(i32, word);', '  wake(i32, word);'),
  },
  {
    name: 'who sleeps on a lock stays asleep when its owner dies between giving it back and the wake-up',
    program: 'queue: one puts two, one takes two, one of them dies',
    bounds: { preemptions: 1 },
    patches: patch('  wakeNextOf(i32, { base });\n  i32.fill', '  i32.fill'),
  },
  {
    name: 'a fresh block is lost with the thread that has claimed it and not moved on',
    program: 'arena: three claim fresh memory, of two sizes, one dies',
    bounds: { preemptions: 1 },
    patches: patch('this.#settleClaim(block, deadSlot);', 'void 0;'),
  },
  {
    name: 'what a thread was about to take or give back when it died is counted as in use',
    program: 'arena: three take one each, one dies',
    bounds: { preemptions: 0 },
    patches: patch('if (!isCounted)\n        Atomics.store(', 'if (false)\n        Atomics.store('),
  },
  {
    name: 'a notification dies with its receiver',
    program: 'condition: two wait, one raises, one dies',
    bounds: { preemptions: 0 },
    patches: patch(
      '.NOTIFIED, this.word(State3.WAITING));',
      '.NOTIFIED, Math.min(this.word(State3.NOTIFIED), this.word(State3.WAITING)));',
    ),
  },
  {
    name: "a consumer counts the words that it took from the producers' total",
    program: 'mailbox: one tells three, in blocks of one',
    bounds: { preemptions: 2 },
    patches: patch(
      'this.#takenWords = i32[wordOf(block) + Chain.BASE_WORDS] + words | 0;',
      'this.#takenWords = i32[this.#tail - Lane.TAIL_BLOCK + Lane.PUT_WORDS] - (Atomics.load(i32, wordOf(block) + Chain.COMMITTED) - Chain.DATA - words) | 0;',
    ),
  },
  {
    name: 'whether a block is linked is looked at when others may link theirs behind it',
    program: 'mailbox: two tell, and nobody reads, one dies',
    bounds: { preemptions: 1 },
    patches: [{ from: '    letGoOfLinked(arena, base, ', to: '    void (arena, base, ' }],
  },
  {
    name: 'a lease that was linked is freed with the thread that had made it',
    program: 'pool: two lie there, two work, one dies',
    bounds: { preemptions: 0 },
    patches: patch('isLeaseOf(arena, actor', 'false && isLeaseOf(arena, actor'),
  },
  {
    name: "a half-taken message's words are counted twice",
    program: 'pool: two lie there, two work, one dies',
    bounds: { preemptions: 0 },
    patches: patch(
      'Atomics.store(i32, c + LaneConsumer.TAKEN_WORDS, i32[at + Lease.TAKEN_WORDS]);\n        i32[c',
      'i32[c + LaneConsumer.TAKEN_WORDS] += i32[at + Lease.RECORD + Rec.LENGTH];\n        i32[c',
    ),
  },
  {
    name: 'a half-taken urgent message is taken for an ordinary one',
    program: 'pool: one lies there, and an urgent one, one works and one comes after it, one dies',
    bounds: { preemptions: 0 },
    patches: patch(
      'const lane = i32[consumerWords(box, 1) + LaneConsumer.HEAD_BLOCK] === block ? 1 : 0;',
      'const lane = 0;',
    ),
  },
  {
    name: 'the blocks of an outbox are lost with the thread that gives it back',
    program: 'outbox: one stages three, and nobody reads, one dies',
    bounds: { preemptions: 0 },
    patches: [
      { from: '    thread.hold(record);\n    thread.hold(block);\n', to: '    thread.hold(record);\n' },
      {
        from: 'arena.give(thread, block);\n    arena.give',
        to: 'arena.free(thread, block);\n    arena.give',
      },
    ],
  },
  {
    name: 'what nobody will handle is out of its outbox before it is a dead letter',
    program: 'returns: one holds three for one that has ended, and dies',
    bounds: { preemptions: 0 },
    patches: [
      {
        from: '      if (!isVoid && !each(from, first2, readTo))\n        return "stays";\n      i32[word + Chain.CONSUMED] = readTo;\n',
        to: '      i32[word + Chain.CONSUMED] = readTo;\n      if (!isVoid && !each(from, first2, readTo))\n        return "stays";\n',
      },
    ],
  },
  {
    name: 'a message that is given up is done with behind its dead letter only',
    program: 'letters: one gives three messages up, and dies',
    bounds: { preemptions: 0 },
    patches: patch('    if (moves !== 0)\n      i32[moves] = movesTo;\n', ''),
  },
];
