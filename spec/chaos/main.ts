/**
 * Chaos: real threads are killed at random moments, and everything is accounted for.
 *
 *   npm run chaos -- [actors | queues] --kills 10000 [--seed 1]
 *
 * `queues`: while they put, take, wait and hold locks. `actors`: while they tell, ask, stream, spawn and are restarted.
 * Both, one after the other, unless one is named. What must not be is printed as figures that have to be 0, or the exit
 * code is 1.
 */
import { parseArgs } from 'node:util';
import { chaosOfActors } from './actors/chaos.js';
import { chaosOfQueues } from './queues/chaos.js';
import { Random } from './random.js';

const KINDS = { queues: chaosOfQueues, actors: chaosOfActors };

function refuse(why: string): never {
  console.error(`chaos: ${why}`);
  process.exit(2);
}

const { values, positionals } = parseArgs({
  options: { kills: { type: 'string', default: '1000' }, seed: { type: 'string' } },
  allowPositionals: true,
});
const kills = Number(values.kills);
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
if (!Number.isInteger(kills) || kills < 1 || !Number.isInteger(seed)) {
  refuse('--kills takes a whole number from 1, --seed a whole number.');
}
const unknown = positionals.find((name) => !Object.hasOwn(KINDS, name));
if (unknown !== undefined)
  refuse(`it kills threads of ${Object.keys(KINDS).join(' or ')}, not of ${unknown}.`);
const chosen = (positionals.length === 0 ? Object.keys(KINDS) : positionals) as (keyof typeof KINDS)[];

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
