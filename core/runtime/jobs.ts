/** Calls of `context.schedule`, when their time has come: handled as a message would be. */
import { Thread } from '../memory/layout.js';
import type { ActorCell } from './actor-cell.js';
import { Outcome } from './black-box.js';
import { beginJob, over } from './handling.js';
import type { LoopHost } from './loop-host.js';
import { isThenable, report } from './settle.js';

export function runJob(host: LoopHost, cell: ActorCell, job: () => unknown): void {
  const { speaking } = host;
  const { life } = cell;
  // It is no message that would be counted as done.
  cell.arena.i32[cell.thread.base + Thread.PROGRESS]++;
  host.clock.outdate();
  speaking.cell = cell;
  const observed = host.flow.isObserved && !host.flow.passesOver();
  const handling = beginJob(host.post, speaking, cell, observed);
  const tell = (failure?: { error: unknown }) => {
    if (handling.startedAt !== 0) host.flow.handled(cell, handling, host.post.now(), failure);
  };
  const done = () => {
    over(cell, handling, Outcome.HANDLED);
    tell();
  };
  const failed = (error: unknown) => {
    over(cell, handling, Outcome.FAILED);
    tell({ error });
    if (cell.life === life) report(host, cell, error);
  };
  try {
    const result = job();
    host.clock.passed();
    if (!isThenable(result)) {
      done();
      return;
    }
    result.then(
      () => {
        host.clock.read();
        done();
        host.ready(cell);
      },
      (error: unknown) => {
        host.clock.read();
        failed(error);
        host.ready(cell);
      },
    );
  } catch (error) {
    failed(error);
  } finally {
    speaking.cell = undefined;
    speaking.handling = undefined;
  }
}
