/**
 * Actors tell another one small objects. Args: messages, senders, placement of all of them, and whether flow is watched:
 * `never`, `once` (before, and no longer) or `all the time`. Messages a second, all senders together.
 */
import { Actor, ActorSystem, isActorThread } from '../../dist/core/index.js';
import { check, report, timed } from '../lib/program.mjs';

const patient = { timeoutMs: 120_000 };

export class Sink extends Actor {
  static module = import.meta.url;
  #sum = 0;
  inc(message) {
    this.#sum += message.n;
  }
  sum() {
    const sum = this.#sum;
    this.#sum = 0;
    return sum;
  }
}

export class Source extends Actor {
  static module = import.meta.url;
  async send(sink, n) {
    let held = 0;
    for (let i = 0; i < n; i++) {
      if (!sink.tell.inc({ type: 'inc', n: 1 }) && ++held % 64 === 0) await sink.drained();
    }
    // Behind all that this one has told.
    return sink.with(patient).ask.sum();
  }
}

async function watch(system, how) {
  let seen = 0;
  if (how === 'never') return () => {};
  const watching = system.flow$.subscribe(() => seen++);
  if (how === 'once') watching.unsubscribe();
  return () => {
    if (how !== 'once' && seen === 0) check('events', seen, 'some');
    watching.unsubscribe();
  };
}

if (!isActorThread) {
  const [n, senders, placement = 'thread', how = 'never'] = process.argv.slice(2);
  await ActorSystem.run({ threads: 1 }, async (system) => {
    const done = await watch(system, how);
    const sink = await system.spawn(Sink, { placement });
    const sources = await Promise.all(
      Array.from({ length: Number(senders) }, () => system.spawn(Source, { placement })),
    );
    const each = Math.ceil(n / senders);
    const once = async () => {
      const { result, ms } = await timed(() =>
        Promise.all(sources.map((source) => source.with(patient).ask.send(sink, each))),
      );
      check(
        'sum',
        result.reduce((sum, part) => sum + part, 0),
        each * senders,
      );
      return ms;
    };
    await once();
    report(((each * senders) / (await once())) * 1000);
    done();
  });
  process.exit(0);
}
