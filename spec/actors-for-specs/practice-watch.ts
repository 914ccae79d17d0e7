/** Preloaded by threads: tells who listens when its thread has practised. */
import { BroadcastChannel } from 'node:worker_threads';
import { hasPractised } from '../../core/runtime/practice.js';

const looking = setInterval(() => {
  if (!hasPractised()) return;
  clearInterval(looking);
  const channel = new BroadcastChannel('practised');
  channel.postMessage(true);
  channel.close();
}, 5).unref();
