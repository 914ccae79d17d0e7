/** Arg: kind of payload. One actor tells another; from the first tell to the answer behind the last. */
import { Actor, main, Sum } from '../lib/actors.mjs';
import { bySize, KINDS, makeAll } from '../lib/payloads.mjs';
import { check, report } from '../lib/program.mjs';

export class Sink extends Sum {
  static module = import.meta.url;
  receive(kind, payload) {
    this.add(KINDS[kind].worth(payload));
  }
}

export class Source extends Actor {
  static module = import.meta.url;
  async send(sink, kind, size, n) {
    const all = makeAll(kind, size, n);
    const wanted = all.reduce((sum, one) => sum + KINDS[kind].worth(one), 0);
    const begun = performance.now();
    for (const one of all) {
      const ref = kind === 'transfer' ? sink.with({ transfer: [one.buffer] }) : sink;
      if (!ref.tell.receive(kind, one)) await sink.drained();
    }
    const sum = await sink.ask.take();
    return { ms: performance.now() - begun, sum, wanted };
  }
}

await main(async (system) => {
  const kind = process.argv[2];
  const sink = await system.spawn(Sink, { mailbox: { maxBytes: 1 << 28 } });
  const source = await system.spawn(Source);
  report(
    await bySize(kind, async (size, n) => {
      const { ms, sum, wanted } = await source.ask.send(sink, kind, size, n);
      check('sum', sum, wanted);
      return ms;
    }),
  );
});
