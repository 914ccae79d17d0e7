/** Whole programs, each run as a process of its own: `node programs.js name`. */
import { isMainThread } from 'node:worker_threads';
import { Actor, type ActorRef, ActorSystem } from '../../../core/index.js';
import { knock } from '../../support/gate.js';
import { Hand } from './hand.js';

export class Busybody extends Actor<{ done: SharedArrayBuffer; begun: SharedArrayBuffer }> {
  static module = import.meta.url;
  /** Talks to others until it has what it wants, which it says in shared memory. */
  async talk(to: ActorRef<Hand>): Promise<[number, number]> {
    knock(this.props.begun);
    let asked = 0;
    while (asked < 200) {
      to.tell.note(asked);
      asked = await to.ask.count();
    }
    let streamed = 0;
    for await (const _ of to.stream.many(3000)) streamed++;
    knock(this.props.done);
    return [asked, streamed];
  }
}

const knocked = (gate: SharedArrayBuffer) => Atomics.load(new Int32Array(gate), 1) > 0;

async function blocked(): Promise<void> {
  const system = await ActorSystem.start({ logger: () => undefined });
  const [begun, done, dying] = [1, 2, 3].map(() => new SharedArrayBuffer(8));
  const busybody = await system.spawn(Busybody, { props: { begun, done } });
  const hand = await system.spawn(Hand);
  const victim = await system.spawn(Hand, { name: 'victim' });
  const talk = busybody.with({ timeoutMs: Number.POSITIVE_INFINITY }).ask.talk(hand);
  while (!knocked(begun)) await new Promise((resolve) => setImmediate(resolve));
  victim.tell.spinUntil(dying);
  victim.tell.exit();
  while (!knocked(dying)) await new Promise((resolve) => setImmediate(resolve));
  // It dies now, and not before: this thread would hear of that.
  Atomics.store(new Int32Array(dying), 0, 1);
  // Blocked from here on: no microtask, no timer, no message of this thread runs until the others are done.
  while (!knocked(done));
  const restarts = () => system.metrics().actors.find(({ path }) => path === '/victim')?.restarts;
  const before = restarts();
  const [asked, streamed] = await talk;
  process.stdout.write(`asked ${asked}, streamed ${streamed}, crashed ${before} times\n`);
  await victim.ask.count();
  process.stdout.write(`afterwards restarted ${restarts()}\n`);
  await system.shutdown();
}

/** Inside a native call nothing can be terminated: the process ends once the call has returned. */
async function unkillable(): Promise<void> {
  const system = await ActorSystem.start({ logger: () => undefined });
  const stuck = await system.spawn(Hand, { name: 'stuck' });
  await system.spawn(Hand, { name: 'free' });
  const gate = new SharedArrayBuffer(8);
  stuck.tell.native(gate, 3);
  while (!knocked(gate)) await new Promise((resolve) => setImmediate(resolve));
  const { timedOut, unkillable: paths } = await system.shutdown({ timeoutMs: 200 });
  process.stdout.write(`${timedOut} ${paths.join()}\n`);
}

/** Everything that holds a handle, used and left. */
async function handles(): Promise<void> {
  const system = await ActorSystem.start({
    warmThreads: 1,
    threads: 1,
    signals: true,
    logger: () => undefined,
  });
  system.flow$.subscribe(() => undefined);
  system.deadLetters$.subscribe(() => undefined);
  system.metrics$.subscribe(() => undefined);
  for (const placement of ['thread', 'shared', 'inline'] as const) {
    const hand = await system.spawn(Hand, { placement, hangTimeoutMs: 60_000 });
    await hand.ask.add(new SharedArrayBuffer(8));
    void hand.join();
    hand.stream.many(Number.POSITIVE_INFINITY).subscribe(() => undefined);
    void hand.ask.count();
  }
  await system.pool(Hand, { size: 1 });
  await system.shutdown();
  const left = process.listenerCount('SIGTERM') + process.listenerCount('SIGINT');
  process.stdout.write(`down, listeners ${left}\n`);
}

const programs: Record<string, () => Promise<void>> = { blocked, unkillable, handles };
// Actors' threads import this file for its classes alone.
if (isMainThread && process.argv[1] === new URL(import.meta.url).pathname) void programs[process.argv[2]]();
