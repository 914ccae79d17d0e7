/** A schedule: the decisions that made a way what it was, written so that they can be given back. */
import type { ThreadOf } from './thread.js';

export const Act = { RUN: 0, DIE: 1, TIME: 2 } as const;
const MARKS = ['', '!', '~'];
export interface Choice {
  readonly act: number;
  readonly thread: number;
  readonly cost: number;
}
export interface Decision extends Choice {
  readonly step: number;
  /** Taken while the running thread could go on, not where it had to stop. */
  readonly early: boolean;
}

type Names = readonly Pick<ThreadOf, 'name'>[];

export function writeSchedule(decisions: readonly Decision[], threads: Names): string {
  return decisions
    .map(({ step, early, act, thread }) => `${step}${early ? '>' : ':'}${MARKS[act]}${threads[thread].name}`)
    .join(' ');
}

/** The inverse of {@link writeSchedule}. */
export function readSchedule(schedule: string, threads: Names): Decision[] {
  return schedule
    .split(' ')
    .filter((part) => part !== '')
    .map((part) => {
      const [, step, when, mark, name] = /^(\d+)([:>])([!~]?)(.+)$/.exec(part) ?? [];
      const thread = threads.findIndex((one) => one.name === name);
      if (thread < 0) throw new Error(`No decision of this program: ${part}`);
      return { step: Number(step), early: when === '>', act: MARKS.indexOf(mark), thread, cost: 0 };
    });
}
