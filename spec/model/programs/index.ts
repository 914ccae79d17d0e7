import type { Program } from '../model.js';
import { locks } from './locks.js';
import { queues } from './queues.js';

export const programs: readonly Program[] = [...queues, ...locks];
