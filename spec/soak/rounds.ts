/** Rounds of everything: actors, pools and groups come, work, die and go; between two rounds only those stay that always do. */
import { type ActorRef, ActorSystem, child, type Placement } from '../../core/index.js';
import { crash } from '../../core/testing/index.js';
import type { Random } from '../chaos/random.js';
import { Guest } from './actors.js';

/** The creating one, that of the stayer with a thread of its own, two shared ones, a spare one. */
const THREADS = 5;
const PATIENCE_MS = 10_000;

/** Somebody who works, and dies at times. */
interface Visitor {
  readonly ref: ActorRef<Guest>;
  /** Whose thread may be taken: of a pool a worker's. */
  readonly mortal: ActorRef<Guest>;
  readonly placement: Placement;
}

export class Rounds {
  /** What was done, by its name. */
  readonly done: Record<string, number> = {};
  #visitors: Visitor[] = [];
  #ends: (() => Promise<unknown>)[] = [];
  readonly #acts = [this.#tell, this.#tell, this.#listen, this.#fail, this.#die, this.#raise];

  private constructor(
    readonly system: ActorSystem,
    readonly random: Random,
    /** Those that stay. */
    readonly stayers: readonly Visitor[],
    readonly arena: SharedArrayBuffer,
  ) {}

  static async start(random: Random): Promise<Rounds> {
    const system = await ActorSystem.start({
      name: 'soak',
      threads: 2,
      askTimeoutMs: 60_000,
      warmThreads: 1,
      arenaBytes: 1 << 28,
      supervision: { maxRestarts: Number.POSITIVE_INFINITY },
      // Failures are what this is about.
      logger: () => undefined,
    });
    const stayers: Visitor[] = [];
    for (const placement of ['thread', 'shared', 'inline'] as const) {
      const ref = await system.spawn(Guest, { name: placement, placement, props: {} });
      stayers.push({ ref, mortal: ref, placement });
    }
    const pool = await system.pool(Guest, { name: 'pool', size: 2, placement: 'shared', props: {} });
    stayers.push({ ref: pool, mortal: system.find(Guest, '/pool/0'), placement: 'shared' });
    return new Rounds(system, random, stayers, await stayers[0].ref.ask.arena());
  }

  /** Threads end a little later than their actors. Given up after a while: then there are too many. */
  async settled(): Promise<void> {
    const end = performance.now() + PATIENCE_MS;
    while (this.system.metrics().threads > THREADS && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async end(): Promise<void> {
    await this.system.shutdown();
  }

  /** Resolves when all is as it was before, but for what is kept for the next ones. */
  async play(): Promise<void> {
    const { random } = this;
    this.#visitors = [...this.stayers];
    this.#ends = [];
    await this.#invite();
    for (let n = 5 + random.below(15); n > 0; n--) {
      await random.pick(this.#acts).call(this, random.pick(this.#visitors));
    }
    for (const end of this.#ends.reverse()) {
      await end();
      this.#count('ended');
    }
    // Whoever was restarted is back when it answers.
    for (const { ref, mortal } of this.stayers) {
      await mortal.ask.count();
      await ref.ask.count();
    }
  }

  #count(what: string): void {
    this.done[what] = (this.done[what] ?? 0) + 1;
  }

  async #invite(): Promise<void> {
    const { random, system } = this;
    const settings = () => ({
      placement: random.pick<Placement>(['thread', 'shared', 'shared', 'inline']),
      props: { text: 'x'.repeat(random.below(5000)) },
    });
    const ended = (ref: ActorRef<Guest>) => () => (random.below(4) === 0 ? ref.kill() : ref.stop());
    for (let n = 1 + random.below(4); n > 0; n--) {
      const own = settings();
      const ref = await system.spawn(Guest, { name: `guest ${n}`, ...own });
      this.#visitors.push({ ref, mortal: ref, placement: own.placement });
      this.#ends.push(ended(ref));
      this.#count('spawned');
    }
    if (random.below(3) === 0) {
      const own = settings();
      const ref = await system.pool(Guest, { name: 'crowd', size: 2, ...own });
      this.#visitors.push({ ref, mortal: system.find(Guest, '/crowd/1'), placement: own.placement });
      this.#ends.push(ended(ref));
      this.#count('pools');
    }
    if (random.below(4) === 0) {
      const children = ['a', 'b'].map((name) => child(Guest, { name, ...settings(), placement: 'shared' }));
      const group = await system.supervise({ name: 'group', strategy: 'one-for-all', children });
      for (const ref of group.refs) this.#visitors.push({ ref, mortal: ref, placement: 'shared' });
      this.#ends.push(() => group.stop());
      this.#count('groups');
    }
  }

  /** Behind whatever it was sent. It may be that it dies of that: then the answer is a rejection. */
  async #hear({ ref }: Visitor): Promise<void> {
    await ref.ask.count().catch(() => undefined);
  }

  async #tell(to: Visitor): Promise<void> {
    const { random } = this;
    for (let n = random.below(200); n > 0; n--) to.ref.tell.note('x'.repeat(random.below(100)));
    await to.ref.send.note('the last');
    await this.#hear(to);
    this.#count('asked');
  }

  async #listen({ ref }: Visitor): Promise<void> {
    const enough = this.random.pick([10, Number.POSITIVE_INFINITY]);
    for await (const item of ref.stream.items(100)) if (item >= enough) break;
    this.#count('streams');
  }

  async #fail(who: Visitor): Promise<void> {
    who.ref.tell.fail();
    await this.#hear(who);
    this.#count('thrown');
  }

  /** Its thread, and with it its neighbours, or an instance where there is no thread to take. */
  async #die(who: Visitor): Promise<void> {
    if (who.placement === 'inline' || this.random.below(2) === 0) await crash(who.mortal);
    else await who.mortal.ask.exit().catch(() => undefined);
    await who.mortal.ask.count();
    this.#count('crashed');
  }

  async #raise({ ref }: Visitor): Promise<void> {
    await ref.ask.raise();
    this.#count('children');
  }
}
