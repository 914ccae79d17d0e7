/** Rounds of threads that use queues and locks, until so many were killed. */
import type { Random } from '../random.js';
import { type Results, Round } from './round.js';

const KILLS_A_ROUND = 250;
const WRONG = ['lost', 'duplicated', 'stuck', 'disordered', 'torn', 'crowded', 'failed'] as const;

/** @returns whether nothing was wrong */
export async function chaosOfQueues(
  kills: number,
  random: Random,
  progress: (kills: number, what: string) => void,
): Promise<boolean> {
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
  while (total.kills < kills) {
    const round = new Round(random, (deviation) => console.error(`  ${deviation}`));
    const results = await round.play(Math.min(KILLS_A_ROUND, kills - total.kills));
    for (const key of Object.keys(total) as (keyof Results)[]) total[key] += results[key];
    progress(total.kills, `${total.items} items`);
  }
  console.log(`kills ${total.kills}
items ${total.items}
ended with their consumers ${total.diedInHand}
came back from dead consumers ${total.cameBack}
out of order ${total.disordered}, half changed ${total.torn}, too many inside ${total.crowded}, failed ${total.failed}
lost ${total.lost}
duplicated ${total.duplicated}
stuck ${total.stuck}`);
  return WRONG.every((figure) => total[figure] === 0);
}
