/**
 * Both ends of a mailbox: {@link PostOffice} encodes what is sent, and opens what was taken.
 *
 * A thread has one post office. When a message is published is the business of the {@link Publisher} that it is; the two
 * are one object, since a call from one to the other would be paid by every message.
 */
import type { Arena } from '../memory/arena.js';
import { Box, Header, Observed, wordOf } from '../memory/layout.js';
import { monotonicMs } from '../memory/monotonic.js';
import type { ThreadRecord } from '../memory/thread-record.js';
import { Rec } from '../queue/record.js';
import { type CodecHooks, Decoder, Encoder } from './codec/codec.js';
import type { StreamLimits } from './credit.js';
import { type Address, Kind, KindFlag, withWaitPlace } from './envelope.js';
import { detach, isCopied } from './moved-bytes.js';
import { MAX_SMALL_WORDS, type Outbox } from './outbox.js';
import type { Outgoing, PostResult } from './outgoing.js';
import type { PostHooks } from './post-hooks.js';
import { Publisher } from './publisher.js';
import { headerWords, TELL_HEADER, writeAnswerHead, writeHead } from './record-head.js';
import type { ShapeTable } from './shape-table.js';
import type { Carrier } from './tracer.js';

/**
 * So many records have one time, unless they are shown, at the most until the turn ends: to read the clock takes a tenth
 * of a message to another actor than the last. Only the age of the oldest one in a mailbox is told by it. Behind a handler that
 * took long it is read again; what one sends itself, after long work, may be dated from when it began.
 */
const RECORDS_OF_A_TIME = 16;

export class PostOffice extends Publisher {
  readonly decoder: Decoder;
  /** The trace that the record opened last is part of. */
  carrier: Carrier | undefined;
  #outsideRefused = false;
  /** What is sent now is shown to who watches the flow. */
  showsEach = false;
  /** While a message is encoded: the limits of the streams that it gives. */
  giving: StreamLimits | undefined;
  #timeLow = 0;
  #timeHigh = 0;
  /** The arena's epoch, by the same clock. */
  readonly #started: number;

  constructor(
    arena: Arena,
    thread: ThreadRecord,
    readonly shapes: ShapeTable,
    codec: CodecHooks,
    hooks: PostHooks,
    /** The creating thread's inbox; undefined for that thread itself. */
    system?: Address,
  ) {
    super(arena, thread, new Encoder(shapes, codec), hooks, system);
    this.decoder = new Decoder(shapes, codec);
    this.#started = arena.f64[Header.STARTED / 2];
  }

  /** The system shuts down: messages that no actor sends are refused from now on. */
  refuseOutside(): void {
    this.#outsideRefused = true;
    if (this.last !== undefined) this.last.along = undefined;
  }

  /** Milliseconds since the arena's epoch; the same clock in all threads. */
  now(): number {
    return this.at(monotonicMs());
  }

  /** The same for a reading of {@link monotonicMs}. */
  at(reading: number): number {
    return reading - this.#started;
  }

  /** As {@link post}, of what has to be heard of: a full arena delays it. */
  insist(target: Address, message: Outgoing): void {
    this.insisting.put(target, () => this.post(target, message), message.kind === Kind.SENTINEL);
    // What is built in place would pass by a stop that waits.
    if (!this.insisting.isEmpty) this.last = undefined;
  }

  /** @param put posts it, whatever it is then; called again while it gives `no-memory` */
  insistOn(target: Address, put: () => PostResult): void {
    this.insisting.put(target, put);
  }

  /** Something waits for memory that has to be heard of. */
  get isInsisting(): boolean {
    return !this.insisting.isEmpty;
  }

  /** Encodes and puts: see {@link Publisher} for when it is published. */
  post(target: Address, message: Outgoing): PostResult {
    const { kind, urgent, transfer, giving, settles } = message;
    const { encoder } = this;
    const isRefused = this.#outsideRefused && message.sender === undefined && kind <= Kind.STREAM;
    const lazy = kind === Kind.TELL || kind === Kind.ASK || kind >= Kind.REPLY;
    const isPlain = lazy && urgent !== true && transfer === undefined && settles === undefined && !isRefused;
    const outbox = this.#begin(target, isPlain, kind, transfer);
    const length = giving === undefined ? this.#encode(target, message) : this.#give(target, message);
    if (isRefused) return this.#refuseOutside(target);
    const result =
      outbox === undefined || encoder.moved
        ? this.put(target, urgent === true ? 1 : 0, length, lazy, settles)
        : this.#stageBuilt(target, outbox, length);
    if (this.followUps.length > 0) this.followUp();
    return result;
  }

