/**
 * Chaos: real threads are killed at random moments while they put, take, wait and hold locks, on all queues and locks.
 *
 *   npm run chaos -- --kills 10000 [--seed 1]
 *
 * Prints what became of it; the last three figures have to be 0, or the exit code is 1.
 */
import { parseArgs } from 'node:util';
import { Random } from './random.js';
import { type Results, Round } from './round.js';

const KILLS_A_ROUND = 250;

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '1000' }, seed: { type: 'string' } },
});
const kills = Number(values.kills);
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
if (!Number.isInteger(kills) || kills < 1 || !Number.isInteger(seed)) {
  console.error('chaos: --kills takes a whole number from 1, --seed a whole number.');
  process.exit(2);
}
// Each item that ends with its consumer is a warning: they are counted, not printed.
process.removeAllListeners('warning');

const random = new Random(seed);
const total: Results = {
  kills: 0,
  items: 0,
  diedInHand: 0,
  cameBack: 0,
  lost: 0,
  duplicated: 0,
  stuck: 0,
  disordered: 0,
  torn: 0,
  crowded: 0,
  failed: 0,
};
const begun = performance.now();
while (total.kills < kills) {
  const round = new Round(random, (deviation) => console.error(`  ${deviation}`));
  const results = await round.play(Math.min(KILLS_A_ROUND, kills - total.kills));
  for (const key of Object.keys(total) as (keyof Results)[]) total[key] += results[key];
  const minutes = (performance.now() - begun) / 60_000;
  console.error(`${total.kills} kills, ${Math.round(total.kills / minutes)} a minute, ${total.items} items`);
}
console.log(`seed ${seed}
kills ${total.kills}
items ${total.items}
ended with their consumers ${total.diedInHand}
came back from dead consumers ${total.cameBack}
out of order ${total.disordered}, half changed ${total.torn}, too many inside ${total.crowded}, failed ${total.failed}
lost ${total.lost}
duplicated ${total.duplicated}
stuck ${total.stuck}`);
const wrong = ['lost', 'duplicated', 'stuck', 'disordered', 'torn', 'crowded', 'failed'] as const;
process.exit(wrong.some((figure) => total[figure] > 0) ? 1 : 0);
