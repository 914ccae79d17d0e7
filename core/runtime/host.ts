/**
 * What a thread has: its actors (one, or many when shared), its inbox, its post office, its turn. Puts them together,
 * and is what refs, contexts and the creating thread ask.
 */
import { SystemStoppedError } from '../errors.js';
import type { Arena } from '../memory/arena.js';
import { Box, Header, wordOf } from '../memory/layout.js';
import { homeOf, markReady, reserveReady } from '../memory/ready-set.js';
import type { ThreadRecord } from '../memory/thread-record.js';
import type { Ref } from '../messaging/actor-ref.js';
import { checkShutdown } from '../messaging/checks.js';
import type { SystemRef } from '../messaging/context-types.js';
import { type Address, Kind, STOPPED_PATH, sameAddress, type TerminatedNote } from '../messaging/envelope.js';
import { PostOffice } from '../messaging/mailbox.js';
import type { LogEntry } from '../messaging/options.js';
import type { PostResult } from '../messaging/outgoing.js';
import { Pending } from '../messaging/pending.js';
import { attachmentOf } from '../messaging/record-head.js';
import { RefSpace } from '../messaging/ref-space.js';
import type { Identity, LifecycleCall, RefWorld } from '../messaging/ref-world.js';
import type { DeadLetter, DeadLetterReason, ExitReport, FlowEvent } from '../messaging/reports.js';
import { sharedShapes } from '../messaging/shared-shapes.js';
import { tracer } from '../messaging/tracer.js';
import type { ActorCell } from './actor-cell.js';
import { type AttachmentPort, Attachments } from './attachments.js';
import { Cells } from './cells.js';
import { Clock } from './clock.js';
import type { ToHost, ToSystem } from './control.js';
import { ErrorClasses } from './error-classes.js';
import { extensionsOf } from './extensions.js';
import { FlowTap } from './flow-tap.js';
import { GivenStreams, type Taken } from './given-streams.js';
import { Inbox } from './inbox.js';
import { Injector } from './injector.js';
import { lastMessagesOf } from './last-messages.js';
import { Letters } from './letters.js';
import { Lives } from './lives.js';
import type { LoopHost } from './loop-host.js';
import { identityAt } from './names.js';
import { Orders } from './orders.js';
import { Recipes } from './recipes.js';
import type { Rehearsal } from './rehearsal.js';
import { spawnerFor } from './spawning.js';
import { Speaking } from './speaking.js';
import { Streams } from './streams.js';
import { SystemLine } from './system-line.js';
import { Turn, type Turns } from './turn.js';
import { Waits } from './waits.js';

/** Who sends a message for each dead letter that is shown, to one that has ended, would never come to an end. */
const LAST_ROUNDS = 100;

export interface HostOptions {
  readonly name: string;
  readonly systemInbox: Address;
  readonly askTimeoutMs: number;
  readonly askCycle: 'report' | 'reject';
  readonly port: AttachmentPort;
  /** On the creating thread: where messages to the system go. */
  readonly onSystem?: (message: ToSystem, correlation: number, replyTo: Address) => void;
  readonly flowOf: (host: Host, actor: Identity) => unknown;
  readonly deadLetters: (host: Host) => unknown;
  readonly onExit?: () => void;
  /** Of test systems. */
  readonly rehearsal?: Rehearsal | undefined;
  readonly onFlow?: (host: Host, events: readonly FlowEvent[]) => void;
  readonly onDeadLetter?: (host: Host, letter: DeadLetter) => void;
}

export class Host implements LoopHost, RefWorld {
  /** Where this thread is sent answers and orders. */
  readonly inbox: Address;
  readonly post: PostOffice;
  readonly clock: Clock;
  readonly pending = new Pending();
  readonly refs = new RefSpace(this);
  readonly cells: Cells;
  readonly injector = new Injector();
  readonly errorClasses = new ErrorClasses();
  readonly attachments: Attachments;
  readonly line: SystemLine;
  readonly flow: FlowTap;
  readonly letters: Letters;
  readonly streams: Streams;
  readonly given = new GivenStreams(this);
  readonly speaking: Speaking;
  readonly waits: Waits;
  readonly lives = new Lives(this);
  readonly recipes = new Recipes(this);
  readonly turn: Turns;
  readonly #records: Inbox;

