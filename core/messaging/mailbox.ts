/**
 * Both ends of a mailbox: {@link PostOffice} encodes and puts, {@link letterFrom} reads what was taken.
 *
 * A thread has one post office. The first message to a box in a turn goes straight in; those behind it are staged
 * in the arena and published together: after some 2 KiB, at the latest when the turn ends, and before anything
 * that others could order by (an ask, a reply, a spawn, a wait).
 */
import { MessageTooLargeError } from '../errors.js';
import type { Arena } from '../memory/arena.js';
import {
  Box,
  BoxFlag,
  BoxKind,
  type Granule,
  Header,
  NONE,
  Observed,
  Thread,
  wordOf,
} from '../memory/layout.js';
import { markReady, slotOf } from '../memory/ready-set.js';
import type { ThreadRecord } from '../memory/thread-record.js';
import { Producer, type PutResult } from '../queue/block-chain.js';
import { wakeIdle } from '../queue/lease.js';
import { isExempt, Rec } from '../queue/record.js';
import { type CodecHooks, Decoder, Encoder } from './codec/codec.js';
import type { StreamLimits } from './credit.js';
import { type Address, addressKey, isMessage, Kind, KindFlag } from './envelope.js';
import { Outbox, type TakeOut } from './outbox.js';
import type { DeadLetterReason } from './reports.js';
import type { ShapeTable } from './shape-table.js';
import type { Carrier } from './tracer.js';
import { Returns } from './undelivered.js';

/** 2 KiB are published at first; a turn that goes on telling gets larger batches, as each costs both sides a fight over some lines. */
const STAGE_WORDS = 512;
const MAX_STAGE_WORDS = 4096;
/** Outboxes that are kept open though empty. */
const KEPT_OUTBOXES = 64;

/** A tell is answered by nobody: its header ends before the correlation. */
const TELL_HEADER = Rec.CORRELATION;
const headerWords = (kind: number): number => (kind === Kind.TELL ? TELL_HEADER : Rec.PAYLOAD);

/** What became of a message: in the mailbox (or staged for it); held for room; refused. */
export type PostResult = 'accepted' | 'held' | 'closed' | 'no-memory';

export interface Outgoing {
  readonly kind: Kind;
  readonly method?: string;
  /** The argument list, for the kinds that call a method. */
  readonly args?: readonly unknown[];
  /** The one value, for the others. */
  readonly value?: unknown;
  readonly sender?: Address | undefined;
  readonly correlation?: number;
  readonly replyTo?: Address | undefined;
  /** Milliseconds since the arena's epoch; of a stream's item the steps of credit. */
  readonly deadline?: number;
  readonly urgent?: boolean;
  readonly transfer?: readonly unknown[] | undefined;
  /** Of the trace that it is part of. */
  readonly carrier?: Carrier | undefined;
  /** Of the streams among its arguments. */
  readonly giving?: StreamLimits | undefined;
}

/** What the post office asks of the thread that it serves. */
export interface PostHooks {
  /**
   * A record that nobody will handle: its mailbox is closed or gone. It is read now, and what follows from it
   * (posts of its own) is done by the function returned, when the post office is ready for that.
   * @param isReturned the creating thread has it: of the dead letter nothing is to be said
   */
  undeliverable(
    record: number,
    words: Int32Array,
    target: Address,
    reason: DeadLetterReason,
    isReturned: boolean,
  ): () => void;
  /**
   * Objects that travel beside a record.
   * @param to the inbox that it goes to; undefined for a mailbox
   * @returns their number
   */
  attach(objects: readonly unknown[], transfer: readonly unknown[], to: Address | undefined): number;
  /** Nobody will ask for them. */
  detach(number: number): void;
  /** A record was taken back before it was in a mailbox. */
  withdrawn(record: number): void;
  /** What a record takes along, as noted by its encoding. @returns what is to be done when it has been put */
  keep(target: Address, taken: readonly unknown[]): () => void;
  /** More than 100,000 messages are held for one box. */
  manyHeld(target: Address, count: number): void;
  /** This thread may have given itself work: no wake-up comes for that. */
  local(): void;
}

