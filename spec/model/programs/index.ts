import type { Program } from '../model.js';
import { putAndGet } from './shared-queue.js';

export const programs: readonly Program[] = [putAndGet];