  /**
   * The hot path: a tell of one argument, without options, that goes {@link Outbox.along} with those before it.
   * @param id the method's number in the shared table, or -1
   */
  tellOne(
    target: Address,
    method: string,
    id: number,
    value: unknown,
    sender: Address | undefined,
  ): PostResult {
    const { encoder, last } = this;
    const { i32, u8 } = this.arena;
    const base = last?.along === target ? last.next : 0;
    const isShown = (i32[Header.OBSERVED] & Observed.FLOW) !== 0 && this.showsEach;
    if (last === undefined || base === 0 || id < 0 || isShown) {
      return this.tell(target, method, id, [value], sender);
    }
    encoder.beginAt(i32, u8, base, last.roomInPlace, TELL_HEADER);
    encoder.only(value);
    const length = encoder.position;
    if (!encoder.isInPlace || length > i32[wordOf(target.box) + Box.MAX_WORDS]) {
      return this.#endTell(target, Kind.TELL, id, sender, last);
    }
    writeHead(i32, base, length, Kind.TELL, id, sender, this.#timeLow, this.#timeHigh);
    last.commit(length);
    return last.staged < last.batch && last.room > 0 ? 'accepted' : this.#publishTold(last);
  }

  /**
   * A tell without options. Where others are staged for the same box, the record is built right behind them; else it is
   * built in the encoder's own words, and put as anything else.
   */
  tell(
    target: Address,
    method: string,
    id: number,
    args: readonly unknown[],
    sender: Address | undefined,
  ): PostResult {
    const { encoder, arena } = this;
    const last = this.last;
    let place = 0;
    if (
      last?.listed === true &&
      id >= 0 &&
      last.target.box === target.box &&
      last.target.generation === target.generation &&
      last.lane === 0 &&
      !(this.#outsideRefused && sender === undefined)
    ) {
      if (last.isEmpty || this.#stampsEach) this.#stamp();
      place = last.place();
    }
    if (place === 0) {
      if (this.listed.length === 0 || this.#stampsEach) this.#stamp();
      encoder.begin();
      encoder.reserve(TELL_HEADER);
    } else encoder.beginAt(arena.i32, arena.u8, place, (last as Outbox).roomInPlace, TELL_HEADER);
    let kind: number = Kind.TELL;
    if (id < 0) {
      kind |= KindFlag.NAMED;
      encoder.value(method);
    }
    encoder.values(args);
    return this.#endTell(target, kind, id, sender, place === 0 ? undefined : last);
  }

  /** @param outbox that which the record is built in, unless it has outgrown its place */
  #endTell(
    target: Address,
    kind: number,
    id: number,
    sender: Address | undefined,
    outbox: Outbox | undefined,
  ): PostResult {
    const { encoder } = this;
    if (encoder.attachments.length > 0) kind |= this.#attach(target, Kind.TELL, undefined);
    if (encoder.taken.length > 0) kind |= this.#keep(target);
    const length = encoder.position;
    writeHead(encoder.words, encoder.base, length, kind, id, sender, this.#timeLow, this.#timeHigh);
    if (outbox !== undefined && !encoder.moved) {
      this.checkSize(target, length);
      outbox.commit(length);
      if (kind !== Kind.TELL) this.clearAttaching(kind);
      if (outbox.staged < outbox.batch && outbox.room > 0 && this.followUps.length === 0) {
        if (!this.#outsideRefused) outbox.along = target;
        return 'accepted';
      }
      return this.#publishTold(outbox);
    }
    if (this.#outsideRefused && sender === undefined) return this.#refuseOutside(target);
    const result = this.put(target, 0, length, true);
    if (this.followUps.length > 0) this.followUp();
    return result;
  }

  #publishTold(outbox: Outbox): PostResult {
    const result = this.publishStaged(outbox);
    if (this.followUps.length > 0) this.followUp();
    return result;
  }

  /**
   * An item of a stream.
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
    const outbox = this.#begin(target, true, Kind.STREAM_ITEM);
    const length = this.#encodeValue(target, Kind.STREAM_ITEM, value, sender);
    writeAnswerHead(this.encoder.words, this.encoder.base, correlation, replyTo, step);
    const result = this.#putBuilt(target, outbox, length);
    return result === 'closed' ? 0 : result === 'no-memory' ? -1 : length;
  }

  /** The answer to a question. */
  reply(target: Address, value: unknown, correlation: number, sender: Address | undefined): PostResult {
    const outbox = this.#begin(target, true, Kind.REPLY);
    const length = this.#encodeValue(target, Kind.REPLY, value, sender);
    writeAnswerHead(this.encoder.words, this.encoder.base, correlation, undefined, 0);
    return this.#putBuilt(target, outbox, length);
  }

  #encodeValue(target: Address, kind: Kind, value: unknown, sender: Address | undefined): number {
    const { encoder } = this;
    encoder.reserve(Rec.PAYLOAD);
    encoder.value(value);
    const flags = encoder.attachments.length > 0 ? this.#attach(target, kind, undefined) : 0;
    const length = encoder.position;
    writeHead(encoder.words, encoder.base, length, kind | flags, -1, sender, this.#timeLow, this.#timeHigh);
    return length;
  }

  /**
   * A question without options: what {@link post} does, without an object for it.
   * @param id the method's number in the shared table, or -1
   * @param waitPlace see `withWaitPlace`
   */
  ask(
    target: Address,
    method: string,
    id: number,
    args: readonly unknown[],
    sender: Address | undefined,
    correlation: number,
    replyTo: Address,
    deadline: number,
    waitPlace: number,
  ): PostResult {
    const { encoder } = this;
    const isRefused = this.#outsideRefused && sender === undefined;
    const outbox = this.#begin(target, !isRefused, Kind.ASK);
    encoder.reserve(Rec.PAYLOAD);
    let kind: number = Kind.ASK;
    if (id < 0) {
      kind |= KindFlag.NAMED;
      encoder.value(method);
    }
    encoder.values(args);
    if (encoder.attachments.length > 0) kind |= this.#attach(target, Kind.ASK, undefined);
    if (encoder.taken.length > 0) kind |= this.#keep(target);
    const length = encoder.position;
    kind |= withWaitPlace(waitPlace);
    const { words, base } = encoder;
    writeHead(words, base, length, kind, id, sender, this.#timeLow, this.#timeHigh);
    writeAnswerHead(words, base, correlation, replyTo, deadline);
    return isRefused ? this.#refuseOutside(target) : this.#putBuilt(target, outbox, length);
  }

  /** @param outbox in which it was begun */
  #putBuilt(target: Address, outbox: Outbox | undefined, length: number): PostResult {
    const result =
      outbox === undefined || this.encoder.moved
        ? this.put(target, 0, length, true)
        : this.#stageBuilt(target, outbox, length);
    if (this.followUps.length > 0) this.followUp();
    return result;
  }

  /**
   * Begins a record: where others are staged for the same box, right behind them; else in the encoder's own words.
   * @returns the outbox in which it is built
   */
  #begin(
    target: Address,
    mayBeStaged: boolean,
    kind: Kind,
    transfer?: readonly unknown[],
  ): Outbox | undefined {
    const { encoder, arena, last } = this;
    if (
      mayBeStaged &&
      last?.listed === true &&
      last.target.box === target.box &&
      last.target.generation === target.generation &&
      last.lane === 0
    ) {
      if (last.isEmpty || this.#stampsEach) this.#stamp();
      const place = last.place();
      if (place !== 0) {
        // A large answer or order moves out of it, and goes its own way.
        const room = kind < Kind.REPLY ? last.roomInPlace : Math.min(last.roomInPlace, MAX_SMALL_WORDS);
        encoder.beginAt(arena.i32, arena.u8, place, room, 0);
        return last;
      }
    } else if (this.listed.length === 0 || this.#stampsEach) this.#stamp();
    encoder.begin(transfer, transfer !== undefined && this.#copies(transfer));
    return undefined;
  }

  /** The record is whole, in its place among those that are staged. */
  #stageBuilt(target: Address, outbox: Outbox, length: number): PostResult {
    const { encoder } = this;
    const kind = encoder.words[encoder.base + Rec.KIND];
    this.checkSize(target, length);
    outbox.commit(length);
    this.clearAttaching(kind);
    if (outbox.staged < outbox.batch && outbox.room > 0) return 'accepted';
    return this.publishStaged(outbox);
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
    let { transfer } = message;
    if (encoder.copied !== undefined) {
      if (!this.fits(target, encoder.position + 1)) {
        // Beside the record, what is moved takes one word of it.
        encoder.begin(transfer);
        return this.#encode(target, message);
      }
      detach(encoder.copied);
      kind |= KindFlag.MOVED;
      transfer = undefined;
    }
    if (encoder.attachments.length > 0) kind |= this.#attach(target, message.kind, transfer);
    if (encoder.taken.length > 0) kind |= this.#keep(target);
    const length = encoder.position;
    if (message.waitPlace !== undefined) kind |= withWaitPlace(message.waitPlace);
    const { words, base } = encoder;
    writeHead(words, base, length, kind, id, message.sender, this.#timeLow, this.#timeHigh);
    if (header === Rec.PAYLOAD) {
      writeAnswerHead(words, base, message.correlation ?? 0, message.replyTo, message.deadline ?? 0);
    }
    return length;
  }

  /** What waits for room does not wait for being moved, and would fill the arena. */
  #copies(transfer: readonly unknown[]): boolean {
    return !this.isHolding && isCopied(transfer);
  }

  #refuseOutside(target: Address): PostResult {
    this.refuse(target, 'stopped');
    if (this.followUps.length > 0) this.followUp();
    return 'closed';
  }

  /** The attachments' number becomes the record's last word. */
  #attach(target: Address, kind: Kind, transfer: readonly unknown[] | undefined): number {
    const { encoder } = this;
    // Before anything is moved: a message that is refused leaves its sender what it has.
    this.checkSize(target, encoder.position + 1);
    const to = kind >= Kind.REPLY ? target : undefined;
    const number = this.hooks.attach(encoder.attachments, transfer ?? [], to);
    const at = encoder.reserve(1);
    encoder.words[encoder.base + at] = number;
    return transfer !== undefined && transfer.length > 0
      ? KindFlag.ATTACHED | KindFlag.MOVED
      : KindFlag.ATTACHED;
  }

  /** Once nothing can be said against the record any more. */
  #keep(target: Address): number {
    const { encoder } = this;
    this.checkSize(target, encoder.position);
    this.followUps.push(this.hooks.keep(target, encoder.taken));
    return KindFlag.STREAMS;
  }

  /**
   * Messages staged together have one time, unless the flow is watched and they are shown: that of most is not, and to
   * read the clock for each cost a quarter of the speed.
   */
  get #stampsEach(): boolean {
    return this.showsEach && (this.arena.i32[Header.OBSERVED] & Observed.FLOW) !== 0;
  }

  /** When the last message was sent, in microseconds since the arena's epoch. */
  get lastStamp(): number {
    return this.#timeHigh * 0x100000000 + (this.#timeLow >>> 0);
  }

  /** What was sent last was shown, and what follows is not: it is not to be taken for that. */
  stampAnew(): void {
    this.#stamp(1);
  }

  /** @param after by how much it has to differ from the last one: what is shown is known by its time */
  #stamp(after = this.#stampsEach ? 1 : 0): void {
    if (after === 0 && this.stampsLeft > 0) {
      this.stampsLeft--;
      return;
    }
    this.dateFrom(this.now(), after);
  }

  /** It is so late, in milliseconds since the arena's epoch: good for what is sent next. */
  dateFrom(now: number, after = 0): void {
    const micros = Math.max(Math.floor(now * 1000), this.lastStamp + after);
    this.#timeLow = micros | 0;
    this.#timeHigh = Math.floor(micros / 0x100000000);
    this.stampsLeft = RECORDS_OF_A_TIME;
  }

  /** The time of the last record is not that of the next: something has taken long. */
  outdate(): void {
    this.stampsLeft = 0;
  }

  /** As {@link insist}, behind the messages of dead threads for the same box. */
  insistBehind(target: Address, message: Outgoing): void {
    this.insisting.put(target, () => {
      const outbox = this.orphanFor(target);
      if (outbox === undefined) return this.post(target, message);
      this.#begin(target, false, message.kind);
      const length = this.#encode(target, message);
      const result = this.stage(outbox, length, false);
      // What this thread tells next stands in an outbox of its own: there may be older ones in it.
      this.last = undefined;
      if (this.followUps.length > 0) this.followUp();
      return result;
    });
  }

  /** Begins a tell with nothing beside it, whose method has a number. @returns what gives its arguments */
  openTell(record: number, words: Int32Array, bytes: Uint8Array): Decoder {
    const { decoder } = this;
    decoder.begin(words, bytes, record + TELL_HEADER, record + words[record + Rec.LENGTH], undefined);
    return decoder;
  }

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
