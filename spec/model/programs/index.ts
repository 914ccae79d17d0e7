import type { Program } from '../model.js';
import { chains } from './chains.js';
import { locks } from './locks.js';
import { queues } from './queues.js';

export const programs: readonly Program[] = [...chains, ...queues, ...locks];
