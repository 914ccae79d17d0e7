import type { ThreadRecord } from '../../../core/memory/thread-record.js';
import type { Core } from '../load.js';
import type { Env, ThreadOf } from '../thread.js';

/**
 * The creating thread of a program: it is told of each death.
 * @param bury returns false when something is in a living thread's use: then it is called again, later
 */
export function undertaker(
  core: Core,
  bury: (dead: number, thread: ThreadRecord, env: Env) => boolean,
): ThreadOf {
  let env: Env;
  let thread: ThreadRecord;
  const onDeath = (dead: number): void => {
    if (!bury(dead, thread, env)) env.later(() => onDeath(dead));
  };
  return {
    name: 'creator',
    loop: true,
    onDeath,
    start(own) {
      env = own;
      thread = new core.ThreadRecord(core.ownSpace().arena, 0, true);
    },
  };
}
