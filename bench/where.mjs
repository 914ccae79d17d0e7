// Where the time of a message goes, in each of the two threads that share it: nanoseconds by V8's profiler, which takes
// some of the time itself. Run `npm run build` first.
//   node bench/where.mjs [tell | ask | queue]
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PROGRAMS = {
  tell: { file: 'tell-troupe.mjs', args: [3_000_000, 1], messages: 6_000_000 },
  ask: { file: 'ask-troupe.mjs', args: ['many', 1_000_000, 'worker'], messages: 1_000_000 },
  queue: { file: 'queue-troupe.mjs', args: [1, 1, 3_000_000, 'sync', 'object'], messages: 6_000_000 },
};

/** What the files of core are there for. */
const STEPS = [
  ['encode', /codec\/(encode|record-writer|seen|transitions|kinds|refusal)/],
  ['decode', /codec\/(decode|record-reader|shape|strings)/],
  ['stage', /messaging\/(mailbox|outbox)/],
  ['lock, publish, take, acknowledge', /queue\/(block-chain|lease|user)/],
  ['locks, memory, sleep and wake', /memory\/|runtime\/sleep/],
  ['ref, question, answer', /messaging\/|runtime\/(inbox|waits|wait-|settle)/],
  ['dispatch', /runtime\//],
];
const OTHERS = { '(garbage collector)': 'garbage collection', '(idle)': 'asleep' };

const name = process.argv[2] ?? 'tell';
const program = PROGRAMS[name];
if (program === undefined)
  throw new Error(`no program ${name}: there are ${Object.keys(PROGRAMS).join(', ')}`);

const bundle = new URL('../dist/core/runtime/troupe.cjs', import.meta.url);
/** The file of core that each line of the bundle is from: esbuild names it where it begins. */
const fileOfLine = [];
let current = '';
for (const line of readFileSync(bundle, 'utf8').split('\n')) {
  current = /^\/\/ (\S+\.js)$/.exec(line)?.[1] ?? current;
  fileOfLine.push(current);
}

function stepOf({ functionName, url, lineNumber }) {
  if (functionName in OTHERS) return OTHERS[functionName];
  if (url.includes('/arms/') || url.includes('/bench/lib/')) return 'the program';
  if (!url.endsWith('/troupe.cjs')) return 'Node.js';
  return STEPS.find(([, files]) => files.test(fileOfLine[lineNumber]))?.[0] ?? 'other parts of core';
}

const folder = mkdtempSync(join(tmpdir(), 'troupe-where-'));
try {
  const arm = new URL(`arms/${program.file}`, import.meta.url).pathname;
  const flags = ['--cpu-prof', '--cpu-prof-interval', '200', `--cpu-prof-dir=${folder}`];
  execFileSync(process.execPath, [...flags, arm, ...program.args.map(String)], { stdio: 'ignore' });
  const threads = readdirSync(folder).map((file) =>
    timesIn(JSON.parse(readFileSync(join(folder, file), 'utf8'))),
  );
  // The busiest two are those that share the work.
  const busiest = threads.sort((a, b) => awake(b) - awake(a)).slice(0, 2);
  for (const times of busiest) print(times);
} finally {
  rmSync(folder, { recursive: true });
}

function timesIn({ nodes, samples, timeDeltas }) {
  const steps = new Map(nodes.map(({ id, callFrame }) => [id, stepOf(callFrame)]));
  const times = new Map();
  for (const [i, id] of samples.entries()) {
    const step = steps.get(id);
    times.set(step, (times.get(step) ?? 0) + timeDeltas[i]);
  }
  return times;
}

function awake(times) {
  return [...times].reduce((sum, [step, micros]) => (step === 'asleep' ? sum : sum + micros), 0);
}

function print(times) {
  console.log(`\n${name}, one of the two threads`.padEnd(42), 'ns a message');
  for (const [step, micros] of [...times].sort(([, a], [, b]) => b - a)) {
    const ns = (micros * 1000) / program.messages;
    if (ns >= 0.5) console.log(`  ${step.padEnd(40)}${ns.toFixed(0).padStart(12)}`);
  }
}
