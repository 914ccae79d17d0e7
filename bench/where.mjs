/**
 * Where the time of a message goes, in each of the two threads that share it: nanoseconds by V8's profiler, which takes
 * some of the time itself. The median of three runs. Run `npm run build` first.
 *
 *   node bench/where.mjs tell      or ask, queue, or spawn: of a shared actor that starts, answers once and stops
 *   node bench/where.mjs --write   all of them, into docs/performance.md
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noteOf, writeTable } from './lib/save.mjs';
import { median } from './lib/stats.mjs';

const ROUNDS = 3;

const PROGRAMS = {
  tell: { file: 'tell-troupe.mjs', args: [3_000_000, 1], messages: 6_000_000, ends: ['teller', 'told'] },
  ask: {
    file: 'ask-troupe.mjs',
    args: ['many', 1_000_000, 'worker'],
    messages: 1_250_000,
    ends: ['asker', 'asked'],
  },
  queue: {
    file: 'queue-troupe.mjs',
    args: [1, 1, 3_000_000, 'sync', 'object'],
    messages: 6_000_000,
    ends: ['producer', 'consumer'],
  },
  spawn: {
    file: 'start-stop.mjs',
    args: [100_000],
    messages: 100_000,
    each: 'an actor',
    ends: ['creating thread', 'host'],
  },
};

/** What the files of core are there for. */
const STEPS = [
  ['supervise: the tree, starts, ends', /supervision\/|system\//],
  ['encode', /codec\/(encode|record-writer|seen|transitions|kinds|refusal)/],
  ['decode', /codec\/(decode|record-reader|shape|strings)/],
  ['stage', /messaging\/(mailbox|outbox)/],
  ['lock, publish, take, acknowledge', /queue\/(block-chain|producer|reader|lease|user)/],
  ['names, boxes', /runtime\/(names|boxes)|memory\/arena/],
  ['locks, memory, sleep and wake', /memory\/|runtime\/sleep/],
  ['ref, question, answer', /messaging\/|runtime\/(inbox|waits|wait-|settle)/],
  ['dispatch', /runtime\//],
];
const OTHERS = new Map([
  ['(garbage collector)', 'garbage collection'],
  ['(idle)', 'asleep'],
]);

/** The file of core that each line of a bundle is from, by the bundle: esbuild names it where it begins. */
const filesOfLines = new Map(['troupe', 'late'].map((bundle) => [`${bundle}.cjs`, filesIn(bundle)]));

function filesIn(bundle) {
  const text = readFileSync(new URL(`../dist/core/runtime/${bundle}.cjs`, import.meta.url), 'utf8');
  let current = '';
  return text.split('\n').map((line) => {
    current = /^\/\/ (\S+\.js)$/.exec(line)?.[1] ?? current;
    return current;
  });
}

const [what = 'tell'] = process.argv.slice(2);
const names = what === '--write' ? Object.keys(PROGRAMS) : [what];
for (const name of names) {
  if (PROGRAMS[name] === undefined)
    throw new Error(`no program ${name}: there are ${Object.keys(PROGRAMS).join(', ')}`);
  const { ends, each = 'a message' } = PROGRAMS[name];
  const rows = stepsOf(name);
  console.log(`\n${`${name}, ns ${each}`.padEnd(40)}${ends.map((end) => end.padStart(16)).join('')}`);
  for (const [step, times] of rows)
    console.log(`  ${step.padEnd(38)}${times.map((ns) => ns.toFixed(0).padStart(16)).join('')}`);
  if (what !== '--write') continue;
  const lines = rows.map(([step, times]) => `| ${step} | ${times.map((ns) => ns.toFixed(0)).join(' | ')} |`);
  const head = [`| ${name}, ns ${each} | ${ends.join(' | ')} |`, '| --- | --: | --: |'];
  writeTable(`where-${name}`, `${[...head, ...lines].join('\n')}\n\n${noteOf(ROUNDS)}.`);
}

/** Steps with their nanoseconds in either thread, the most costly first. */
function stepsOf(name) {
  const runs = Array.from({ length: ROUNDS }, () => profiled(PROGRAMS[name]));
  const steps = new Set(runs.flatMap((threads) => threads.flatMap((times) => [...times.keys()])));
  return [...steps]
    .map((step) => [step, [0, 1].map((end) => median(runs.map((threads) => threads[end].get(step) ?? 0)))])
    .filter(([, times]) => Math.max(...times) >= 0.5)
    .sort(([, a], [, b]) => b[0] + b[1] - a[0] - a[1]);
}

/** @returns nanoseconds by step, of the thread that sends and of the one that receives */
function profiled({ file, args, messages }) {
  const folder = mkdtempSync(join(tmpdir(), 'troupe-where-'));
  try {
    const arm = new URL(`arms/${file}`, import.meta.url).pathname;
    const flags = ['--cpu-prof', '--cpu-prof-interval', '200', `--cpu-prof-dir=${folder}`];
    execFileSync(process.execPath, [...flags, arm, ...args.map(String)], { stdio: 'ignore' });
    const threads = readdirSync(folder).map((profile) =>
      timesIn(JSON.parse(readFileSync(join(folder, profile), 'utf8')), messages),
    );
    // The busiest two are those that share the work; the program itself runs where it is sent from.
    const busiest = threads.sort((a, b) => awake(b) - awake(a)).slice(0, 2);
    return busiest.sort((a, b) => (b.get('the program') ?? 0) - (a.get('the program') ?? 0));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function timesIn({ nodes, samples, timeDeltas }, messages) {
  const steps = new Map(nodes.map(({ id, callFrame }) => [id, stepOf(callFrame)]));
  const times = new Map();
  for (const [i, id] of samples.entries()) {
    const step = steps.get(id);
    times.set(step, (times.get(step) ?? 0) + (timeDeltas[i] * 1000) / messages);
  }
  return times;
}

function awake(times) {
  return [...times].reduce((sum, [step, ns]) => (step === 'asleep' ? sum : sum + ns), 0);
}

function stepOf({ functionName, url, lineNumber }) {
  const other = OTHERS.get(functionName);
  if (other !== undefined) return other;
  if (url.includes('/arms/') || url.includes('/bench/lib/')) return 'the program';
  const file = filesOfLines.get(url.split('/').at(-1))?.[lineNumber];
  if (file === undefined) return 'Node.js';
  return STEPS.find(([, files]) => files.test(file))?.[0] ?? 'other parts of core';
}
