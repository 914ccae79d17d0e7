/**
 * What one thread sends, on its way into mailboxes.
 *
 * The first message to a box in a turn goes straight in; those behind it are staged in an outbox and published together:
 * after some 512 bytes, at the latest when the turn ends, and before anything that others could order by (an ask, a reply, a
 * spawn, a wait). While a mailbox is full, its messages are held in the same place.
 */
import { MessageTooLargeError } from '../errors.js';
import type { Arena } from '../memory/arena.js';
import { Box, BoxFlag, BoxKind, type Granule, Thread, wordOf } from '../memory/layout.js';
import { indexOf, markReady, slotOf } from '../memory/ready-set.js';
import type { ThreadRecord } from '../memory/thread-record.js';
import { wakeIdle } from '../queue/lease.js';
import { Producer, type PutResult } from '../queue/producer.js';
import { isExempt, Rec } from '../queue/record.js';
import type { Encoder } from './codec/codec.js';
import { type Address, addressKey, isMessage, Kind, KindFlag } from './envelope.js';
import { Insisting } from './insisting.js';
import { isLargeControl, type Outbox, type TakeOut } from './outbox.js';
import { Outboxes } from './outboxes.js';
import type { PostResult, Step } from './outgoing.js';
import type { PostHooks } from './post-hooks.js';
import { attachmentOf } from './record-head.js';
import type { DeadLetterReason } from './reports.js';
import { TryAgain } from './try-again.js';
import { Returns } from './undelivered.js';

/**
 * 512 bytes are published at first, so that the other side is at work soon: with 2 KiB, of a hundred asks in flight a
 * fifth less were answered. A turn that goes on telling gets larger batches, as each costs both sides a fight over some
 * lines.
 */
const STAGE_WORDS = 128;
const MAX_STAGE_WORDS = 4096;

