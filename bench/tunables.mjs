/**
 * What the constants of the hot paths are good for: each is set to other values in a copy of what was built, and the
 * copies run in interleaved rounds. Run `npm run build` first.
 *
 *   node bench/tunables.mjs [--rounds 5] [--write]      --write puts the table into docs/performance.md
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { shortNumber } from './lib/number.mjs';
import { noteOf, writeTable } from './lib/save.mjs';
import { median } from './lib/stats.mjs';

const tell = { file: 'tell-troupe.mjs', args: [1_000_000, 1], unit: 'told a second' };
const ask = { file: 'ask-troupe.mjs', args: ['one', 40_000, 'worker'], unit: 'µs an ask' };
const many = { file: 'ask-troupe.mjs', args: ['many', 400_000, 'worker'], unit: 'answers a second' };
const spawn = {
  file: 'memory-shared.mjs',
  args: [20_000],
  unit: 'created a second',
  column: 'created a second',
};

/** The first of the values is what ships. */
const TUNABLES = [
  { what: 'words staged before they are published', name: 'STAGE_WORDS', values: [128, 32, 512], arm: tell },
  { what: 'the same, a hundred asks in flight', name: 'STAGE_WORDS', values: [128, 32, 512], arm: many },
  { what: 'the same in a turn that goes on', name: 'MAX_STAGE_WORDS', values: [4096, 512, 32768], arm: tell },
  { what: 'bytes of a busy block', name: 'BLOCK_BYTES', values: [65528, 8184, 262136], arm: tell },
  { what: 'messages of an actor in a turn', name: 'SHARE', values: [128, 8, 2048], arm: tell },
  { what: 'ms of a turn', name: 'BUDGET_MS', values: [1, 0.1, 10], arm: tell },
  { what: 'looks before a sleep, at most', name: 'LONGEST_SPIN', values: [2000, 20, 200], arm: ask },
  { what: 'starts told together', name: 'STARTS_AT_ONCE', values: [64, 1, 512], arm: spawn },
];

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, write: { type: 'boolean', default: false } },
});
const rounds = Number(values.rounds);
const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'troupe-tunables-'));
const bundles = ['troupe', 'late'].map((name) => join(folder, `dist/core/runtime/${name}.cjs`));
try {
  cpSync(join(root, 'dist/core'), join(folder, 'dist/core'), { recursive: true });
  for (const part of ['arms', 'lib'])
    cpSync(join(root, 'bench', part), join(folder, 'bench', part), { recursive: true });
  cpSync(join(root, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const lines = TUNABLES.map((tunable) => {
    const seen = measured(tunable);
    const cells = tunable.values.map((value, i) => `${value}: ${shortNumber(seen[i])}`);
    console.log(`${tunable.what} (${tunable.arm.unit}): ${cells.join(', ')}`);
    return `| ${tunable.what} | ${tunable.arm.unit} | **${cells[0]}** | ${cells.slice(1).join(' | ')} |`;
  });
  const head = ['| what | measured by | ships | fewer | more |', '| --- | --- | --- | --- | --- |'];
  if (values.write) writeTable('tunables', `${[...head, ...lines].join('\n')}\n\n${noteOf(rounds)}.`);
} finally {
  rmSync(folder, { recursive: true });
}

/** Medians, in the order of the values. */
function measured({ name, values, arm }) {
  const runs = values.map(() => []);
  const declaration = new RegExp(`^var ${name} = .*;$`, 'm');
  const bundle = bundles.find((file) => declaration.test(readFileSync(file, 'utf8')));
  if (bundle === undefined) throw new Error(`${name} is no constant of ${bundles.join(' or ')}`);
  const text = readFileSync(bundle, 'utf8');
  for (let round = 0; round < rounds; round++) {
    for (const [i, value] of values.entries()) {
      writeFileSync(bundle, text.replace(declaration, `var ${name} = ${value};`));
      runs[i].push(run(arm));
    }
  }
  writeFileSync(bundle, text);
  return runs.map(median);
}

function run({ file, args, column }) {
  const arm = join(folder, 'bench/arms', file);
  const printed = execFileSync(process.execPath, [arm, ...args.map(String)], { encoding: 'utf8' });
  const { value } = JSON.parse(printed.trim().split('\n').at(-1));
  return column === undefined ? value : value[column];
}
