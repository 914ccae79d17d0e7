/** xstate: one actor sends to another, in the main thread. Arg: messages. */
import { createActor, fromCallback, fromTransition } from 'xstate';
import { check, numbers, report } from '../lib/program.mjs';
import { warmed } from '../lib/warmed.mjs';

const [n] = numbers();
const sink = createActor(fromTransition((sum, { n: one }) => sum + one, 0));
const source = createActor(
  fromCallback(({ receive }) =>
    receive(() => {
      for (let i = 0; i < n; i++) sink.send({ type: 'inc', n: 1 });
    }),
  ),
);
sink.start();
source.start();

function once() {
  const before = sink.getSnapshot().context;
  const begun = performance.now();
  source.send({ type: 'go' });
  const ms = performance.now() - begun;
  check('sum', sink.getSnapshot().context - before, n);
  return (n / ms) * 1000;
}

report(await warmed(once));
