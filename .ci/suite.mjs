/**
 * The suite, in shares, and as many side by side as there are cores: what a spec does most is wait, for threads and
 * processes that start.
 *
 *   node .ci/suite.mjs                   all of it
 *   node .ci/suite.mjs -g 'its title'    what mocha takes is passed on
 *
 * A share is a folder of dist/spec, and has a mocha of its own, with the options of .mocharc.json. What each prints comes
 * when it has ended; what failed is told once more at the end, with the sum. (Mocha's own --parallel ends well, and
 * without a word, when one of its processes dies between two files.)
 */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SPECS = 'dist/spec';
const MOCHA = fileURLToPath(new URL('../node_modules/mocha/bin/mocha.js', import.meta.url));
/** More would only crowd each other: each spec starts threads of its own. */
const MAX_LANES = 4;
/** A share that has told its sum and does not end by then has left something open. (Its spec has less patience.) */
const END_MS = Number(process.env.TROUPE_SUITE_END_MS ?? 60_000);

/**
 * Folder by folder, the longest first, so that none of them is left to run alone in the end: those that have one file,
 * which plays a program for a while (chaos, model, soak), then those with the most files.
 */
function shares() {
  const byFolder = new Map();
  for (const path of readdirSync(SPECS, { recursive: true, encoding: 'utf8' }).sort()) {
    if (!path.endsWith('.spec.js')) continue;
    const folder = join(SPECS, dirname(path).split(/[\\/]/)[0]);
    byFolder.set(folder, [...(byFolder.get(folder) ?? []), join(SPECS, path)]);
  }
  const length = ({ files }) => (files.length === 1 ? Number.POSITIVE_INFINITY : files.length);
  const all = [...byFolder].map(([name, files]) => ({ name, files }));
  return all.sort((a, b) => (length(a) === length(b) ? 0 : length(b) - length(a)));
}

/** Those of .mocharc.json, as on the command line; which files are run is said by the share. */
function options() {
  const { spec: _, ...rest } = JSON.parse(readFileSync('.mocharc.json', 'utf8'));
  const colour = process.stdout.isTTY ? ['--color'] : [];
  return ['--no-config', ...Object.entries(rest).map(([key, value]) => `--${key}=${value}`), ...colour];
}

const running = new Set();

/** @returns what it printed, the code that it ended with, and whether it had to be ended */
function run({ files }, args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [MOCHA, ...args, ...files], { stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    let output = '';
    let endless = false;
    let limit;
    const kill = () => {
      endless = true;
      child.kill('SIGKILL');
    };
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
        if (limit === undefined && figure(output, 'passing') !== undefined) limit = setTimeout(kill, END_MS);
      });
    }
    child.on('close', (code, signal) => {
      running.delete(child);
      clearTimeout(limit);
      resolve({ output, ended: signal ?? `code ${code}`, endless });
    });
  });
}

/** The number in front of such a word in mocha's sum, coloured or not. */
function figure(output, word) {
  const lines = plain(output).matchAll(new RegExp(`^ *(\\d+) ${word}`, 'gm'));
  const last = [...lines].at(-1);
  return last && Number(last[1]);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
const plain = (text) => text.replace(/\x1b\[\d*m/g, '');

/** What is told of a share at the end: how many passed and how many failed, and what it said of these. */
function judge({ output, ended, endless }) {
  const [passing, pending, failing] = ['passing', 'pending', 'failing'].map((word) => figure(output, word));
  const sum = { passing: passing ?? 0, pending: pending ?? 0, failing: failing ?? 0, said: '' };
  if (sum.failing > 0) sum.said = output.slice(output.search(/^.*\d+ failing/m)).replace(/^.*\n/, '');
  let trouble;
  if (endless) trouble = 'it did not end: something that was started was not shut down';
  else if (passing === undefined) trouble = `it ended with ${ended} and without its sum`;
  else if (ended !== 'code 0' && sum.failing === 0) trouble = `it ended with ${ended}`;
  if (trouble === undefined) return sum;
  const behind = output.trimEnd().split('\n').slice(-40).join('\n');
  return { ...sum, failing: sum.failing + 1, said: `${sum.said}  ${trouble}, behind:\n${behind}` };
}

async function lane(queue, args, sums) {
  for (let share = queue.shift(); share !== undefined; share = queue.shift()) {
    const result = await run(share, args);
    process.stdout.write(`\n=== ${share.name}\n${result.output}`);
    sums.push({ name: share.name, ...judge(result) });
  }
}

/** As mocha tells it, so that who looks for its lines finds them last. */
function tell(sums, ms) {
  const total = (what) => sums.reduce((sum, each) => sum + each[what], 0);
  console.log(`\n=== the suite\n\n  ${total('passing')} passing (${Math.round(ms / 1000)}s)`);
  if (total('pending') > 0) console.log(`  ${total('pending')} pending`);
  if (total('failing') > 0) console.log(`  ${total('failing')} failing`);
  for (const { name, said } of sums)
    if (said !== '') console.log(`\n--- failed in ${name}\n${said.trimEnd()}`);
}

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
]) {
  process.on(signal, () => {
    for (const child of running) child.kill('SIGTERM');
    process.exit(code);
  });
}

const queue = shares();
const args = [...options(), ...process.argv.slice(2)];
const sums = [];
const lanes = Array.from({ length: Math.min(MAX_LANES, availableParallelism()) }, () =>
  lane(queue, args, sums),
);
await Promise.all(lanes);
tell(sums, performance.now());
process.exitCode = sums.length > 0 && sums.every(({ failing }) => failing === 0) ? 0 : 1;
