/**
 * Soak: actors, pools and groups come, work, die and go for as long as one likes; then memory, threads and handles are
 * what they were, or the exit code is 1.
 *
 *   npm run soak -- --minutes 30 [--seed 1] [--chart docs/charts/soak.svg]
 *
 * The seed gives the same choices again; when threads run is up to the machine.
 */
import { writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Random } from '../chaos/random.js';
import { numberFrom, program, wholeNumberFrom } from '../support/command-line.js';
import { type Line, lineChart } from './line-chart.js';
import { judge, type Measured, type Reading, read } from './readings.js';
import { Rounds } from './rounds.js';

/** A reading each so many seconds, or oftener when it is short: enough for medians. */
const EVERY_MS = 2000;
const AT_LEAST = 24;
/** On a machine with much else to do a few rounds are all that is played, and what is kept for the next ones still grows. */
const FEWEST_ROUNDS = 80;

const {
  minutes,
  seed = Math.floor(Math.random() * 2 ** 31),
  chart,
} = program('soak', 'Lets actors come, work, die and go, and looks at what stays.')
  .option('--minutes <number>', 'for how long', numberFrom(Number.MIN_VALUE, 'a number above 0'), 30)
  .option('--seed <number>', 'gives the same choices again', wholeNumberFrom(Number.MIN_SAFE_INTEGER))
  .option('--chart <file>', 'draws one there')
  .parse()
  .opts<{ minutes: number; seed?: number; chart?: string }>();
// What is alive is to be read, not what waits for a collection.
setFlagsFromString('--expose-gc');
globalThis.gc = runInNewContext('gc');

const begun = performance.now();
const passed = (): number => (performance.now() - begun) / 60_000;
// The streams of the process open when somebody looks at them first, as a worker's do.
void [process.stdout, process.stderr];
await new Promise(setImmediate);
const handlesBefore = process.getActiveResourcesInfo().length;
const rounds = await Rounds.start(new Random(seed));
const readings: Reading[] = [];
const every = Math.min(EVERY_MS, (minutes * 60_000) / AT_LEAST);
let played = 0;
const isShort = () => passed() < minutes || readings.length < AT_LEAST || played < FEWEST_ROUNDS;
for (let next = performance.now(); isShort(); ) {
  await rounds.play();
  played++;
  if (performance.now() < next) continue;
  await rounds.settled();
  readings.push(read(rounds, passed()));
  next = performance.now() + every;
  if (readings.length % 60 === 0) console.error(`${passed().toFixed(1)} minutes, ${played} rounds`);
}
await rounds.end();
// A thread's handles close a little later than it ends.
const handlesLeft = (): number => process.getActiveResourcesInfo().length - handlesBefore;
for (let looks = 0; handlesLeft() > 0 && looks < 500; looks++) {
  await new Promise<void>((resolve) => setTimeout(resolve, 10));
}

const mebibytes = (value: number): string => `${(value / 2 ** 20).toFixed(1)} MiB`;
const SHOW: Record<Measured, { readonly name: string; readonly show: (value: number) => string }> = {
  rssBytes: { name: 'process memory', show: mebibytes },
  heapBytes: { name: 'heap', show: mebibytes },
  arenaBytes: { name: 'arena in use', show: (value) => `${(value / 1024).toFixed(0)} KiB` },
  freeBytes: { name: 'arena, free list', show: (value) => `${(value / 1024).toFixed(0)} KiB` },
  threads: { name: 'threads', show: String },
  handles: { name: 'handles', show: String },
  actors: { name: 'actors', show: String },
};
const verdicts = judge(readings);
console.log(`seed ${seed}\nminutes ${passed().toFixed(1)}\nrounds ${played}`);
for (const [what, count] of Object.entries(rounds.done)) console.log(`${what} ${count}`);
for (const { what, before, after, hasGrown } of verdicts) {
  const { name, show } = SHOW[what];
  console.log(`${name}: ${show(before)}, in the end ${show(after)}${hasGrown ? ': it has grown' : ''}`);
}
const left = Math.max(0, handlesLeft());
console.log(`handles left behind by the system ${left}`);
if (chart !== undefined) {
  const lines: Line[] = verdicts.map(({ what }) => ({
    ...SHOW[what],
    values: readings.map((reading) => reading[what]),
  }));
  const note = `${played} rounds, ${rounds.done.crashed ?? 0} crashes; Node ${process.versions.node}, seed ${seed}`;
  const times = readings.map((reading) => reading.minutes);
  writeFileSync(chart, lineChart('Soak: what stays', times, lines, note));
}
process.exitCode = verdicts.some(({ hasGrown }) => hasGrown) || left > 0 ? 1 : 0;