export class Publisher {
  readonly producer: Producer;
  /** Set while the host runs a batch: it flushes itself. */
  inTurn = false;
  /** The outbox that took the last record. A field of its own, not the registry's: each `tell` looks at it. */
  protected last: Outbox | undefined;
  /** The outboxes that are to be published at the latest when the turn ends, in the order in which they were written to. */
  protected listed: Outbox[] = [];
  /** So many more records may have the time of the last one: none once the turn has ended. */
  protected stampsLeft = 0;
  /** What is to be done once the present record is out of the encoder: it has words of its own to encode. */
  protected readonly followUps: (() => void)[] = [];
  /** What has to be heard of, and waits for memory. */
  protected readonly insisting = new Insisting((error) => this.hooks.unsaid(error));
  readonly #outboxes: Outboxes;
  readonly #returns: Returns | undefined;
  readonly #again = new TryAgain(() => this.flush());
  #flushQueued = false;
  #followingUp = false;
  /** Key of the box that the last record went straight into, in this turn. */
  #lastDirect = -1;
  /** Messages that its ordinary lane had room for then; 0 if the last one did not get in. */
  #directRoom = 0;
  readonly #flushLater = () => {
    this.#flushQueued = false;
    this.flush();
  };

  constructor(
    readonly arena: Arena,
    readonly thread: ThreadRecord,
    /** What is put is what it has written last. */
    readonly encoder: Encoder,
    readonly hooks: PostHooks,
    /** The creating thread's inbox; undefined for that thread itself. */
    system: Address | undefined,
  ) {
    this.producer = new Producer(arena, thread);
    this.#outboxes = new Outboxes(arena, thread);
    this.#returns = system && new Returns(this.producer, system);
  }

  /**
   * What the encoder has written: straight into the mailbox, if it is the first to it in this turn or may not wait; but
   * never past those that are staged or held for it.
   * @param lane 0 the ordinary one, 1 the urgent one
   * @param lazy whether it may wait for the turn's end
   * @param settles is stored in the same publication, see {@link Outgoing}
   */
  protected put(target: Address, lane: number, length: number, lazy: boolean, settles?: Step): PostResult {
    // Goes straight in then: what is staged in front of it would be published by itself.
    if (settles !== undefined) this.#flushAll();
    // A stop and a notice of an end stand beyond the mailbox's limits.
    if (!isExempt(this.encoder.words[Rec.KIND])) this.checkSize(target, length);
    const key = addressKey(target.box, target.generation);
    if (!this.insisting.isEmpty && this.#isBehindStop(key, lane)) {
      this.refuse(target, 'stopped');
      return 'closed';
    }
    let outbox = this.last;
    if (
      outbox === undefined ||
      outbox.target.box !== target.box ||
      outbox.lane !== lane ||
      outbox.target.generation !== target.generation
    ) {
      // None that is not listed has anything in it: who tells another actor each time need not look for each one's.
      outbox = this.listed.length === 0 ? undefined : this.#outboxes.find(key, lane);
    }
    const isLarge = isLargeControl(this.encoder.words, length);
    if (isLarge && outbox?.isEmpty === false) {
      this.#flushAll();
      if (outbox.held) return this.#noMemory(target);
      if (outbox.closed) outbox = undefined;
    }
    const isFirst = this.#lastDirect !== key || !this.#flushQueued;
    // One as large would be published as soon as it was staged.
    if ((isFirst || !lazy || length >= STAGE_WORDS) && (outbox === undefined || outbox.isEmpty)) {
      if (this.listed.length > 0) this.#flushAll();
      // Which may have closed it.
      if (outbox?.closed === true) outbox = undefined;
      const { words } = this.encoder;
      this.producer.isAttached = (words[Rec.KIND] & KindFlag.ATTACHED) !== 0;
      const { box, generation } = target;
      const moves = settles?.word ?? 0;
      const movesFrom = length - (settles?.value ?? 0);
      const result = this.producer.publish(box, generation, lane, words, 0, length, moves, movesFrom);
      this.producer.isAttached = false;
      this.#directRoom = result === 'all' && lane === 0 ? this.producer.room : 0;
      if (result === 'all') {
        this.#wake(target.box, 1);
        this.#lastDirect = key;
        // A turn ends with its microtasks: until then further messages to this box are staged.
        if (!this.#flushQueued && !this.inTurn) this.#flushSoon();
        this.#flushQueued = true;
        return 'accepted';
      }
      if (result === 'closed' || result === 'gone') {
        this.refuse(target, 'stopped');
        return 'closed';
      }
      if (isLarge && result === 'no-memory') return this.#noMemory(target);
    }
    outbox ??= this.#outboxes.find(key, lane) ?? this.#open(target, lane, key);
    if (outbox === undefined) return this.#noMemory(target);
    if (outbox.sealed) {
      this.refuse(target, 'stopped');
      return 'closed';
    }
    // What went straight in did so past it.
    if (!outbox.listed) outbox.room = lane === 0 ? this.#directRoom : 0;
    return this.stage(outbox, length, lazy);
  }

  /** A stop waits for memory that this thread has said before. What is urgent would overtake it anyway. */
  #isBehindStop(key: number, lane: number): boolean {
    return lane === 0 && !isExempt(this.encoder.words[Rec.KIND]) && this.insisting.isClosing(key);
  }

  /** What the encoder has written, to the end of an outbox. */
  protected stage(outbox: Outbox, length: number, lazy: boolean): PostResult {
    if (outbox !== this.last && this.listed.length > 0 && !outbox.listed) this.#othersFirst();
    // A stop and a notice of an end are held whatever the limit: nobody would say them again.
    const isLimited = outbox.held && !isExempt(this.encoder.words[Rec.KIND]);
    if (isLimited && outbox.appended - outbox.published >= this.#maxHeld(outbox)) {
      if (!this.#dropsOldest(outbox)) {
        this.refuse(outbox.target, 'overflow');
        return 'no-memory';
      }
      outbox.dropOldest(this.#outOf(outbox, 'overflow'));
    }
    if (outbox.append(this.encoder.words, length) === 0) return this.#noMemory(outbox.target);
    this.clearAttaching(this.encoder.words[Rec.KIND]);
    this.last = outbox;
    if ((this.encoder.words[Rec.KIND] & KindFlag.MASK) === Kind.SENTINEL) outbox.sealed = true;
    if (!outbox.listed) {
      this.#list(outbox);
      if (!this.#flushQueued && !this.inTurn) this.#flushSoon();
      this.#flushQueued = true;
    }
    if (outbox.held) {
      const held = outbox.appended - outbox.published;
      if (held % 100_000 === 0) this.hooks.manyHeld(outbox.target, held);
      return 'held';
    }
    if (!lazy || outbox.staged >= outbox.batch || outbox.room <= 0) return this.publishStaged(outbox);
    return 'accepted';
  }

  /** @throws MessageTooLargeError when the receiver's mailbox could never hold it */
  protected checkSize(target: Address, length: number): void {
    if (this.fits(target, length)) return;
    throw new MessageTooLargeError(length * 4, this.arena.i32[wordOf(target.box) + Box.MAX_WORDS] * 4);
  }

  /** Whether the receiver's mailbox could ever hold as many words. */
  protected fits({ box, generation }: Address, length: number): boolean {
    const { i32 } = this.arena;
    const base = wordOf(box);
    if (length <= i32[base + Box.MAX_WORDS] || (i32[base + Box.FLAGS] & BoxFlag.UNLIMITED) !== 0) return true;
    return i32[base + Box.GENERATION] !== generation;
  }

  /** A record is in a chain: from here on, what travels beside it is asked for, or given up with it. */
  protected clearAttaching(kindWord: number): void {
    if ((kindWord & KindFlag.ATTACHED) !== 0) this.arena.i32[this.thread.base + Thread.ATTACHING] = 0;
  }

  /** Items of a generator come one microtask after the other: only a tick comes behind all of them. */
  #flushSoon(): void {
    const isItem = (this.encoder.words[this.encoder.base + Rec.KIND] & KindFlag.MASK) === Kind.STREAM_ITEM;
    if (isItem) process.nextTick(this.#flushLater);
    else queueMicrotask(this.#flushLater);
  }

  /** Published before the turn ends: there is much, or no room to count on. */
  protected publishStaged(outbox: Outbox): PostResult {
    const result = this.#flushOne(outbox);
    if (result === 'closed' || result === 'gone') return 'closed';
    outbox.batch = Math.min(outbox.batch * 2, MAX_STAGE_WORDS);
    return outbox.held ? 'held' : 'accepted';
  }

  #list(outbox: Outbox): void {
    outbox.listed = true;
    outbox.batch = STAGE_WORDS;
    this.listed.push(outbox);
  }

  /** What was staged for others first becomes visible first: nobody may see an effect before its cause. */
  #othersFirst(): void {
    for (const outbox of this.listed) if (!outbox.held) this.#flushOne(outbox);
  }

  #maxHeld(outbox: Outbox): number {
    const max = this.arena.i32[wordOf(outbox.target.box) + Box.HELD];
    return max === 0 ? Number.POSITIVE_INFINITY : max;
  }

  #dropsOldest(outbox: Outbox): boolean {
    return (this.arena.i32[wordOf(outbox.target.box) + Box.FLAGS] & BoxFlag.DROP_OLDEST) !== 0;
  }

  /** What the encoder has written becomes a dead letter. */
  protected refuse(target: Address, reason: DeadLetterReason): void {
    this.hooks.undeliverable(0, this.encoder.words, target, reason, false)();
  }

  #noMemory(target: Address): PostResult {
    this.refuse(target, 'overflow');
    return 'no-memory';
  }

  #open(target: Address, lane: number, key: number): Outbox | undefined {
    const outbox = this.#outboxes.open(target, lane, key);
    // It may have been idle.
    if (this.last?.closed === true) this.last = undefined;
    return outbox;
  }

  /** Publishes everything staged, and what is held as far as there is room. */
  flush(): void {
    // A getter of what is being sent asks for it: the place that the record is built in must stay.
    if (this.encoder.busy) return;
    this.#flushAll();
    if (this.followUps.length > 0) this.followUp();
  }

  protected followUp(): void {
    if (this.#followingUp) return;
    this.#followingUp = true;
    try {
      for (let act = this.followUps.shift(); act !== undefined; act = this.followUps.shift()) act();
    } finally {
      this.#followingUp = false;
    }
  }

  #flushAll(): void {
    this.#flushQueued = false;
    this.#lastDirect = -1;
    this.stampsLeft = 0;
    if (this.listed.length === 0) return;
    const { listed } = this;
    this.listed = [];
    for (const outbox of listed) {
      outbox.listed = false;
      if (!outbox.isEmpty) this.#flushOne(outbox);
      if (!outbox.isEmpty) this.#list(outbox);
      // What a busy turn took is not kept for an idle one: 64 KiB for each receiver would add up.
      // And a dead thread's has nobody who would write on in it.
      else if ((outbox.isLarge || outbox.isAdopted) && !outbox.closed) this.#forget(outbox);
    }
    this.#updateHolding();
  }

  #flushOne(outbox: Outbox): PutResult {
    const before = outbox.published;
    let result = outbox.flush(this.producer);
    const holding = this.thread.base + Thread.HOLDING;
    if (result === 'full' && this.arena.i32[holding] === 0) {
      // The mark, then another try: a consumer that made room before the mark has not woken this thread.
      Atomics.store(this.arena.i32, holding, 1);
      result = outbox.flush(this.producer);
    }
    if (outbox.published > before) this.#wake(outbox.target.box, outbox.published - before);
    if (result === 'closed' || result === 'gone') {
      if (outbox.drain(this.#outOf(outbox, 'stopped'))) this.#forget(outbox);
      else this.#again.soon();
    } else if (result === 'busy' || result === 'no-memory') this.#again.soon();
    return result;
  }

  /**
   * For records that nobody will handle: a dead letter each. The creating thread makes it; the other threads could die
   * before they have, so they pass the record on to it.
   */
  #outOf(outbox: Outbox, why: DeadLetterReason): TakeOut {
    const { i32 } = this.arena;
    const { target } = outbox;
    return (record, block, readTo) => {
      const isReturned = this.#returns !== undefined && isMessage(i32[record + Rec.KIND]);
      if (isReturned && !this.#return(record, block, readTo, target, why)) return false;
      this.followUps.push(this.hooks.undeliverable(record, i32, target, why, isReturned));
      return true;
    };
  }

  #return(record: number, block: Granule, readTo: number, target: Address, why: DeadLetterReason): boolean {
    const returns = this.#returns as Returns;
    if (!returns.put(record, block, readTo, target, why)) return false;
    this.#wake(returns.system.box, 1);
    return true;
  }

  #forget(outbox: Outbox): void {
    this.listed = this.listed.filter((o) => o !== outbox);
    if (this.last === outbox) this.last = undefined;
    this.#outboxes.close(outbox);
  }

  /** Consumers that make room wake every thread that says it holds something. */
  #updateHolding(): void {
    let holding = 0;
    for (const outbox of this.listed) if (outbox.held) holding = 1;
    Atomics.store(this.arena.i32, this.thread.base + Thread.HOLDING, holding);
  }

  /** Whether anything waits for room. */
  get isHolding(): boolean {
    return this.listed.some((outbox) => outbox.held);
  }

  #wake(box: Granule, count: number): void {
    const { i32 } = this.arena;
    if (i32[wordOf(box) + Box.KIND] === BoxKind.POOL) {
      wakeIdle(i32, box, count);
      this.hooks.local(0);
      return;
    }
    // The home is read after publishing: an actor that moved meanwhile looks at its mailbox when it starts.
    const home = Atomics.load(i32, wordOf(box) + Box.HOME);
    const isHere = slotOf(home) === this.thread.slot;
    const place = isHere ? indexOf(home) : 0;
    // An actor of this thread needs no mark: ten operations of `Atomics` less, a third of a message and its turn.
    if (place === 0) markReady(i32, home);
    if (isHere) this.hooks.local(place);
  }

  /** Takes back the record put last, which waits in that outbox; see {@link Outbox.withdrawal}. */
  withdrawal(outbox: Outbox): () => void {
    const takeBack = outbox.withdrawal();
    return () => {
      const record = takeBack();
      if (record === 0) return;
      this.hooks.withdrawn(record);
      const attached = attachmentOf(this.arena.i32, record);
      if (attached !== 0) this.hooks.detach(attached);
    };
  }

  /** The outbox for a box, if messages wait in it: those to come stand behind them. */
  outboxFor(target: Address, urgent: boolean): Outbox | undefined {
    return this.#outboxes.waitingFor(target, urgent ? 1 : 0);
  }

  /** Messages of dead threads for a box that are not published yet: what is posted now must stand behind them. */
  orphanFor(target: Address): Outbox | undefined {
    return this.#outboxes.orphanFor(target);
  }

  /** Takes over what a dead thread had staged or held, publishes it, and keeps trying with the rest. */
  adopt(deadRecord: number): void {
    for (const outbox of this.#outboxes.adopt(deadRecord)) this.#list(outbox);
    this.flush();
  }
}
