/**
 * All schedules of a program within bounds, depth first.
 *
 * A path goes on with the thread that runs; at each access to a word where threads meet (see races.ts), the other ways
 * are kept: another thread goes on (a preemption), or this one dies here. A state that was reached before, with as many
 * preemptions left, is not entered again.
 */

import { fingerprint } from './fingerprint.js';
import type { Machine } from './machine.js';
import { Kind, type Memory, writes } from './memory.js';
import { type Access, Races } from './races.js';
import { Act, type Choice, type Decision, readSchedule, writeSchedule } from './schedule.js';
import { State, Status, Violation } from './thread.js';

export interface Bounds {
  /** Switches away from a thread that could go on. */
  readonly preemptions: number;
  readonly deaths: number;
  /** Time-outs that come while others could go on. */
  readonly timeouts: number;
}

export interface Found {
  readonly message: string;
  /** Gives the same outcome when handed to {@link Explorer.replay}. */
  readonly schedule: string;
}

export interface Explored {
  /** Ways from start to end that were followed; parts that two have in common were run once. */
  schedules: number;
  /** Of these, ways that ended in a state which had been reached before. */
  merged: number;
  states: number;
  /** States in which nobody could go on, and nobody was to. */
  ends: number;
  steps: number;
  /** Steps of the longest way. */
  depth: number;
  /** Whether there is nothing left within the bounds. */
  complete: boolean;
  found: Found | undefined;
}

interface Node {
  readonly mark: number;
  readonly order: number;
  readonly state: Int32Array;
  readonly steps: number;
  readonly decisions: number;
  readonly used: Used;
  readonly choices: readonly Choice[];
  readonly early: boolean;
  next: number;
}
/** How much of the bounds is used up. */
interface Used {
  readonly preemptions: number;
  readonly timeouts: number;
  readonly idleTimeouts: number;
  readonly last: number;
}

/** Times that nobody could go on but by time: more than these, and it goes on without end. */
const IDLE_TIMEOUTS = 12;
const NO_WORD = -1;

export class Explorer {
  readonly #nodes: Node[] = [];
  readonly #seen = new Map<number, number>();
  #decisions: Decision[] = [];
  #used: Used = { preemptions: 0, timeouts: 0, idleTimeouts: 0, last: -1 };
  #steps = 0;
  /** The thread was chosen right now: its next access is no place for another choice. */
  #chosen = false;
  #abandoned = false;
  #beginning = false;
  #script: Decision[] | undefined;
  readonly #trace: Access[] = [];
  readonly #races: Races;
  #wrong: string | undefined;
  readonly #ends = new Set<number>();
  result: Explored = {
    schedules: 0,
    merged: 0,
    states: 0,
    ends: 0,
    steps: 0,
    depth: 0,
    complete: false,
    found: undefined,
  };

  constructor(
    readonly machine: Machine,
    readonly memory: Memory,
    readonly bounds: Bounds,
    /** What is wrong with the outcome. */
    readonly check: () => string | undefined,
    racy: (word: number) => boolean,
    /** Also at words where no threads meet, other ways are followed. */
    everywhere = false,
  ) {
    const names = machine.threads.map(({ name }) => name);
    this.#races = new Races(memory.i32.length, names, racy);
    if (everywhere) this.#races.meetEverywhere();
    machine.point = (kind, word) => this.#point(kind, word);
    machine.done = (thread, kind, word) => this.#done(thread, kind, word);
  }

