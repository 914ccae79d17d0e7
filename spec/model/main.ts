/** `npm run model`: explores all programs, or follows one schedule. */
import { parseArgs } from 'node:util';
import { STOP } from './machine.js';
import { explore, replay } from './model.js';
import { programs } from './programs/index.js';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    seconds: { type: 'string', default: '60' },
    preemptions: { type: 'string' },
    deaths: { type: 'string' },
    timeouts: { type: 'string' },
    replay: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
});

process.on('unhandledRejection', (reason) => {
  if (reason !== STOP) throw reason;
});
const bounds = Object.fromEntries(
  (['preemptions', 'deaths', 'timeouts'] as const)
    .filter((name) => values[name] !== undefined)
    .map((name) => [name, Number(values[name])]),
);

for (const program of programs) {
  if (values.only !== undefined && !program.name.includes(values.only)) continue;
  if (values.replay !== undefined) {
    const [{ found }, lines] = replay(program, values.replay);
    if (values.trace) console.log(lines.join('\n'));
    console.log(found?.message ?? 'nothing wrong');
    continue;
  }
  const start = performance.now();
  const { schedules, merged, states, steps, depth, complete, found } = await explore(program, {
    bounds,
    seconds: Number(values.seconds),
  });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(
    `${program.name}: ${schedules} schedules (${merged} merged), ${states} states, ${steps} steps, ` +
      `depth ${depth}, ${complete ? 'complete' : 'not complete'}, ${seconds} s`,
  );
  if (found !== undefined) {
    console.log(`  FOUND ${found.message}\n  --only '${program.name}' --replay '${found.schedule}'`);
    process.exitCode = 1;
  }
}
