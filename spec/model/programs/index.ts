import type { Program } from '../model.js';
import { arenas } from './arena.js';
import { chains } from './chains.js';
import { letters } from './letters.js';
import { linkedQueues } from './linked-queues.js';
import { locks } from './locks.js';
import { pools } from './pool.js';
import { queues } from './queues.js';
import { returns } from './returns.js';

export const programs: readonly Program[] = [
  ...arenas,
  ...chains,
  ...returns,
  ...letters,
  ...pools,
  ...queues,
  ...linkedQueues,
  ...locks,
];
