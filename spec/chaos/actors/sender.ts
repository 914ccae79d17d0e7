/** What a life does of its own accord: it tells, sends, asks, listens and raises children, and writes all of it down. */
import type { ActorRef, AnyActorRef, Spawner } from '../../../core/index.js';
import type { Random } from '../random.js';
import { MOURNER, MOURNER_SLOT, ROLES, type Role } from './company.js';
import { Fate } from './fates.js';
import { CHILD, How, type Ledger, Phase, Sent, Word } from './ledger.js';
import { type Mourner, Player } from './players.js';

export interface Self {
  readonly ledger: Ledger;
  readonly life: number;
  readonly slot: number;
  readonly random: Random;
  readonly listens: boolean;
  readonly find: (path: string) => AnyActorRef;
  readonly spawner: Spawner;
  /** Something was rejected with what nobody should see. */
  readonly surprised: (what: string, error: unknown) => void;
}

const codeOf = (error: unknown): string => String((error as { code?: unknown }).code);
const LONG = 'x'.repeat(9000);
const STREAMED = 40;
const LEFT_AFTER = 7;

/** What calls may be rejected with while actors die. */
const EXPECTED = [
  'ERR_TROUPE_ACTOR_STOPPED',
  'ERR_TROUPE_ACTOR_START',
  'ERR_TROUPE_ACTOR_NOT_FOUND',
  'ERR_TROUPE_ASK_TIMEOUT',
  'ERR_TROUPE_SYSTEM_STOPPED',
];

export class Sender {
  /** One child at a time: they all have the same name. */
  #raises = false;

  constructor(readonly self: Self) {}

  /** One thing or another. */
  async act(): Promise<void> {
    const { random, listens, ledger, slot } = this.self;
    const role = random.pick(ROLES);
    const to = this.#refTo(role.path);
    if (to === undefined) return;
    const what = random.below(20);
    if (what < 8) await this.#tellSome(to, role, 1 + random.below(12));
    else if (what < 11) await this.send(to, role.slot);
    else if (what < 17) await this.ask(to, role.slot);
    else if (what < 18) await this.#askBriefly(to, role.slot);
    else if (what < 19 && listens) await this.#listen(to, role.slot);
    else if (random.below(3) === 0 && !this.#raises) {
      this.#raises = true;
      await this.#raise();
      this.#raises = false;
    }
    ledger.phase(slot, Phase.IDLE);
  }

