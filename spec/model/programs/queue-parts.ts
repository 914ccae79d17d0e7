/** What a thread does with a shared queue. */

import { Wait } from '../../../core/queue/user/layout.js';
import { SENTINEL } from '../../../core/queue/user/sentinel.js';
import type { SharedQueue } from '../../../core/queue/user/shared-queue.js';
import type { Env } from '../thread.js';

type Numbers = SharedQueue<unknown>;
export type Run = (queue: Numbers, env: Env) => void | Generator<unknown, void, unknown>;

/** What a thread does, what it may have to wait for, and what it puts. */
export interface Part {
  readonly run: Run;
  readonly needs: number;
  readonly puts?: readonly number[];
}

export const put = (...items: number[]): Part => ({
  needs: Wait.ROOM,
  puts: items,
  run(queue, env) {
    for (const item of items) {
      queue.putSync(item);
      env.note(`put ${item}`);
    }
  },
});

export const take = (count: number): Part => ({
  needs: Wait.ITEMS,
  run(queue, env) {
    for (let i = 0; i < count; i++) env.note(queue.getSync());
  },
});

/** Takes, and calls each done; to the end mark. */
export const work = (sentinel = SENTINEL): Part => ({
  needs: Wait.ITEMS,
  run(queue, env) {
    for (let item = queue.getSync(); item !== sentinel; item = queue.getSync()) {
      env.note(item);
      queue.taskDone();
    }
    env.note('end');
  },
});

/** Waits only for so long. */
export const takeOrLeave = (timeoutMs: number): Part => ({
  needs: Wait.ITEMS,
  run(queue, env) {
    try {
      env.note(queue.getSync({ timeoutMs }));
    } catch (error) {
      if ((error as { code?: string }).code !== 'ERR_TROUPE_QUEUE_EMPTY') throw error;
      env.note('left');
    }
  },
});

/** Takes until the queue is shut down and empty. */
export const takeAll = (): Part => ({
  needs: Wait.ITEMS,
  run(queue, env) {
    try {
      for (;;) env.note(queue.getSync());
    } catch (error) {
      if ((error as { code?: string }).code !== 'ERR_TROUPE_QUEUE_SHUT_DOWN') throw error;
      env.note('end');
    }
  },
});

/** Puts as long as the queue takes it. */
export const putOrStop = (...items: number[]): Part => ({
  needs: Wait.ROOM,
  puts: [],
  run(queue, env) {
    try {
      for (const item of items) {
        queue.putSync(item);
        env.note(`put ${item}`);
      }
    } catch (error) {
      if ((error as { code?: string }).code !== 'ERR_TROUPE_QUEUE_SHUT_DOWN') throw error;
      env.note('stopped');
    }
  },
});

export const close = (): Part => ({
  needs: Wait.ROOM,
  run: (queue) => queue.putSync(SENTINEL),
});

export const shutDown = (immediate: boolean): Part => ({
  needs: Wait.ROOM,
  run: (queue) => queue.shutdown({ immediate }),
});

export const join = (): Part => ({
  needs: Wait.DONE,
  run(queue, env) {
    queue.joinSync();
    env.note('joined');
  },
});

/** Takes one, looks at it, and calls it done. */
export const workOne = (): Part => ({
  needs: Wait.ITEMS,
  run(queue, env) {
    env.note(queue.getSync());
    queue.taskDone();
    env.note('done');
  },
});

// The same on the event loop.

export const putLater = (...items: number[]): Part => ({
  needs: Wait.ROOM,
  puts: items,
  *run(queue, env) {
    for (const item of items) {
      yield queue.put(item);
      env.note(`put ${item}`);
    }
  },
});

export const takeLater = (count: number): Part => ({
  needs: Wait.ITEMS,
  *run(queue, env) {
    for (let i = 0; i < count; i++) env.note(yield queue.get());
  },
});

/** Two tasks of one thread wait, one of them only for a time. */
export const takeTwice = (timeoutMs: number): Part => ({
  needs: Wait.ITEMS,
  *run(queue, env) {
    // No callbacks of the harness's own: only the context's functions run when it is entered.
    const first = queue.get({ timeoutMs });
    const got = queue.get();
    try {
      env.note(yield first);
    } catch (error) {
      if ((error as { code?: string }).code !== 'ERR_TROUPE_QUEUE_EMPTY') throw error;
      env.note('left');
    }
    env.note(yield got);
  },
});
