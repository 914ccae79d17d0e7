/** The end of a system: no outside input, no mail, no handler left; then the tree, children before parents. */
import { later } from '../memory/later.js';
import { Box, BoxFlag, Chain, type Granule, Header, NONE, Outbox, Thread, wordOf } from '../memory/layout.js';
import { monotonicMs } from '../memory/monotonic.js';
import { recordOf } from '../memory/thread-record.js';
import type { ExitReport, ShutdownReport } from '../messaging/reports.js';
import { depthOf } from '../queue/block-chain.js';
import { hasShared, holdsLease } from '../queue/lease.js';
import type { ThreadEntry } from '../runtime/thread.js';
import type { ActorNode } from './actor-node.js';
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
  const begun = monotonicMs();
  const { arena } = supervisor;
  Atomics.store(arena.i32, Header.CLOSING, 1);
  if (drain) await quiet(supervisor, begun + timeoutMs * DRAIN_SHARE);
  supervisor.close();
  const leftMs = () => Math.max(0, begun + timeoutMs - monotonicMs());
  const stopping = stopTree(supervisor, leftMs).then(() => supervisor.endThreads());
  const timedOut = await isLate(stopping, leftMs());
  const unkillable: string[] = [];
  if (timedOut) unkillable.push(...(await terminateAll(supervisor)));
  return {
    actors: [...supervisor.ended, ...unended(supervisor)],
    timedOut,
    unkillable,
    durationMs: monotonicMs() - begun,
  };
}

/** In reverse. Whoever takes half of the time that is left is not waited for: the others have theirs too. */
async function stopTree(supervisor: Supervisor, leftMs: () => number): Promise<void> {
  const asked = new Set<ActorNode>();
  const late: Promise<unknown>[] = [];
  while (!supervisor.top.isEmpty) {
    const next = supervisor.nextToStop(asked);
    if (next.length === 0) {
      // Others may be started while these are waited for.
      await Promise.all(late.splice(0));
      continue;
    }
    const stopped = Promise.all(next.map((node) => supervisor.stopFromHere(node)));
    if (!(await isLate(stopped, leftMs() / 2))) continue;
    for (const node of next) asked.add(node);
    late.push(stopped);
  }
}

/** Whether the time was up first. */
export async function isLate(work: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = later(ms, () => resolve(true));
  });
  const result = await Promise.race([work.then(() => false), late]);
  clearTimeout(timer);
  return result;
}

/** Reports of those whose thread does not end: as far as can be seen from outside. */
function unended(supervisor: Supervisor): ExitReport[] {
  const { i32 } = supervisor.arena;
  return [...supervisor.all()].reverse().map((node) => {
    const { box } = node.identity;
    const base = wordOf(box);
    const sentinels = (i32[base + Box.FLAGS] & BoxFlag.CLOSED) === 0 ? 0 : 1;
    return {
      path: node.path,
      reason: node.ending ?? { kind: 'timed-out' },
      processed: i32[base + Box.PROCESSED],
      leftover: node.kind === 'actor' ? Math.max(0, depthOf(i32, box) - sentinels) : 0,
      restarts: node.restarts,
      lastMessages: supervisor.lastMessages(node.address),
    };
  });
}

/** @returns paths of actors whose thread does not end */
async function terminateAll(supervisor: Supervisor): Promise<string[]> {
  const here = new Map<ThreadEntry, string[]>();
  for (const { thread, path } of supervisor.all()) {
    if (thread !== undefined) here.set(thread, [...(here.get(thread) ?? []), path]);
  }
  supervisor.endByForce({ kind: 'timed-out' });
  const unkillable: string[] = [];
  await Promise.all(
    [...supervisor.threads.entries.values()].map(async (entry) => {
      if (entry.worker === undefined || entry.dead) return;
      void entry.worker.terminate();
      if (!(await isLate(entry.exited, TERMINATE_MS))) return;
      // It may take as long as it likes, but nobody waits for it.
      clearTimeout(entry.exitTimer);
      entry.worker.unref();
      unkillable.push(...(here.get(entry) ?? []));
    }),
  );
  // The last ones: inline actors, and those whose burial had to be tried again.
  const left = [...supervisor.all()].filter((node) => !unkillable.includes(node.path));
  await isLate(Promise.all(left.map((node) => supervisor.join(node))), TERMINATE_MS);
  return unkillable;
}

/** Resolves when nothing is left to handle, twice in a row with nothing sent between; or at the deadline. */
async function quiet(supervisor: Supervisor, deadline: number): Promise<void> {
  let before = -1;
  const hurried = new Set<ActorNode>();
  while (monotonicMs() < deadline) {
    supervisor.host.post.flush();
    hurryForMail(supervisor, hurried);
    const sent = sentIfIdle(supervisor);
    if (sent >= 0 && sent === before) return;
    before = sent;
    await new Promise<void>((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** Who waits for a backoff and has mail comes back now: once, for what fails again and again would do so at full speed. */
function hurryForMail(supervisor: Supervisor, hurried: Set<ActorNode>): void {
  const { i32 } = supervisor.arena;
  for (const node of supervisor.nodes.values()) {
    if (node.state !== 'restarting' || hurried.has(node)) continue;
    const { box } = node.identity;
    const hasShare = node.pool !== undefined && hasShared(i32, node.pool.node.identity.box);
    if (!hasShare && depthOf(i32, box) === 0 && !holdsLease(i32, box)) continue;
    hurried.add(node);
    node.hurry();
    node.parent?.hurry();
  }
}

/** The sum of everything ever accepted, or -1 while something is under way. */
function sentIfIdle(supervisor: Supervisor): number {
  const { i32 } = supervisor.arena;
  if (supervisor.host.post.isInsisting) return -1;
  let sent = 0;
  for (const node of supervisor.nodes.values()) {
    // One that waits for its backoff is idle, unless there is something for it to come back for.
    if (node.state === 'starting' || (node.state === 'restarting' && node.instance !== 'none')) return -1;
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
