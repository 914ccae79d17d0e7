/** Rounds of systems whose threads die, until so many were killed. */
import type { Random } from '../random.js';
import { noSums } from './accounts.js';
import { type Results, Season } from './season.js';

const KILLS_A_ROUND = 250;
const WRONG = [
  'lost',
  'duplicated',
  'wrongLetters',
  'hung',
  'wrongEnds',
  'disordered',
  'gaps',
  'namesTaken',
  'lateWords',
  'surprises',
  'leakedThreads',
  'leakedBytes',
  'miscountedBytes',
  'stuck',
] as const;

/** @returns whether nothing was wrong */
export async function chaosOfActors(
  kills: number,
  random: Random,
  progress: (kills: number, what: string) => void,
): Promise<boolean> {
  const total: Results = {
    ...noSums(),
    kills: 0,
    thrown: 0,
    disordered: 0,
    gaps: 0,
    namesTaken: 0,
    lateWords: 0,
    surprises: 0,
    leakedThreads: 0,
    leakedBytes: 0,
    miscountedBytes: 0,
    stuck: 0,
  };
  while (total.kills < kills) {
    const season = new Season(random, (deviation) => console.error(`  ${deviation}`));
    const results = await season.play(Math.min(KILLS_A_ROUND, kills - total.kills));
    for (const key of Object.keys(total) as (keyof Results)[]) total[key] += results[key];
    progress(total.kills, `${total.sent} messages`);
  }
  console.log(`kills ${total.kills}, errors thrown ${total.thrown}
sent ${total.sent}
handled ${total.handled}
in flight ${total.inFlight}, handled again ${total.retried}, given up as poison ${total.poisoned}
refused by who had ended ${total.refused}
out of order ${total.disordered}, gaps in streams ${total.gaps}, wrong dead letters ${total.wrongLetters}
wrong ends ${total.wrongEnds}, words after an end ${total.lateWords}, names not free ${total.namesTaken}, surprises ${total.surprises}
lost ${total.lost}
duplicated ${total.duplicated}
hung ${total.hung}, stuck ${total.stuck}
leaked threads ${total.leakedThreads}
leaked bytes ${total.leakedBytes}, by which the count of bytes in use is off ${total.miscountedBytes}`);
  return WRONG.every((figure) => total[figure] === 0);
}
