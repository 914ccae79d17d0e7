/**
 * `npm run model`: follows all programs, and shows which planted faults are found.
 *
 * `--only text` for programs with this in their names, `--short` for what the suite runs, `--seconds n` of a core for
 * each,
 * `--everywhere` to switch threads also where they do not meet (it has to come to the same ends, and takes longer),
 * `--replay schedule` for one schedule again, with `--trace` each step of it.
 */
import { program as commandLine, numberFrom, wholeNumberFrom } from '../support/command-line.js';
import type { Bounds } from './explore.js';
import { faults } from './faults.js';
import { explore, type Program, replay, seconds } from './model.js';
import { programs } from './programs/index.js';
import { STOP } from './thread.js';

interface Values extends Partial<Bounds> {
  only: string;
  fault?: string;
  seconds: number;
  replay?: string;
  trace: boolean;
  everywhere: boolean;
  short: boolean;
  json: boolean;
}

const values = commandLine('model', 'Follows all programs, and shows which planted faults are found.')
  .option('--only <text>', 'programs with this in their names', '')
  .option('--fault <text>', 'planted faults with this in their names')
  .option('--seconds <number>', 'of a core for each', numberFrom(0, 'a number from 0'), 60)
  .option('--preemptions <number>', 'at the most', wholeNumberFrom(0))
  .option('--deaths <number>', 'at the most', wholeNumberFrom(0))
  .option('--timeouts <number>', 'at the most', wholeNumberFrom(0))
  .option('--replay <schedule>', 'one schedule again')
  .option('--trace', 'each step of that', false)
  .option('--everywhere', 'switch threads also where they do not meet', false)
  .option('--short', 'what the suite runs', false)
  .option('--json', 'lines of JSON', false)
  .parse()
  .opts<Values>();

// A thread that is stopped leaves rejections behind.
process.on('unhandledRejection', (reason) => {
  if (reason !== STOP) throw reason;
});
const asked = Object.fromEntries(
  (['preemptions', 'deaths', 'timeouts'] as const)
    .filter((name) => values[name] !== undefined)
    .map((name) => [name, values[name]]),
);
const named = programs.filter(({ name }) => name === values.only);
const chosen = named.length > 0 ? named : programs.filter(({ name }) => name.includes(values.only));
const fault = faults.find(({ name }) => values.fault !== undefined && name.includes(values.fault));

if (values.replay !== undefined) {
  for (const program of chosen) {
    const [{ found }, lines] = replay(program, values.replay, fault?.patches);
    if (values.trace) console.log(lines.join('\n'));
    console.log(`${program.name}: ${found?.message ?? 'nothing wrong'}`);
  }
} else {
  if (values.fault === undefined) await followAll();
  if (values.only === '') await findFaults();
}

async function followAll(): Promise<void> {
  for (const program of chosen) {
    if (values.short && program.short === false) continue;
    const bounds = { ...(values.short ? shortened(program) : {}), ...asked };
    const start = seconds();
    const result = await explore(program, {
      bounds,
      seconds: values.seconds,
      everywhere: values.everywhere,
    });
    const { schedules, merged, states, ends, depth, complete, found } = result;
    const taken = seconds() - start;
    if (found !== undefined) process.exitCode = 1;
    if (values.json) {
      console.log(
        JSON.stringify({ program: program.name, schedules, states, ends, complete, found, seconds: taken }),
      );
      continue;
    }
    const { preemptions, deaths, timeouts } = { ...program.bounds, ...bounds };
    console.log(
      `${program.name}\n  ${schedules} schedules, ${merged} of them to states known before; ${states} states, ${ends} ends; ` +
        `up to ${depth} steps; preemptions ${preemptions}, deaths ${deaths}, time-outs ${timeouts}; ` +
        `${complete ? 'all' : 'NOT all'} of them, ${taken.toFixed(1)} s`,
    );
    if (found !== undefined) {
      console.log(`  WRONG: ${found.message}\n  --only '${program.name}' --replay '${found.schedule}'`);
    }
  }
}

/** Enough for most mistakes, and a few seconds for all programs. */
function shortened({ bounds, short }: Program): Partial<Bounds> {
  return short || { preemptions: bounds.deaths > 0 ? 0 : 1 };
}

async function findFaults(): Promise<void> {
  for (const { name, program: where, bounds, patches } of faults) {
    if (values.fault !== undefined && !name.includes(values.fault)) continue;
    const program = programs.find((one) => one.name === where);
    if (program === undefined) throw new Error(`No program: ${where}`);
    const { schedules, found } = await explore(program, { bounds, patches, seconds: values.seconds });
    if (found === undefined) process.exitCode = 1;
    if (values.json) console.log(JSON.stringify({ fault: name, schedules, found }));
    else {
      console.log(
        `planted: ${name}\n  ${found === undefined ? 'NOT FOUND' : `found: ${found.message}`} (${schedules} schedules)`,
      );
      if (found !== undefined)
        console.log(`  --fault '${name}' --only '${where}' --replay '${found.schedule}'`);
    }
  }
}