export class PostOffice {
  readonly producer: Producer;
  readonly encoder: Encoder;
  readonly decoder: Decoder;
  readonly #outboxes = new Map<number, Outbox>();
  readonly #urgent = new Map<number, Outbox>();
  #dirty: Outbox[] = [];
  #flushQueued = false;
  #retryQueued = false;
  /** Set while the host runs a batch: it flushes itself. */
  inTurn = false;
  #lastDirect = -1;
  #last: Outbox | undefined;
  #timeLow = 0;
  #timeHigh = 0;
  #clockOffset: number;
  readonly #returns: Returns | undefined;
  readonly #flushLater = () => {
    this.#flushQueued = false;
    this.flush();
  };

  constructor(
    readonly arena: Arena,
    readonly thread: ThreadRecord,
    readonly shapes: ShapeTable,
    codec: CodecHooks,
    readonly hooks: PostHooks,
    /** The creating thread's inbox; undefined for that thread itself. */
    system?: Address,
  ) {
    this.producer = new Producer(arena, thread);
    this.#returns = system && new Returns(this.producer, system);
    this.encoder = new Encoder(shapes, codec);
    this.decoder = new Decoder(shapes, codec);
    this.#clockOffset = performance.timeOrigin - arena.f64[Header.EPOCH / 2];
  }

  /** Milliseconds since the arena's epoch; the same clock in all threads. */
  now(): number {
    return this.#clockOffset + performance.now();
  }

  /** While a message is encoded: the limits of the streams that it gives. */
  giving: StreamLimits | undefined;

  /** The system shuts down: messages that no actor sends are refused. */
  outsideRefused = false;

  #refuseOutside(target: Address): PostResult {
    this.#refuse(target, 'stopped');
    if (this.#followUps.length > 0) this.#followUp();
    return 'closed';
  }

  /** Encodes and puts: see the file's head for when it is published. */
  post(target: Address, message: Outgoing): PostResult {
    const length = message.giving === undefined ? this.#encode(target, message) : this.#give(target, message);
    if (this.outsideRefused && message.sender === undefined && message.kind <= Kind.STREAM) {
      return this.#refuseOutside(target);
    }
    const lazy = message.kind === Kind.TELL || message.kind === Kind.ASK || message.kind >= Kind.REPLY;
    const result = this.#put(target, message.urgent === true ? 1 : 0, length, lazy);
    if (this.#followUps.length > 0) this.#followUp();
    return result;
  }

  /**
   * The hot path: a tell without options. `id` is the method's number in the shared table, or -1. Behind the first
   * message of a turn the record is built where it is staged.
   */
  tell(
    target: Address,
    method: string,
    id: number,
    args: readonly unknown[],
    sender: Address | undefined,
  ): PostResult {
    const { encoder, arena } = this;
    const last = this.#last;
    let place = 0;
    if (
      last?.listed === true &&
      id >= 0 &&
      last.target.box === target.box &&
      last.target.generation === target.generation &&
      last.lane === 0 &&
      !(this.outsideRefused && sender === undefined)
    ) {
      if (last.isEmpty || this.#stampsEach) this.#stamp();
      place = last.place();
    }
    if (place === 0) {
      if (this.#dirty.length === 0 || this.#stampsEach) this.#stamp();
      encoder.begin();
    } else encoder.beginAt(arena.i32, arena.u8, place, (last as Outbox).roomInPlace);
    encoder.reserve(TELL_HEADER);
    let kind: number = Kind.TELL;
    if (id < 0) {
      kind |= KindFlag.NAMED;
      encoder.value(method);
    }
    encoder.values(args);
    if (encoder.attachments.length > 0) kind |= this.#attach(target, Kind.TELL, undefined);
    if (encoder.taken.length > 0) kind |= this.#keep(target);
    const length = encoder.position;
    this.#head(encoder.base, length, kind, id, sender);
    let result: PostResult = 'accepted';
    if (place !== 0 && !encoder.moved) {
      const outbox = last as Outbox;
      this.#checkSize(target, length);
      outbox.commit(length);
      if (kind !== Kind.TELL) this.#isInChain(kind);
      if (outbox.staged < outbox.batch && outbox.room > 0 && this.#followUps.length === 0) return 'accepted';
      result = this.#publishStaged(outbox);
    } else if (this.outsideRefused && sender === undefined) return this.#refuseOutside(target);
    else result = this.#put(target, 0, length, true);
    if (this.#followUps.length > 0) this.#followUp();
    return result;
  }

  /**
   * An item of a stream, as {@link tell}: where others are staged for the same inbox it is built among them. Where they
   * are not, it is posted as anything else.
   * @param step after so many items its subscriber is to give credit
   * @returns the words that it takes there; 0 when that inbox is gone, -1 when there is no memory
   */
  item(
    target: Address,
    value: unknown,
    correlation: number,
    sender: Address | undefined,
    replyTo: Address,
    step: number,
  ): number {
    const { encoder, arena } = this;
    const last = this.#last;
    const isBehind =
      last?.listed === true &&
      last.target.box === target.box &&
      last.target.generation === target.generation &&
      last.lane === 0;
    if (isBehind && last.isEmpty) this.#stamp();
    const place = isBehind ? last.place() : 0;
    if (place === 0) {
      const kind = Kind.STREAM_ITEM;
      const result = this.post(target, { kind, value, correlation, sender, replyTo, deadline: step });
      return itemWords(result, encoder.position);
    }
    encoder.beginAt(arena.i32, arena.u8, place, (last as Outbox).roomInPlace);
    encoder.reserve(Rec.PAYLOAD);
    encoder.value(value);
    const kind =
      Kind.STREAM_ITEM |
      (encoder.attachments.length > 0 ? this.#attach(target, Kind.STREAM_ITEM, undefined) : 0);
    const length = encoder.position;
    this.#head(encoder.base, length, kind, -1, sender);
    this.#answerHead(encoder.base, correlation, replyTo, step);
    let result: PostResult = 'accepted';
    if (encoder.moved) result = this.#put(target, 0, length, true);
    else {
      const outbox = last as Outbox;
      outbox.commit(length);
      if (kind !== Kind.STREAM_ITEM) this.#isInChain(kind);
      if (outbox.staged >= outbox.batch || outbox.room <= 0) result = this.#publishStaged(outbox);
    }
    if (this.#followUps.length > 0) this.#followUp();
    return itemWords(result, length);
  }

  #give(target: Address, message: Outgoing): number {
    this.giving = message.giving;
    try {
      return this.#encode(target, message);
    } finally {
      this.giving = undefined;
    }
  }

  #encode(target: Address, message: Outgoing): number {
    const { encoder } = this;
    if (this.#dirty.length === 0 || this.#stampsEach) this.#stamp();
    encoder.begin(message.transfer);
    const header = headerWords(message.kind);
    encoder.reserve(header);
    let kind: number = message.kind;
    let id = -1;
    if (message.method !== undefined) {
      id = this.shapes.methodId(message.method);
      if (id < 0) {
        kind |= KindFlag.NAMED;
        encoder.value(message.method);
      }
    }
    if (message.carrier !== undefined) {
      kind |= KindFlag.TRACED;
      encoder.value(message.carrier);
    }
    if (message.args !== undefined) encoder.values(message.args);
    else encoder.value(message.value);
    if (encoder.attachments.length > 0) kind |= this.#attach(target, message.kind, message.transfer);
    if (encoder.taken.length > 0) kind |= this.#keep(target);
    const length = encoder.position;
    this.#head(0, length, kind, id, message.sender);
    if (header === Rec.PAYLOAD) {
      this.#answerHead(0, message.correlation ?? 0, message.replyTo, message.deadline ?? 0);
    }
    return length;
  }

  /** The words that all records begin with. */
  #head(base: number, length: number, kind: number, method: number, sender: Address | undefined): void {
    const { words } = this.encoder;
    words[base + Rec.LENGTH] = length;
    words[base + Rec.KIND] = kind;
    words[base + Rec.ATTEMPTS] = 0;
    words[base + Rec.TIME_LOW] = this.#timeLow;
    words[base + Rec.TIME_HIGH] = this.#timeHigh;
    words[base + Rec.SENDER] = sender === undefined ? 0 : sender.box;
    words[base + Rec.SENDER_GENERATION] = sender === undefined ? 0 : sender.generation;
    words[base + Rec.METHOD] = method;
  }

  /** Those of what is answered, or is an answer. */
  #answerHead(base: number, correlation: number, replyTo: Address | undefined, deadline: number): void {
    const { words } = this.encoder;
    words[base + Rec.CORRELATION] = correlation;
    words[base + Rec.REPLY_TO] = replyTo === undefined ? 0 : replyTo.box;
    words[base + Rec.REPLY_GENERATION] = replyTo === undefined ? 0 : replyTo.generation;
    words[base + Rec.DEADLINE] = deadline;
  }

  /** The attachments' number becomes the record's last word. */
  #attach(target: Address, kind: Kind, transfer: readonly unknown[] | undefined): number {
    const { encoder } = this;
    // Before anything is moved: a message that is refused leaves its sender what it has.
    this.#checkSize(target, encoder.position + 1);
    const to = kind >= Kind.REPLY ? target : undefined;
    const number = this.hooks.attach(encoder.attachments, transfer ?? [], to);
    const at = encoder.reserve(1);
    encoder.words[encoder.base + at] = number;
    return transfer !== undefined && transfer.length > 0
      ? KindFlag.ATTACHED | KindFlag.MOVED
      : KindFlag.ATTACHED;
  }

  /** A record is in a chain: from here on, what travels beside it is asked for, or given up with it. */
  #isInChain(kindWord: number): void {
    if ((kindWord & KindFlag.ATTACHED) !== 0) this.arena.i32[this.thread.base + Thread.ATTACHING] = 0;
  }

  /** Messages staged together have one time, unless somebody watches the flow, and wants to know each. */
  get #stampsEach(): boolean {
    return (this.arena.i32[Header.OBSERVED] & Observed.FLOW) !== 0;
  }

  /** When the last message was sent, in microseconds since the arena's epoch. */
  get lastStamp(): number {
    return this.#timeHigh * 0x100000000 + (this.#timeLow >>> 0);
  }

  /** Once nothing can be said against the record any more. */
  #keep(target: Address): number {
    const { encoder } = this;
    this.#checkSize(target, encoder.position);
    this.#followUps.push(this.hooks.keep(target, encoder.taken));
    return KindFlag.STREAMS;
  }

  #stamp(): void {
    const micros = Math.floor(this.now() * 1000);
    this.#timeLow = micros | 0;
    this.#timeHigh = Math.floor(micros / 0x100000000);
  }

  #checkSize(target: Address, length: number): void {
    const { i32 } = this.arena;
    const base = wordOf(target.box);
    const maxWords = i32[base + Box.MAX_WORDS];
    if (length <= maxWords || (i32[base + Box.FLAGS] & BoxFlag.UNLIMITED) !== 0) return;
    if (i32[base + Box.GENERATION] === target.generation) {
      throw new MessageTooLargeError(length * 4, maxWords * 4);
    }
  }

  #put(target: Address, lane: number, length: number, lazy: boolean): PostResult {
    this.#checkSize(target, length);
    const key = addressKey(target.box, target.generation);
    let outbox = this.#last;
    if (
      outbox === undefined ||
      outbox.target.box !== target.box ||
      outbox.lane !== lane ||
      outbox.target.generation !== target.generation
    ) {
      outbox = (lane === 0 ? this.#outboxes : this.#urgent).get(key);
    }
    if (outbox === undefined || outbox.isEmpty) {
      if (!lazy || this.#lastDirect !== key || !this.#flushQueued) {
        // The first to this box in this turn: straight in.
        if (this.#dirty.length > 0) this.#flushAll();
        // That may have given it back.
        if (outbox?.closed === true) outbox = undefined;
        const { words } = this.encoder;
        this.producer.isAttached = (words[Rec.KIND] & KindFlag.ATTACHED) !== 0;
        const result = this.producer.publish(target.box, target.generation, lane, words, 0, length);
        this.producer.isAttached = false;
        if (result === 'all') {
          this.#wake(target.box, 1);
          this.#lastDirect = key;
          if (outbox !== undefined) outbox.room = this.producer.room;
          if (!this.#flushQueued && !this.inTurn) {
            // A turn ends with its microtasks: until then further messages to this box are staged.
            this.#flushQueued = true;
            this.#flushSoon();
          } else if (this.inTurn) this.#flushQueued = true;
          return 'accepted';
        }
        if (result === 'closed' || result === 'gone') {
          this.#refuse(target, 'stopped');
          return 'closed';
        }
      }
    }
    outbox ??= this.#open(target, lane, key);
    if (outbox === undefined) return this.#noMemory(target);
    if (outbox.sealed) {
      this.#refuse(target, 'stopped');
      return 'closed';
    }
    return this.#stage(outbox, length, lazy);
  }

  #stage(outbox: Outbox, length: number, lazy: boolean): PostResult {
    if (outbox !== this.#last && this.#dirty.length > 0 && !outbox.listed) this.#dirtyFirst();
    // A stop and a notice of an end are held whatever the limit: nobody would say them again.
    const isLimited = outbox.held && !isExempt(this.encoder.words[Rec.KIND]);
    if (isLimited && outbox.appended - outbox.published >= this.#maxHeld(outbox)) {
      if (!this.#dropsOldest(outbox)) {
        this.#refuse(outbox.target, 'overflow');
        return 'no-memory';
      }
      outbox.dropOldest(this.#outOf(outbox, 'overflow'));
    }
    if (outbox.append(this.encoder.words, length) === 0) return this.#noMemory(outbox.target);
    this.#isInChain(this.encoder.words[Rec.KIND]);
    this.#last = outbox;
    if ((this.encoder.words[Rec.KIND] & KindFlag.MASK) === Kind.SENTINEL) outbox.sealed = true;
    if (!outbox.listed) {
      this.#list(outbox);
      if (!this.#flushQueued) {
        this.#flushQueued = true;
        if (!this.inTurn) this.#flushSoon();
      }
    }
    if (outbox.held) {
      const held = outbox.appended - outbox.published;
      if (held % 100_000 === 0) this.hooks.manyHeld(outbox.target, held);
      return 'held';
    }
    if (!lazy || outbox.staged >= outbox.batch || outbox.room <= 0) return this.#publishStaged(outbox);
    return 'accepted';
  }

  /** An item of a stream is one microtask behind the one before, as a generator gives it: a tick comes when none is left. */
  #flushSoon(): void {
    const isItem = (this.encoder.words[this.encoder.base + Rec.KIND] & KindFlag.MASK) === Kind.STREAM_ITEM;
    if (isItem) process.nextTick(this.#flushLater);
    else queueMicrotask(this.#flushLater);
  }

  #publishStaged(outbox: Outbox): PostResult {
    const result = this.#flushOne(outbox);
    if (result === 'closed' || result === 'gone') return 'closed';
    outbox.batch = Math.min(outbox.batch * 2, MAX_STAGE_WORDS);
    return outbox.held ? 'held' : 'accepted';
  }

  #list(outbox: Outbox): void {
    outbox.listed = true;
    outbox.batch = STAGE_WORDS;
    this.#dirty.push(outbox);
  }

  /** What was staged for others first becomes visible first: nobody may see an effect before its cause. */
  #dirtyFirst(): void {
    for (const outbox of this.#dirty) if (!outbox.held) this.#flushOne(outbox);
  }

  #maxHeld(outbox: Outbox): number {
    const max = this.arena.i32[wordOf(outbox.target.box) + Box.HELD];
    return max === 0 ? Number.POSITIVE_INFINITY : max;
  }

  #dropsOldest(outbox: Outbox): boolean {
    return (this.arena.i32[wordOf(outbox.target.box) + Box.FLAGS] & BoxFlag.DROP_OLDEST) !== 0;
  }

  #refuse(target: Address, reason: DeadLetterReason): void {
    this.hooks.undeliverable(0, this.encoder.words, target, reason, false)();
  }

  #noMemory(target: Address): PostResult {
    this.#refuse(target, 'overflow');
    return 'no-memory';
  }

  #open(target: Address, lane: number, key: number): Outbox | undefined {
    const boxes = lane === 0 ? this.#outboxes : this.#urgent;
    if (boxes.size >= KEPT_OUTBOXES) this.#closeIdle(boxes);
    const outbox = Outbox.open(this.arena, this.thread, target, lane);
    if (outbox !== undefined) boxes.set(key, outbox);
    return outbox;
  }

  #closeIdle(boxes: Map<number, Outbox>): void {
    for (const [key, outbox] of boxes) {
      if (!outbox.isEmpty || outbox.listed) continue;
      boxes.delete(key);
      if (this.#last === outbox) this.#last = undefined;
      outbox.close();
    }
  }

  /** Publishes everything staged, and what is held as far as there is room. */
  flush(): void {
    // A getter of what is being sent asks for it: the place that the record is built in must stay.
    if (this.encoder.busy) return;
    this.#flushAll();
    if (this.#followUps.length > 0) this.#followUp();
  }

  /** What follows from records that nobody will handle. Not in the midst of a put: it has words of its own to encode. */
  readonly #followUps: (() => void)[] = [];
  #followingUp = false;

  #followUp(): void {
    if (this.#followingUp) return;
    this.#followingUp = true;
    try {
      for (let act = this.#followUps.shift(); act !== undefined; act = this.#followUps.shift()) act();
    } finally {
      this.#followingUp = false;
    }
  }

  #flushAll(): void {
    this.#flushQueued = false;
    this.#lastDirect = -1;
    if (this.#dirty.length === 0) return;
    const dirty = this.#dirty;
    this.#dirty = [];
    for (const outbox of dirty) {
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
      // Looked at again: a consumer that made room before this mark has passed this thread over.
      Atomics.store(this.arena.i32, holding, 1);
      result = outbox.flush(this.producer);
    }
    if (outbox.published > before) this.#wake(outbox.target.box, outbox.published - before);
    if (result === 'closed' || result === 'gone') {
      if (outbox.drain(this.#outOf(outbox, 'stopped'))) this.#forget(outbox);
      else this.#retry();
    } else if (result === 'busy' || result === 'no-memory') this.#retry();
    return result;
  }

  /** Sees to what nobody will handle. The creating thread cannot die before it has said so; the others leave it to that. */
  #outOf(outbox: Outbox, why: DeadLetterReason): TakeOut {
    const { i32 } = this.arena;
    const { target } = outbox;
    return (record, block, readTo) => {
      const isReturned = this.#returns !== undefined && isMessage(i32[record + Rec.KIND]);
      if (isReturned && !this.#return(record, block, readTo, target, why)) return false;
      this.#followUps.push(this.hooks.undeliverable(record, i32, target, why, isReturned));
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
    const key = addressKey(outbox.target.box, outbox.target.generation);
    const boxes = outbox.lane === 0 ? this.#outboxes : this.#urgent;
    // An adopted chain may have a twin of this thread's own.
    if (boxes.get(key) === outbox) boxes.delete(key);
    this.#dirty = this.#dirty.filter((o) => o !== outbox);
    this.#orphans = this.#orphans.filter((o) => o !== outbox);
    if (this.#last === outbox) this.#last = undefined;
    outbox.close();
  }

  /** The lock was not to be had, or no memory: try again soon, without waiting. */
  #retry(): void {
    if (this.#retryQueued) return;
    this.#retryQueued = true;
    setImmediate(() => {
      this.#retryQueued = false;
      this.flush();
    });
  }

  /** Consumers that make room wake every thread that says it holds something. */
  #updateHolding(): void {
    let holding = 0;
    for (const outbox of this.#dirty) if (outbox.held) holding = 1;
    Atomics.store(this.arena.i32, this.thread.base + Thread.HOLDING, holding);
  }

  /** Whether anything waits for room. */
  get isHolding(): boolean {
    return this.#dirty.some((outbox) => outbox.held);
  }

  #wake(box: Granule, count: number): void {
    const { i32 } = this.arena;
    if (i32[wordOf(box) + Box.KIND] === BoxKind.POOL) {
      wakeIdle(i32, box, count);
      this.hooks.local();
      return;
    }
    // The home is read after publishing: an actor that moved meanwhile looks at its mailbox when it starts.
    const home = Atomics.load(i32, wordOf(box) + Box.HOME);
    markReady(i32, home);
    if (slotOf(home) === this.thread.slot) this.hooks.local();
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

  /** The outbox for a box, if messages wait in it. */
  outboxFor(target: Address, urgent: boolean): Outbox | undefined {
    const outbox = (urgent ? this.#urgent : this.#outboxes).get(addressKey(target.box, target.generation));
    return outbox === undefined || outbox.isEmpty ? undefined : outbox;
  }

  /** Takes over what a dead thread had staged or held, publishes it, and keeps trying with the rest. */
  adopt(deadRecord: number): void {
    for (const outbox of Outbox.adopt(this.arena, this.thread, deadRecord)) {
      if (outbox.isEmpty) {
        outbox.close();
        continue;
      }
      this.#orphans.push(outbox);
      this.#list(outbox);
    }
    this.flush();
  }

  #orphans: Outbox[] = [];

  /** Messages of dead threads for a box that are not published yet: what is posted now must stand behind them. */
  orphanFor(target: Address): Outbox | undefined {
    return this.#orphans.find(
      (o) => !o.isEmpty && o.target.box === target.box && o.target.generation === target.generation,
    );
  }

  /** Puts a message behind an adopted chain. */
  postBehind(outbox: Outbox, message: Outgoing): PostResult {
    const length = this.#encode(outbox.target, message);
    const result = this.#stage(outbox, length, false);
    if (this.#followUps.length > 0) this.#followUp();
    return result;
  }

  /** The arguments of a tell with nothing beside it, whose method has a number. */
  tellArguments(record: number, words: Int32Array, bytes: Uint8Array): unknown[] {
    this.decoder.begin(words, bytes, record + TELL_HEADER, record + words[record + Rec.LENGTH], undefined);
    return this.decoder.values();
  }

  /** The trace that the record opened last is part of. */
  carrier: Carrier | undefined;

  /** The name of the method that a record calls. Leaves {@link decoder} at the arguments. */
  open(record: number, words: Int32Array, bytes: Uint8Array, attachments?: readonly unknown[]): string {
    const kind = words[record + Rec.KIND];
    const end = record + words[record + Rec.LENGTH] - ((kind & KindFlag.ATTACHED) !== 0 ? 1 : 0);
    this.decoder.begin(words, bytes, record + headerWords(kind & KindFlag.MASK), end, attachments);
    const id = words[record + Rec.METHOD];
    const isNamed = (kind & KindFlag.NAMED) !== 0;
    const name = isNamed ? (this.decoder.value() as string) : id < 0 ? '' : this.shapes.methodName(id);
    this.carrier = (kind & KindFlag.TRACED) === 0 ? undefined : (this.decoder.value() as Carrier);
    return name;
  }
}

const itemWords = (result: PostResult, length: number): number =>
  result === 'closed' ? 0 : result === 'no-memory' ? -1 : length;

/** Number of what travels beside a record, or 0. */
export function attachmentOf(words: Int32Array, record: number): number {
  if ((words[record + Rec.KIND] & KindFlag.ATTACHED) === 0) return 0;
  return words[record + words[record + Rec.LENGTH] - 1];
}

export const senderOf = (words: Int32Array, record: number): Address | undefined => {
  const box = words[record + Rec.SENDER] as Granule;
  return box === NONE ? undefined : { box, generation: words[record + Rec.SENDER_GENERATION] };
};

export const replyToOf = (words: Int32Array, record: number): Address => ({
  box: words[record + Rec.REPLY_TO] as Granule,
  generation: words[record + Rec.REPLY_GENERATION],
});

/** When it was sent: milliseconds since the epoch. */
export const timeOf = (words: Int32Array, record: number): number => microsOf(words, record) / 1000;

export const microsOf = (words: Int32Array, record: number): number =>
  words[record + Rec.TIME_HIGH] * 0x100000000 + (words[record + Rec.TIME_LOW] >>> 0);