  /** Follows all ways, or as many as there is time for. @param goOn asked now and then */
  async explore(goOn: () => boolean): Promise<Explored> {
    const start = this.machine.state.slice();
    let paths = 0;
    do {
      this.#races.grown = false;
      this.#seen.clear();
      this.#ends.clear();
      this.#nodes.length = 0;
      this.result = { ...this.result, schedules: 0, merged: 0, states: 0, ends: 0, steps: 0, depth: 0 };
      this.#begin();
      this.#path();
      for (; this.#nodes.length > 0 && this.result.found === undefined && !this.#races.grown; paths++) {
        if (paths % 256 === 255) {
          // Rejections that nobody handles are told in the event loop, and kept until then.
          await new Promise((resolve) => setImmediate(resolve));
          if (!goOn()) return this.result;
        }
        const node = this.#nodes[this.#nodes.length - 1];
        if (node.next === node.choices.length) {
          this.#nodes.pop();
          continue;
        }
        this.#return(node);
        this.#path(node.choices[node.next++], node.early);
      }
      if (this.result.found !== undefined) return this.result;
      this.machine.state.set(start);
      this.memory.rollback(0);
      this.#races.rollback(0);
      this.#decisions.length = this.#steps = 0;
      this.#used = { preemptions: 0, timeouts: 0, idleTimeouts: 0, last: -1 };
      // Threads turned out to meet at a word: ways were passed over at its first accesses.
    } while (this.#races.grown);
    this.result.complete = true;
    return this.result;
  }

  /** Who only waits for others' deaths does so from the start. */
  #begin(): void {
    const { machine } = this;
    this.#abandoned = false;
    this.#beginning = true;
    for (const [thread, { onDeath }] of machine.threads.entries())
      if (onDeath !== undefined) machine.run(thread);
    this.#beginning = false;
  }

  /** Follows one way. */
  replay(schedule: string): Explored {
    this.#script = readSchedule(schedule, this.machine.threads);
    this.#races.meetEverywhere();
    this.#begin();
    this.#path();
    return this.result;
  }

  get trace(): readonly Access[] {
    return this.#trace;
  }