  #refTo(path: string): ActorRef<Player> | undefined {
    try {
      return this.self.find(path);
    } catch (error) {
      this.#expect('find', error);
      return undefined;
    }
  }

  #open(how: number, to: number, flags = 0): number | undefined {
    return this.self.ledger.open(how, this.self.life, to, flags);
  }

  #pad(): unknown {
    const { random } = this.self;
    const what = random.below(100);
    if (what === 0) return LONG;
    if (what === 1) return new SharedArrayBuffer(8);
    return what < 40 ? 'x'.repeat(random.below(60)) : { n: what, text: 'pad' };
  }

  /** What a handler does besides: nothing, or it tells or asks somebody else. */
  #hop(): number {
    const what = this.self.random.below(30);
    return what < 5 ? 1 : what < 6 ? 2 : 0;
  }

  tell(to: ActorRef<Player>, slot: number, fate: number = Fate.NONE, hop = this.#hop()): boolean {
    const { ledger, random } = this.self;
    const urgent = random.below(12) === 0;
    const id = this.#open(How.TELL, slot, urgent ? Sent.URGENT : 0);
    if (id === undefined) return true;
    const pad = this.#pad();
    const ref = urgent ? to.with({ urgent }) : to;
    const taken = ref.tell.note(id, random.below(4), fate, hop, pad);
    ledger.mark(id, Sent.RETURNED);
    return taken;
  }

  async #tellSome(to: ActorRef<Player>, role: Role, count: number): Promise<void> {
    const { ledger, slot } = this.self;
    ledger.phase(slot, Phase.SENDING);
    let held = false;
    for (let n = 0; n < count; n++) held = !this.tell(to, role.slot) || held;
    // The polite one waits, and so do all in the end: what is held has no other limit.
    if (held) await this.#settled('drained', this.#open(How.PROMISE, role.slot), to.drained());
  }

  async send(to: ActorRef<Player>, slot: number): Promise<void> {
    const { ledger, random } = this.self;
    ledger.phase(this.self.slot, Phase.SENDING);
    const id = this.#open(How.SEND, slot);
    if (id === undefined) return;
    const sent = to.send.note(id, random.below(4), Fate.NONE, this.#hop(), this.#pad());
    await this.#settled('send', id, sent);
    ledger.mark(id, Sent.RETURNED);
  }

  async ask(to: ActorRef<Player>, slot: number, fate: number = Fate.NONE): Promise<void> {
    const { ledger, random } = this.self;
    ledger.phase(this.self.slot, Phase.ASKING);
    const id = this.#open(How.ASK, slot);
    if (id === undefined) return;
    const hop = fate === Fate.NONE ? this.#hop() : 0;
    const patient = to.with({ timeoutMs: Number.POSITIVE_INFINITY });
    const asked = patient.ask.answer(id, random.below(4), fate, hop, this.#pad());
    ledger.mark(id, Sent.RETURNED);
    const answer = await this.#settled('ask', id, asked);
    if (answer !== undefined && answer !== id)
      this.self.surprised('answered', new Error(`${answer} for ${id}`));
  }

  async #askBriefly(to: ActorRef<Player>, slot: number): Promise<void> {
    const { ledger, random } = this.self;
    const id = this.#open(How.BRIEF_ASK, slot);
    if (id === undefined) return;
    const brief = to.with({ timeoutMs: 1 + random.below(20) });
    const asked = brief.ask.answer(id, random.below(4), Fate.NONE, 0, this.#pad());
    ledger.mark(id, Sent.RETURNED);
    await this.#settled('brief ask', id, asked);
  }

  async #listen(to: ActorRef<Player>, slot: number): Promise<void> {
    const { ledger, random } = this.self;
    const brief = random.below(3) === 0;
    const id = this.#open(brief ? How.BRIEF_STREAM : How.STREAM, slot);
    if (id === undefined) return;
    let next = 0;
    const items = to.stream.items(id, random.below(4), STREAMED);
    const listening = (async () => {
      for await (const item of items) {
        if (item !== next++) ledger.count(Word.GAPS);
        if (brief && next === LEFT_AFTER) return;
      }
      if (next !== STREAMED) ledger.count(Word.GAPS);
    })();
    ledger.mark(id, Sent.RETURNED);
    await this.#settled('stream', id, listening);
  }

  /** A child is spawned, watched, used, and stopped or killed, or dies. */
  async #raise(): Promise<void> {
    const { ledger, random, slot, spawner } = this.self;
    const id = this.#open(How.PROMISE, slot);
    if (id === undefined) return;
    ledger.phase(slot, Phase.SPAWNING);
    const settings = {
      name: `kid of ${slot}`,
      placement: random.pick(['thread', 'shared', 'shared'] as const),
      supervision: { restart: random.pick(['permanent', 'temporary'] as const), maxRestarts: 2 },
      props: { buffer: ledger.buffer, slot: slot + CHILD, ordered: false, token: id },
      // One that does not come up is found hung; a machine that stands still for a minute is no matter.
      startTimeoutMs: Number.POSITIVE_INFINITY,
    };
    const child = await this.#settled('spawn', id, spawner.spawn(Player, settings));
    if (child === undefined) return;
    this.#mourn(child, id);
    for (let n = random.below(20); n > 0; n--) this.tell(child, slot + CHILD);
    if (random.below(2) === 0) await this.ask(child, slot + CHILD);
    const end = random.below(3) === 0 ? child.kill() : child.stop();
    await this.#settled('end', this.#open(How.PROMISE, slot), end);
  }

  #mourn(child: ActorRef<Player>, token: number): void {
    const { ledger, find } = this.self;
    const id = this.#open(How.TELL, MOURNER_SLOT);
    if (id === undefined) return;
    ledger.about[id] = token;
    (find(MOURNER) as ActorRef<Mourner>).tell.mourn(id, child, token);
    ledger.mark(id, Sent.RETURNED);
  }

  /** Of a child, to who watches it. */
  lastWord(token: number): void {
    const id = this.#open(How.TELL, MOURNER_SLOT);
    if (id === undefined) return;
    (this.self.find(MOURNER) as ActorRef<Mourner>).tell.hear(id, token);
    this.self.ledger.mark(id, Sent.RETURNED);
  }

  /** Waits, and writes down that it has come to an end. */
  async #settled<T>(what: string, id: number | undefined, promise: Promise<T>): Promise<T | undefined> {
    const { ledger } = this.self;
    try {
      const value = await promise;
      if (id !== undefined) ledger.mark(id, Sent.RESOLVED);
      return value;
    } catch (error) {
      if (id !== undefined) ledger.mark(id, Sent.REJECTED);
      this.#expect(what, error);
      return undefined;
    }
  }

  #expect(what: string, error: unknown): void {
    if (codeOf(error) === 'ERR_TROUPE_NAME_TAKEN') this.self.ledger.count(Word.NAMES_TAKEN);
    if (EXPECTED.includes(codeOf(error)) || (error as Error).name === 'FateError') return;
    this.self.surprised(what, error);
  }
}