  constructor(
    readonly arena: Arena,
    readonly thread: ThreadRecord,
    readonly options: HostOptions,
  ) {
    const { pending } = this;
    const cells = new Cells(arena.i32);
    this.cells = cells;
    const box = thread.inbox;
    this.inbox = { box, generation: arena.i32[wordOf(box) + Box.GENERATION] };
    this.attachments = new Attachments(thread, options.port, (number) => this.#arrived(number));
    this.post = this.#openPost();
    this.clock = new Clock(this.post);
    this.line = new SystemLine(this.post, pending, options.systemInbox, this.inbox);
    const pathOf = (actor: Address) => this.refAt(actor).path;
    this.flow = new FlowTap(arena, this.line, this.post, pathOf);
    this.letters = new Letters(arena, this.post, pending, this.line, this.attachments, this.given, pathOf);
    this.speaking = new Speaking(this.post);
    this.streams = new Streams(this.post, cells, this.speaking, this.line);
    this.waits = new Waits(arena, this.speaking, this.flow, options.askCycle, pending, this.inbox);
    this.#records = new Inbox(this, new Orders(this));
    const { rehearsal } = options;
    this.turn = rehearsal?.turns(this, cells, this.#records) ?? new Turn(this, cells, this.#records);
    reserveReady(arena, thread, 0);
  }

  #openPost(): PostOffice {
    const { arena, thread } = this;
    const { systemInbox } = this.options;
    return new PostOffice(
      arena,
      thread,
      sharedShapes(arena, thread),
      extensionsOf(this),
      {
        undeliverable: (...record) => this.letters.undeliverable(...record),
        attach: (objects, transfer, to) => this.attachments.send([...objects], transfer, to),
        detach: (number) => this.attachments.forget(number),
        withdrawn: (record) => this.given.release(this.given.within(record, arena.i32, undefined)),
        keep: (target, taken) => this.given.keep(target, taken as readonly Taken[]),
        manyHeld: (target, count) => this.#manyHeld(target, count),
        unsaid: (error) => this.line.complain('what has to be heard of could not be said', { error }),
        local: (place) => this.turn.local(place),
      },
      sameAddress(systemInbox, this.inbox) ? undefined : systemInbox,
    );
  }

  /** Begins to take mail. */
  start(): void {
    this.turn.schedule();
  }

  /** Ends the loop; what still waits is told, and who asks later how an actor has ended. */
  stop(reportOf: (actor: Address) => ExitReport): void {
    this.turn.end();
    this.streams.closeAll();
    this.line.close(reportOf);
    this.pending.rejectWhere(
      () => true,
      () => new SystemStoppedError('The call'),
    );
    this.pending.dispose();
    this.speaking.close();
    // A wake-up for the wait that may be pending, so that nothing holds this arena.
    markReady(this.arena.i32, homeOf(this.thread.slot, 0));
  }

  /** What travels beside a record is here. */
  #arrived(number: number): void {
    this.#records.arrived(number);
    for (const cell of this.cells) {
      if (cell.awaits !== number) continue;
      cell.awaits = 0;
      this.ready(cell);
    }
  }

