/**
 * What a thread does with a shared queue: it says what it begins, and what came of it. Between two calls that block, a
 * queue keeps nothing of its own that would matter.
 */
import { Wait } from '../../../core/queue/user/layout.js';
import { SENTINEL } from '../../../core/queue/user/sentinel.js';
import type { Env } from '../thread.js';
import { type Numbers, priorityOf } from './queue-kinds.js';

export type Run = (queue: Numbers, env: Env) => void | Generator<unknown, void, unknown>;

/** What a thread does, and what it may have to wait for. */
export interface Part {
  readonly run: Run;
  readonly needs: number;
}

const whenNot = (code: string, error: unknown): void => {
  if ((error as { code?: string }).code !== code) throw error;
};

function putOne(queue: Numbers, item: number, env: Env): void {
  env.note(`puts ${item}`);
  queue.putSync(item, { priority: priorityOf(item) });
  env.note(`put ${item}`);
  env.forget();
}

/** @returns whether it was an item, not the end mark */
function takeOne(queue: Numbers, env: Env): boolean {
  env.note('takes');
  const item = queue.getSync();
  env.note(item === SENTINEL ? 'end' : item);
  env.forget();
  return item !== SENTINEL;
}

function finishOne(queue: Numbers, env: Env): void {
  env.note('finishes');
  queue.taskDone();
  env.note('done');
  env.forget();
}

export const put = (...items: number[]): Part => ({
  needs: Wait.ROOM,
  run(queue, env) {
    for (const item of items) putOne(queue, item, env);
  },
});

export const take = (count: number): Part => ({
  needs: Wait.ITEMS,
  run(queue, env) {
    for (let i = 0; i < count; i++) takeOne(queue, env);
  },
});

/** Takes, and calls each done; to the end mark. */
export const work = (): Part => ({
  needs: Wait.ITEMS,
  run(queue, env) {
    while (takeOne(queue, env)) finishOne(queue, env);
  },
});

/** Takes so many, looks at them, and calls them done then. */
export const workOn = (count: number): Part => ({
  needs: Wait.ITEMS,
  run(queue, env) {
    for (let i = 0; i < count; i++) takeOne(queue, env);
    for (let i = 0; i < count; i++) finishOne(queue, env);
  },
});

/** Waits only for so long. */
export const takeOrLeave = (timeoutMs: number): Part => ({
  needs: Wait.ITEMS,
  run(queue, env) {
    env.note('takes');
    try {
      env.note(queue.getSync({ timeoutMs }));
    } catch (error) {
      whenNot('ERR_TROUPE_QUEUE_EMPTY', error);
      env.note('left');
    }
  },
});

/** Takes until the queue is shut down and empty. */
export const takeAll = (): Part => ({
  needs: Wait.ITEMS,
  run(queue, env) {
    try {
      for (;;) takeOne(queue, env);
    } catch (error) {
      whenNot('ERR_TROUPE_QUEUE_SHUT_DOWN', error);
      env.note('end');
    }
  },
});

/** Puts as long as the queue takes it. */
export const putOrStop = (...items: number[]): Part => ({
  needs: Wait.ROOM,
  run(queue, env) {
    try {
      for (const item of items) putOne(queue, item, env);
    } catch (error) {
      whenNot('ERR_TROUPE_QUEUE_SHUT_DOWN', error);
      env.note('stopped');
    }
  },
});

export const close = (): Part => ({
  needs: Wait.ROOM,
  run(queue, env) {
    env.note('closes');
    queue.putSync(SENTINEL);
    env.note('closed');
  },
});

export const shutDown = (immediate: boolean): Part => ({
  needs: Wait.ROOM,
  run(queue, env) {
    env.note(immediate ? 'shuts down at once' : 'shuts down');
    queue.shutdown({ immediate });
    env.note('shut down');
  },
});

export const join = (): Part => ({
  needs: Wait.DONE,
  run(queue, env) {
    env.note('joins');
    queue.joinSync();
    env.note('joined');
  },
});

// The same on the event loop.

export const putLater = (...items: number[]): Part => ({
  needs: Wait.ROOM,
  *run(queue, env) {
    for (const item of items) {
      env.note(`puts ${item}`);
      yield queue.put(item, { priority: priorityOf(item) });
      env.note(`put ${item}`);
    }
  },
});

export const takeLater = (count: number): Part => ({
  needs: Wait.ITEMS,
  *run(queue, env) {
    for (let i = 0; i < count; i++) {
      env.note('takes');
      env.note(yield queue.get());
    }
  },
});

/** Two tasks of one thread wait, one of them only for a time: served one after the other, if the first stays. */
export const takeTwice = (timeoutMs: number): Part => ({
  needs: Wait.ITEMS,
  *run(queue, env) {
    // No callbacks of the harness's own: only the context's functions run when it is entered.
    const first = queue.get({ timeoutMs });
    const got = queue.get();
    env.note('takes');
    try {
      env.note(yield first);
    } catch (error) {
      whenNot('ERR_TROUPE_QUEUE_EMPTY', error);
      env.note('left');
    }
    env.note('takes');
    env.note(yield got);
  },
});
