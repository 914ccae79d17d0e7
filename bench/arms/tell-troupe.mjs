/**
 * Actors tell another one small objects. Args: messages, senders, placement of all of them, and whether flow is watched:
 * `never`, `once` (before, no longer) or `always`. Messages a second, all senders together.
 */
import { Actor, main, Sum, spawnMany } from '../lib/actors.mjs';
import { check, report, timed } from '../lib/program.mjs';
import { warmed } from '../lib/warmed.mjs';

export class Sink extends Sum {
  static module = import.meta.url;
  inc(message) {
    this.add(message.n);
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
    return sink.ask.take();
  }
}

function watch(system, how) {
  let seen = 0;
  if (how === 'never') return () => {};
  const watching = system.flow$.subscribe(() => seen++);
  if (how === 'once') watching.unsubscribe();
  return () => {
    if (how === 'always') check('were there events', seen > 0, true);
    watching.unsubscribe();
  };
}

await main(
  async (system) => {
    const [n, senders, placement = 'thread', how = 'never'] = process.argv.slice(2);
    const stopWatching = watch(system, how);
    const sink = await system.spawn(Sink, { placement });
    const sources = await spawnMany(system, Source, Number(senders), { placement });
    const each = Math.ceil(n / senders);
    const once = async () => {
      const { result, ms } = await timed(() =>
        Promise.all(sources.map((source) => source.ask.send(sink, each))),
      );
      check(
        'sum',
        result.reduce((sum, part) => sum + part, 0),
        each * senders,
      );
      return ((each * senders) / ms) * 1000;
    };
    report(await warmed(once));
    stopWatching();
  },
  { threads: 1 },
);
