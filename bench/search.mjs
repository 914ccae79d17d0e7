/**
 * The main job's index, built by two tokenizer threads and with all actors inline (`--threads 0`), in interleaved
 * runs of the program itself, each a process of its own. The time is the one that the program prints: from the start
 * of the actor system, with the start of the threads and the walk through the folder, to the whole index. The CPU is
 * that of the whole process, its start and the loading of its modules included.
 *
 *   npm run build && node bench/search.mjs [rounds] [folder]
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const MODES = { 'two threads': 2, inline: 0 };

async function measure(threads, folder) {
  const args = [fileURLToPath(import.meta.url), folder, '--once', '--threads', `${threads}`];
  const child = fork(args[0], args.slice(1), { silent: true, env: { ...process.env, SEARCH_BENCH: '1' } });
  const [said, [{ user, system }]] = await Promise.all([text(child.stderr), once(child, 'message')]);
  const [head, figures] = said.split('\n').map((line) => line.split(/ {2,}/));
  const seconds = Number(figures[head.indexOf('seconds')]);
  if (!(seconds > 0)) throw new Error(`no time in what it said:\n${said}`);
  return { seconds, cpu: (user + system) / 1e6, files: figures[0], megabytes: figures[1] };
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

async function compare(rounds, folder) {
  const runs = Object.fromEntries(Object.keys(MODES).map((mode) => [mode, []]));
  // One of each for the page cache.
  for (let round = -1; round < rounds; round++) {
    for (const [mode, threads] of Object.entries(MODES)) {
      const run = await measure(threads, folder);
      if (round >= 0) runs[mode].push(run);
    }
  }
  const { files, megabytes } = runs.inline[0];
  console.log(`${files} files, ${megabytes} MB, Node ${process.versions.node}, ${rounds} rounds`);
  for (const [mode, list] of Object.entries(runs)) {
    const seconds = list.map((run) => run.seconds);
    const cpu = median(list.map((run) => run.cpu)).toFixed(2);
    const each = seconds.map((value) => value.toFixed(2)).join(' ');
    console.log(`${mode.padEnd(12)} ${median(seconds).toFixed(3)} s, CPU ${cpu} s  (${each})`);
  }
  const ratios = runs.inline.map((run, i) => run.seconds / runs['two threads'][i].seconds);
  console.log(`ratio        ${median(ratios).toFixed(2)}  (${ratios.map((r) => r.toFixed(2)).join(' ')})`);
}

if (process.env.SEARCH_BENCH === '1') {
  const { runApp } = await import('../dist/samples/05-code-search/app.js');
  await runApp(process.argv.slice(2), new AbortController().signal);
  process.send(process.cpuUsage(), () => process.disconnect());
} else {
  const folder = process.argv[3] ?? fileURLToPath(new URL('../node_modules', import.meta.url));
  await compare(Number(process.argv[2] ?? 9), folder);
}
