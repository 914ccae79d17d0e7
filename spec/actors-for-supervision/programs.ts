/** Whole programs, each run as a process of its own: `node programs.js name`. */
import { Actor, ActorSystem } from '../../core/index.js';
import { crash } from '../../core/testing/index.js';

export class Slow extends Actor {
  static module = import.meta.url;
  #handled = 0;
  async work() {
    await new Promise((resolve) => setImmediate(resolve));
    this.#handled++;
  }
  forever() {
    return new Promise<void>(() => undefined);
  }
  override onStop() {
    process.stdout.write(`handled ${this.#handled}\n`);
  }
}

export class Broken extends Actor {
  static module = import.meta.url;
  constructor() {
    super();
    throw new Error('broken');
  }
}

const say = (text: string) => process.stdout.write(`${text}\n`);

async function withWork(system: ActorSystem): Promise<void> {
  const slow = await system.spawn(Slow);
  for (let i = 0; i < 100; i++) slow.tell.work();
}

const programs: Record<string, () => Promise<unknown>> = {
  run: () => ActorSystem.run(withWork),
  async 'late-shutdown'() {
    const system = await ActorSystem.start();
    setTimeout(() => void system.shutdown().then(() => say('down')), 50).unref();
  },
  async signals() {
    await withWork(await ActorSystem.start({ signals: true }));
    say('ready');
  },
  async 'signals-twice'() {
    await ActorSystem.start({ signals: true });
    await withWork(await ActorSystem.start({ signals: true }));
    say('ready');
  },
  async 'signals-stuck'() {
    const system = await ActorSystem.start({ signals: true });
    const slow = await system.spawn(Slow);
    slow.tell.forever();
    say('ready');
    process.on('SIGTERM', () => say('got it'));
  },
  /** Starts that fail, threads that die, limits that pass: and then the end. */
  async 'after-trouble'() {
    const system = await ActorSystem.start({ logger: () => undefined });
    system.flow$.subscribe(() => undefined);
    system.deadLetters$.subscribe(() => undefined);
    await system.spawn(Broken).catch(() => undefined);
    const slow = await system.spawn(Slow);
    await slow
      .with({ timeoutMs: 20 })
      .ask.forever()
      .catch(() => undefined);
    const left = slow
      .with({ timeoutMs: 200 })
      .ask.forever()
      .catch(() => undefined);
    await crash(slow);
    await left;
    const pool = await system.pool(Slow, { size: 2 });
    for (let n = 0; n < 50; n++) pool.tell.work();
    await pool.kill();
    await slow.kill();
    await system.shutdown({ drain: false });
    say('all over');
  },
  async 'no-signals'() {
    await withWork(await ActorSystem.start());
    say('ready');
  },
};

// Actor threads import this file for its class alone.
if (process.argv[1] === new URL(import.meta.url).pathname && process.argv[2] in programs) {
  const { isMainThread } = await import('node:worker_threads');
  if (isMainThread) await programs[process.argv[2]]();
}
