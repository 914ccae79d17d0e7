/** The thread's entry. In a bundle `core/index` comes here by itself, since the entry is the bundle. */
import { bootWorker } from './boot-worker.js';

bootWorker();
