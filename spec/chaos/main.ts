/**
 * Chaos: real threads are killed at random moments, and everything is accounted for.
 *
 *   npm run chaos -- [actors | queues] --kills 10000 [--seed 1]
 *
 * `queues`: while they put, take, wait and hold locks. `actors`: while they tell, ask, stream, spawn and are restarted.
 * Both, one after the other, unless one is named. What must not be is printed as figures that have to be 0, or the exit
 * code is 1.
 */
import { Argument } from 'commander';
import { program, wholeNumberFrom } from '../support/command-line.js';
import { chaosOfActors } from './actors/chaos.js';
import { chaosOfQueues } from './queues/chaos.js';
import { Random } from './random.js';

const KINDS = { queues: chaosOfQueues, actors: chaosOfActors };

type Kind = keyof typeof KINDS;
const kinds = Object.keys(KINDS) as Kind[];

const command = program('chaos', 'Kills threads at random moments, and accounts for everything.')
  .addArgument(new Argument('[kinds...]', 'whose threads: of both, unless one is named').choices(kinds))
  .option('--kills <number>', 'how many', wholeNumberFrom(1), 1000)
  .option('--seed <number>', 'gives the same choices again', wholeNumberFrom(Number.MIN_SAFE_INTEGER))
  .parse();
const { kills, seed = Math.floor(Math.random() * 2 ** 31) } = command.opts<{
  kills: number;
  seed?: number;
}>();
const named = command.processedArgs[0] as Kind[];
const chosen = named.length === 0 ? kinds : named;

// Each item that ends with its consumer is a warning: they are counted, not printed.
process.removeAllListeners('warning');

let isWell = true;
for (const kind of chosen) {
  console.log(`chaos of ${kind}\nseed ${seed}`);
  const begun = performance.now();
  const progress = (done: number, what: string) => {
    const minutes = (performance.now() - begun) / 60_000;
    console.error(`${done} kills, ${Math.round(done / minutes)} a minute, ${what}`);
  };
  const well = await KINDS[kind](kills, new Random(seed), progress);
  isWell &&= well;
}
process.exit(isWell ? 0 : 1);