  #manyHeld(target: Address, count: number): void {
    const path = identityAt(this.arena, target.box, target.generation)?.path ?? '';
    this.line.complain(`${count} messages are held for ${path}, whose mailbox is full`, { held: count });
    this.flow.add({ kind: 'overflow', time: Date.now(), actor: path, what: 'messages', count });
  }

  // --- what the loop asks -----------------------------------------------------------------------------------

  ready(cell: ActorCell): void {
    this.turn.ready(cell);
  }

  failed(cell: ActorCell, error: unknown): void {
    if (cell.blueprint.supervision.onError === 'resume') {
      this.line.complain('handler failed', { error }, cell.identity.path);
      return;
    }
    const reader = {
      arena: this.arena,
      post: this.post,
      pathOf: (sender: Address) => this.refAt(sender).path,
    };
    const lastMessages = lastMessagesOf(reader, cell.address, false);
    this.line.complain('handler failed', { error, lastMessages }, cell.identity.path);
    this.line.tell({ op: 'failed', actor: cell.address, incarnation: cell.incarnation, error });
  }

  sentinel(cell: ActorCell): void {
    this.lives.stop(cell);
  }

  refTo(note: TerminatedNote): Ref {
    return this.refs.refTo({ ...note.actor, path: note.path, types: [note.type] });
  }

  // --- what refs and contexts ask ---------------------------------------------------------------------------

  get askTimeoutMs(): number {
    return this.options.askTimeoutMs;
  }

  speaker(): Identity | undefined {
    return this.speaking.actor();
  }

  bound<A extends unknown[]>(call: (...args: A) => void): (...args: A) => void {
    const bound = this.speaking.bound(call);
    return tracer === undefined ? bound : tracer.bind(bound);
  }

  subscribed(end: () => void): () => void {
    return this.streams.subscribed(this.speaking.speaker(), end);
  }

  subscriberThrew(error: unknown): void {
    this.line.complain('a subscriber threw', { error }, this.speaker()?.path);
  }

  lifecycle(call: LifecycleCall): Promise<unknown> {
    return this.line.lifecycle(call, this.speaker());
  }

  /** Bits of the levels of log lines that nobody writes. */
  off(): number {
    return this.arena.i32[Header.LOG_OFF];
  }

  /** An actor's log line. Once this returns, nothing that happens to this thread or to its creator's can lose it. */
  write(entry: LogEntry): void {
    this.line.log(entry);
    this.post.flush();
  }

  flowOf(actor: Identity): unknown {
    return this.options.flowOf(this, actor);
  }

  posted(target: Identity, method: string, result: PostResult): void {
    if (!this.flow.isObserved || result === 'closed' || result === 'no-memory') return;
    if (this.flow.passesOver()) return;
    this.flow.accepted(target, method, this.speaker());
  }

  refAt(address: Address): Ref {
    const known = this.refs.known(address);
    if (known !== undefined) return known;
    const identity = identityAt(this.arena, address.box, address.generation);
    return this.refs.refTo(identity ?? { ...address, path: STOPPED_PATH, types: ['Actor'] });
  }

  systemRef(): SystemRef {
    const host = this;
    return {
      ...spawnerFor(this, undefined),
      name: this.options.name,
      get deadLetters$() {
        return host.options.deadLetters(host) as SystemRef['deadLetters$'];
      },
      shutdown: (options = {}) => {
        checkShutdown(options);
        const { timeoutMs = 30_000, drain = true } = options;
        return this.line.request({ call: 'shutdown', timeoutMs, drain }, this.speaker()) as never;
      },
    };
  }

  // --- what the creating thread asks ------------------------------------------------------------------------

  /** Posts a notice of death into a watcher's mailbox, behind what this thread has sent there. */
  notify(watcher: Address, note: TerminatedNote): void {
    this.post.flush();
    this.post.insist(watcher, { kind: Kind.TERMINATED, value: note });
  }

  /** The same of an actor whose thread is dead: also behind what that had sent, and this thread holds now. */
  notifyBehind(watcher: Address, note: TerminatedNote): void {
    this.post.flush();
    this.post.insistBehind(watcher, { kind: Kind.TERMINATED, value: note });
  }

  tellSystem(message: ToSystem): void {
    this.line.tell(message);
  }

  /**
   * Reads, when the system ends, what this thread has been told and has not come to; and what comes of that, since what is
   * watched here is told to this thread itself.
   */
  readOut(): void {
    this.#untilQuiet(() => this.#records.read());
  }

  /** The same when the process ends: then nobody is answered any more. */
  readLast(take: (message: ToHost | ToSystem) => void): void {
    const { options } = this;
    const hear = (message: ToHost | ToSystem): void => {
      if (message.op === 'flow') options.onFlow?.(this, message.events);
      else if (message.op === 'dead-letter-out') options.onDeadLetter?.(this, message.letter);
      else take(message);
    };
    this.#untilQuiet(() => this.#records.readLast(hear));
  }

  #untilQuiet(read: () => boolean): void {
    this.flow.send();
    for (let rounds = 0; rounds < LAST_ROUNDS; rounds++) {
      this.post.flush();
      if (!read()) return;
    }
  }

  /** About records of lives that have ended. */
  giveUp(record: number, to: Address, reason: DeadLetterReason): DeadLetter | undefined {
    const letter = this.letters.giveUp(record, to, reason);
    const attached = attachmentOf(this.arena.i32, record);
    if (attached !== 0) this.attachments.forget(attached);
    return letter;
  }

  /** When a shutdown begins: the program's messages are refused; those of inline actors go on. */
  refuseOutside(): void {
    this.post.refuseOutside();
  }
}
