/**
 * Restarts, as in OTP: of the one that failed, or of all whom its group's strategy names. These are taken down in
 * reverse order of their start, then started in order. Ref, name, watchers and mailbox stay.
 */

import { later } from '../memory/later.js';
import { Box, wordOf } from '../memory/layout.js';
import type { ExitReason } from '../messaging/reports.js';
import type { ThreadEntry } from '../runtime/thread.js';
import type { ActorNode, Round } from './actor-node.js';
import type { Ending } from './ending.js';
import type { Ground } from './ground.js';
import type { Starter } from './starter.js';

export class Restarts {
  constructor(
    readonly ground: Ground,
    readonly ending: Ending,
    readonly starter: Starter,
  ) {}

  /** @param reason why the one that failed is taken down; the others go along with it */
  async restart(failed: ActorNode, reason: ExitReason, delayMs: number): Promise<void> {
    const owner = ownerOf(failed);
    const round: Round = { members: membersOf(owner, failed), over: false };
    this.giveUp(owner);
    owner.round = round;
    for (const member of round.members) if (comesBack(member, failed)) this.#mark(member, failed);
    await this.#takeDown(round, failed, reason);
    if (!round.over) await owner.pause(delayMs);
    if (!round.over) await this.#startAll(round);
    if (owner.round !== round) return;
    owner.round = undefined;
    owner.changed();
  }

  /** The round under way, if there is one, is over: another takes its place, or its owner will end. */
  giveUp({ round }: ActorNode): void {
    if (round === undefined) return;
    round.over = true;
    for (const member of round.members) member.changed();
  }

  #mark(member: ActorNode, failed: ActorNode): void {
    // One that waits for its turn already has been counted.
    if (member !== failed && member.state === 'restarting') return;
    this.ground.endLimit(member.startLimit);
    member.state = 'restarting';
    member.lastError = failed.lastError;
    member.restarts++;
    this.ground.arena.i32[wordOf(member.identity.box) + Box.RESTARTS] = member.restarts;
  }

  async #takeDown(round: Round, failed: ActorNode, reason: ExitReason): Promise<void> {
    const along: ExitReason = { kind: 'escalated', from: failed.path };
    await this.#retire(failed, failed, reason);
    for (const member of round.members.toReversed()) {
      if (round.over) return;
      if (member === failed) continue;
      if (comesBack(member, failed)) {
        await this.#retire(member, failed, along);
        continue;
      }
      // One that is never restarted ends, unless it is stopping already. It is waited for.
      if (member.state !== 'stopping') this.ending.endBy(member, along);
      await this.ending.join(member);
    }
  }

  /** Its children end, then its instance stops. What it was handling is in flight, as at a death. */
  async #retire(member: ActorNode, failed: ActorNode, reason: ExitReason): Promise<void> {
    await this.ending.endChildren(member, { kind: 'stopped' });
    const { thread } = member;
    if (member.instance === 'none' || member.isEnding || thread === undefined) return;
    // It was on its way in the round before this one, and has come up meanwhile.
    if (member.state === 'running') this.#mark(member, failed);
    const limitMs = this.ending.patienceMs(member);
    const late = later(limitMs, () => {
      const limit = `its old instance had not stopped after ${limitMs} ms`;
      this.ground.complain(
        member.path,
        `${limit} (stopTimeoutMs); it is restarted without`,
        member.lastError,
      );
      if (thread.worker !== undefined) this.ground.terminate(thread, member);
      else this.retired(member);
    });
    // An `onStart` under way cannot be stopped: it goes with its thread, where it has one.
    if (member.instance === 'coming' && member.ownThread !== undefined) this.ground.terminate(thread, member);
    else if (member.instance !== 'leaving') this.#askToRetire(thread, member, reason);
    member.instance = 'leaving';
    await member.until(() => member.instance === 'none' || member.isEnding);
    clearTimeout(late);
  }

  #askToRetire(thread: ThreadEntry, member: ActorNode, reason: ExitReason): void {
    this.ground.say(thread, { op: 'retire', actor: member.address, reason });
  }

  /** Its instance is gone. */
  retired(member: ActorNode): void {
    if (member.instance !== 'leaving') return;
    member.instance = 'none';
    member.changed();
  }

  async #startAll(round: Round): Promise<void> {
    for (const member of round.members) {
      if (member.isEnding || member.state !== 'restarting') continue;
      if (this.ending.isDone(member)) this.ending.endBy(member, { kind: 'stopped' });
      else this.starter.start(member);
      await member.until(() => member.state !== 'restarting' || member.isEnding || round.over);
      if (round.over) return;
    }
  }
}

/** Whether it is restarted along with the one that failed: not when it is on its way out, or never is. */
function comesBack(member: ActorNode, failed: ActorNode): boolean {
  if (member === failed) return true;
  return !member.isEnding && member.state !== 'stopping' && member.supervision.restart !== 'temporary';
}

/** Whose restart it is: that of the actor, or of the group that it is one of. */
function ownerOf(failed: ActorNode): ActorNode {
  const { parent } = failed;
  if (parent?.kind !== 'group' || parent.strategy === 'one-for-one' || parent.state !== 'running')
    return failed;
  return parent;
}

/** Those of the strategy, and those whom a restart under way had taken down. */
function membersOf(owner: ActorNode, failed: ActorNode): ActorNode[] {
  if (owner === failed) return [failed];
  const members = [...owner.children];
  const first = owner.strategy === 'one-for-all' ? 0 : members.indexOf(failed);
  return members.filter((child, i) => i >= first || owner.round?.members.includes(child));
}
