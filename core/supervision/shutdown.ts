/** The end of a system: no outside input, no mail, no handler left; then the tree, children before parents. */
import { Box, Chain, type Granule, Header, NONE, Outbox, Thread, wordOf } from '../memory/layout.js';
import { recordOf } from '../memory/thread-record.js';
import type { ShutdownReport } from '../messaging/reports.js';
import { depthOf } from '../queue/block-chain.js';
import { hasShared, holdsLease } from '../queue/lease.js';
import type { Supervisor } from './supervisor.js';

/** Of the time limit, what draining may use; the rest is for `onStop`. */
const DRAIN_SHARE = 0.8;
const LOOK_MS = 2;
/** What termination gets before a thread counts as unkillable. */
const TERMINATE_MS = 1000;

export async function shutDown(
  supervisor: Supervisor,
  timeoutMs: number,
  drain: boolean,
): Promise<ShutdownReport> {
  const begun = performance.now();
  const { arena } = supervisor;
  Atomics.store(arena.i32, Header.CLOSING, 1);
  if (drain) await quiet(supervisor, begun + timeoutMs * DRAIN_SHARE);
  supervisor.close();
  const stopping = stopTree(supervisor).then(() => supervisor.endThreads());
  const left = Math.max(0, begun + timeoutMs - performance.now());
  const timedOut = await isLate(stopping, left);
  const unkillable: string[] = [];
  if (timedOut) unkillable.push(...(await terminateAll(supervisor)));
  return {
    actors: [...supervisor.reports],
    timedOut,
    unkillable,
    durationMs: performance.now() - begun,
  };
}

async function stopTree(supervisor: Supervisor): Promise<void> {
  while (supervisor.top.length > 0) {
    for (const node of [...supervisor.top].reverse()) await supervisor.stopFromHere(node);
  }
}

async function isLate(work: Promise<unknown>, ms: number): Promise<boolean> {
  if (!Number.isFinite(ms)) {
    await work;
    return false;
  }
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(true), ms);
  });
  const result = await Promise.race([work.then(() => false), late]);
  clearTimeout(timer);
  return result;
}

async function terminateAll(supervisor: Supervisor): Promise<string[]> {
  const nodes = [...supervisor.nodes.values()];
  for (const node of nodes) {
    if (node.ending === undefined || node.ending.kind === 'stopped') node.ending = { kind: 'timed-out' };
  }
  const paths = new Map([...supervisor.threads.entries.values()].map((entry) => [entry, [] as string[]]));
  for (const node of nodes) if (node.thread !== undefined) paths.get(node.thread)?.push(node.path);
  const unkillable: string[] = [];
  await Promise.all(
    [...paths].map(async ([entry, here]) => {
      if (entry.worker === undefined || entry.dead) return;
      void entry.worker.terminate();
      if (await isLate(entry.exited, TERMINATE_MS)) {
        entry.worker.unref();
        unkillable.push(...here);
      }
    }),
  );
  // Inline actors, and what waits for something that does not come.
  const kills = [...supervisor.nodes.values()].map((node) => supervisor.kill(node));
  await isLate(Promise.all(kills), TERMINATE_MS);
  return unkillable;
}

/** Resolves when nothing is left to handle, twice in a row with nothing sent between; or at the deadline. */
async function quiet(supervisor: Supervisor, deadline: number): Promise<void> {
  let before = -1;
  while (performance.now() < deadline) {
    supervisor.host.post.flush();
    const sent = sentIfIdle(supervisor);
    if (sent >= 0 && sent === before) return;
    before = sent;
    await new Promise<void>((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** The sum of everything ever accepted, or -1 while something is under way. */
function sentIfIdle(supervisor: Supervisor): number {
  const { i32 } = supervisor.arena;
  let sent = 0;
  for (const node of supervisor.nodes.values()) {
    if (node.state === 'starting' || node.state === 'restarting') return -1;
    const { box } = node.identity;
    const base = wordOf(box);
    if (node.kind === 'pool' ? hasShared(i32, box) : depthOf(i32, box) > 0) return -1;
    if (holdsLease(i32, box)) return -1;
    sent = (sent + i32[base + Box.LANE0 + 1] + i32[base + Box.PROCESSED]) | 0;
  }
  for (const entry of supervisor.threads.entries.values()) {
    if (!entry.dead && hasStaged(i32, recordOf(entry.slot))) return -1;
  }
  return sent & 0x7fffffff;
}

/** A hint only, read without a lock: another thread's chains may change under our eyes, and we look twice. */
function hasStaged(i32: Int32Array, record: number): boolean {
  let steps = 0;
  for (let o = i32[record + Thread.OUTBOXES] as Granule; o !== NONE && steps++ < 10_000; ) {
    const first = i32[wordOf(o) + Outbox.FIRST] as Granule;
    if (first !== NONE && i32[wordOf(first) + Chain.CONSUMED] < i32[wordOf(first) + Chain.COMMITTED])
      return true;
    o = i32[wordOf(o) + Outbox.NEXT] as Granule;
  }
  return false;
}