  #return(node: Node): void {
    this.memory.rollback(node.mark);
    this.#races.rollback(node.order);
    this.machine.state.set(node.state);
    this.#steps = node.steps;
    this.#decisions.length = node.decisions;
    this.#used = node.used;
  }

  #act(choice: Choice, early = false): void {
    const { act, thread, cost } = choice;
    this.#decisions.push({ ...choice, step: this.#steps, early });
    const used = this.#used;
    this.#used = {
      preemptions: used.preemptions + (act === Act.RUN ? cost : 0),
      timeouts: used.timeouts + (act === Act.TIME ? cost : 0),
      idleTimeouts: used.idleTimeouts + (act === Act.TIME ? 1 - cost : 0),
      last: thread,
    };
    if (act === Act.DIE) {
      this.machine.kill(thread);
      return;
    }
    if (act === Act.TIME) this.machine.letTimePass(thread);
    this.#chosen = true;
    this.machine.run(thread);
  }

  /** From here to an end. */
  #path(first?: Choice, early = false): void {
    this.#abandoned = false;
    this.#wrong = undefined;
    try {
      if (first !== undefined) this.#act(first, early);
      while (!this.#abandoned) {
        const choice = this.#next();
        if (choice === undefined) break;
        this.#act(choice);
      }
      this.result.schedules++;
      if (this.#abandoned) this.result.merged++;
      const wrong = this.#wrong ?? (this.#abandoned ? undefined : this.#end());
      if (wrong !== undefined) this.#report(wrong);
    } catch (error) {
      this.machine.active = false;
      this.result.schedules++;
      this.#report(error instanceof Violation ? error.message : String((error as Error)?.stack ?? error));
    }
    this.result.depth = Math.max(this.result.depth, this.#steps);
  }

  #end(): string | undefined {
    this.#ends.add(fingerprint(this.machine, this.memory, -1, 0));
    this.result.ends = this.#ends.size;
    return this.check();
  }

  #report(message: string): void {
    const schedule = writeSchedule(this.#decisions, this.machine.threads);
    this.result.found = { message, schedule };
  }

  /** Who goes on when the last thread cannot. */
  #next(): Choice | undefined {
    const { machine, bounds } = this;
    const count = machine.threads.length;
    const scripted = this.#scripted();
    if (scripted !== undefined) return scripted;
    const { last } = this.#used;
    const choices: Choice[] = [];
    for (let i = 1; i <= count; i++) {
      const thread = (Math.max(last, 0) + i) % count;
      if (machine.isEnabled(thread)) choices.push({ act: Act.RUN, thread, cost: 0 });
    }
    const idle = choices.length === 0;
    for (let thread = 0; thread < count; thread++) {
      if (!machine.isTimed(thread)) continue;
      if (idle) choices.push({ act: Act.TIME, thread, cost: 0 });
      else if (this.#used.timeouts < bounds.timeouts) choices.push({ act: Act.TIME, thread, cost: 1 });
    }
    if (idle && choices.length > 0 && this.#used.idleTimeouts > IDLE_TIMEOUTS) {
      throw new Violation('They try again and again, without end.');
    }
    if (last >= 0 && this.#mayDie(last)) choices.push({ act: Act.DIE, thread: last, cost: 0 });
    if (choices.length === 0) return undefined;
    // Nobody can go on: the end of this way, and a death the beginning of another.
    if (choices[0].act === Act.DIE) {
      this.#keep(choices, -1, 0);
      return undefined;
    }
    if (choices.length > 1 && !this.#keep(choices, -1, 1)) {
      this.#abandoned = true;
      return undefined;
    }
    return choices[0];
  }

  #mayDie(thread: number): boolean {
    const { machine, bounds } = this;
    return (
      machine.threads[thread].mortal === true &&
      machine.deaths < bounds.deaths &&
      machine.of(thread, State.STATUS) !== Status.DEAD
    );
  }

  #scripted(): Choice | undefined {
    const script = this.#script;
    if (script === undefined || script.length === 0 || script[0].step !== this.#steps) return undefined;
    return script.shift();
  }

  /** Before an access. @returns whether the running thread goes on */
  #point(kind: number, word: number): boolean {
    if (this.#abandoned) return false;
    if (this.#beginning) return true;
    const { machine, bounds } = this;
    const me = machine.running;
    const chosen = this.#chosen;
    this.#chosen = false;
    if (this.#script !== undefined) {
      const [next] = this.#script;
      return next === undefined || next.step !== this.#steps || !next.early;
    }
    const choices: Choice[] = [];
    if (!chosen && this.#used.preemptions < bounds.preemptions && this.#races.isMeeting(kind, word)) {
      for (let thread = 0; thread < machine.threads.length; thread++) {
        if (thread !== me && machine.isEnabled(thread)) choices.push({ act: Act.RUN, thread, cost: 1 });
      }
      if (this.#used.timeouts < bounds.timeouts) {
        for (let thread = 0; thread < machine.threads.length; thread++) {
          if (thread !== me && machine.isTimed(thread)) choices.push({ act: Act.TIME, thread, cost: 1 });
        }
      }
    }
    // Also where nobody else looks: what is found after the death is looked through word by word.
    if ((writes(kind) || kind === Kind.NOTIFY) && this.#mayDie(me)) {
      choices.push({ act: Act.DIE, thread: me, cost: 0 });
    }
    if (choices.length === 0 ? !this.#isKnown(kind, me) : this.#keep(choices, me, 0)) return true;
    this.#abandoned = true;
    return false;
  }

  #done(thread: number, kind: number, word: number): void {
    this.#steps++;
    this.result.steps++;
    if (this.#script !== undefined) this.#trace.push({ thread, kind, word });
    if (word === NO_WORD) return;
    this.#wrong ??= this.#races.add(thread, kind, word);
    // Again from the start, with this word.
    if (this.#races.grown) this.#abandoned = true;
  }

  /** Also where nothing branches off: two ways that meet here have one end. Asked for where locks change hands. */
  #isKnown(kind: number, running: number): boolean {
    if (kind !== Kind.COMPARE_EXCHANGE && kind !== Kind.EXCHANGE && kind !== Kind.WAIT) return false;
    return !this.#isNew(running);
  }

  #isNew(running: number): boolean {
    const key = fingerprint(this.machine, this.memory, running, this.#used.timeouts);
    const { preemptions } = this.#used;
    const before = this.#seen.get(key);
    if (before !== undefined && before <= preemptions) return false;
    this.#seen.set(key, preemptions);
    this.result.states++;
    return true;
  }

  /** Keeps the ways from here that are not gone at once. @returns false when this state is known */
  #keep(choices: readonly Choice[], running: number, next: number): boolean {
    if (!this.#isNew(running)) return false;
    this.#nodes.push({
      mark: this.memory.mark,
      order: this.#races.mark,
      state: this.machine.state.slice(),
      steps: this.#steps,
      decisions: this.#decisions.length,
      used: this.#used,
      choices,
      early: running >= 0,
      next,
    });
    return true;
  }
}
